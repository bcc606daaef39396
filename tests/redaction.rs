//! What a service repeats of a password reaches no output, in any spelling.
//!
//! The spellings are those of Python's standard library; where it is not installed the test says
//! so and passes, but not in CI.

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use common::{Folder, Peer, Simulator, is_installed, play, read_run, run};

const SERVER: &str = "tests/peers/echo_server.py";

/// As the accounts file has them; the outputs are looked at for each.
const PASSWORDS: [&str; 3] = ["Zq&7 wörd+X9k%", "hunter22", "p<1>'\\/é?="];

#[test]
fn no_password_is_shown_however_python_spells_it() {
    if !is_installed("python3", &["--version"]) {
        return;
    }
    let folder = Folder::new();
    let log = folder.file("spelled", "");
    let list = Command::new("python3")
        .args([SERVER, "--list"])
        .output()
        .expect("python3 starts");
    let list = String::from_utf8(list.stdout).expect("names");
    let mut child = Command::new("python3")
        .args([SERVER, &log])
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut url = String::new();
    BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut url)
        .expect("its address");
    let _peer = Peer(child);
    let users = PASSWORDS.iter().enumerate();
    let rows: String = users.map(|(n, password)| format!("u{n},\"{password}\",d\n")).collect();
    let accounts = folder.file("accounts.csv", format!("login,password,domain\n{rows}"));
    assert!(list.split_whitespace().count() > 20, "{list}");
    for spelling in list.split_whitespace() {
        fs::write(&log, "").expect("a folder of its own");
        let ended = run(&[
            "run",
            "session",
            "--quiet",
            "--api",
            "eltex",
            "--target",
            &format!("{}/{spelling}", url.trim()),
            "--users-file",
            &accounts,
            "--users",
            "3",
            "--iterations",
            "1",
            "--ramp",
            "0s",
            "--think-time",
            "0s",
            "--out",
            folder.path(),
        ]);
        let run = read_run(&folder.0).unwrap_or_else(|| panic!("no run.json: {ended:?}"));
        let mut outputs = vec![
            ("terminal".to_owned(), ended.out.into_bytes()),
            ("stderr".to_owned(), ended.err.into_bytes()),
            ("run.json".to_owned(), run.to_string().into_bytes()),
            ("words".to_owned(), words(&run).into_bytes()),
        ];
        let mut captures = 0;
        for entry in fs::read_dir(folder.0.join("captures")).expect("captures") {
            let path = entry.expect("an entry").path();
            outputs.push((path.display().to_string(), fs::read(path).expect("a capture")));
            captures += 1;
        }
        assert_eq!(captures, PASSWORDS.len(), "{spelling}: {run}");
        let spelled = fs::read_to_string(&log).expect("what was sent");
        assert_eq!(spelled.lines().count(), PASSWORDS.len(), "{spelling}");
        for (output, shown) in &outputs {
            for spelled in spelled.lines().map(bytes) {
                assert!(!is_in(&spelled, shown), "{spelling}: {spelled:?} in {output}");
            }
            for password in PASSWORDS {
                assert!(!is_in(password.as_bytes(), shown), "{spelling}: {password} in {output}");
            }
        }
    }
}

/// Secrets that cannot be masked are counted.
#[test]
fn short_secrets_are_noted() {
    let simulator = Simulator::start(&[]);
    let folder = Folder::new();
    for (rows, note) in [
        ("a,abc,d\nb,abcd,d\n", "1 secret is shorter than 4 characters"),
        ("a,abc,d\nb,яяя,d\n", "2 secrets are shorter than 4 characters"),
    ] {
        let accounts = folder.file("accounts.csv", format!("login,password,domain\n{rows}"));
        let (run, _) = play(&[
            "session",
            "--api",
            "eltex",
            "--target",
            &simulator.url(),
            "--users-file",
            &accounts,
            "--users",
            "2",
            "--iterations",
            "1",
            "--ramp",
            "0s",
        ]);
        assert!(run["notes"].to_string().contains(note), "{run}");
    }
}

fn words(run: &serde_json::Value) -> String {
    let steps = run["steps"].as_array().expect("steps").iter();
    let outcomes = steps.flat_map(|step| step["outcomes"].as_array().expect("outcomes"));
    outcomes.map(|outcome| outcome["words"].as_str().expect("words")).collect()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.map(|pair| byte(pair).expect("hexadecimal")).collect()
}

fn is_in(part: &[u8], whole: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}
