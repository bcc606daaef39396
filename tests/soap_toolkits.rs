//! Ordinary SOAP toolkits against the simulator: they know nothing of it but its WSDL.
//!
//! `.ci/run` installs them below `target/peers`; where they are not, a test says so and passes, but
//! not in CI.

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{Simulator, is_installed};

/// A folder that `.ci/run` installs into.
fn peers(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/peers").join(name)
}

/// Runs a client with the simulator's URL and more, and expects it to be content.
fn is_served(program: &str, script: &str, more: &[&str]) {
    let simulator = Simulator::start(&["--bindings", "soap11,soap12,get,post"]);
    let output = Command::new(program)
        .args([script, &simulator.url()])
        .args(more)
        .output()
        .expect("it has started before");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.lines().last(), Some("all as documented"), "{said}");
}

#[test]
fn zeep_is_served() {
    let python = peers("python/bin/python");
    let python = if python.exists() { python } else { "python3".into() };
    let python = python.to_str().expect("a UTF-8 path");
    if is_installed(python, &["-c", "import zeep"]) {
        is_served(python, "tests/peers/zeep_client.py", &[]);
    }
}

#[test]
fn nodes_soap_is_served() {
    let modules = peers("node/node_modules");
    let modules = modules.to_str().expect("a UTF-8 path");
    let find = format!("require({:?})", format!("{modules}/soap"));
    if is_installed("node", &["-e", &find]) {
        is_served("node", "tests/peers/soap_client.mjs", &[modules]);
    }
}
