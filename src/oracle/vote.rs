//! What is XML, in the opinion of expat and libxml2, over documents that are always the same.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use arbitrary::Unstructured;
use rand::{RngCore, SeedableRng, rngs::StdRng};

use super::differential::unexplained;
use super::replay::files;
use super::writing;
use crate::xml::check;

/// Where they differ, and why we are right, as in `differential.txt`.
const EXCEPTIONS: &str = include_str!("vote.txt");

/// Besides the seeds.
const DOCUMENTS: u64 = 12_000;

fn documents() -> Vec<Vec<u8>> {
    let seeds = files("seeds/differential").into_iter().map(|(_, document)| document);
    let made = (0..DOCUMENTS).filter_map(|seed| {
        let mut random = StdRng::seed_from_u64(seed);
        let mut choices = vec![0; 64 + (seed % 700) as usize];
        random.fill_bytes(&mut choices);
        writing::message(&mut Unstructured::new(&choices)).ok()
    });
    seeds.chain(made).collect()
}

/// A Python with lxml: the one that continuous integration installs, or the system's.
fn python() -> Option<String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/python/bin/python");
    let candidates = [own.to_string_lossy().into_owned(), "python3".to_owned()];
    candidates.into_iter().find(|python| {
        let tried = Command::new(python).args(["-c", "import lxml.etree"]).output();
        tried.is_ok_and(|output| output.status.success())
    })
}

#[test]
fn expat_and_libxml2_agree_but_for_what_was_looked_up() {
    let Some(python) = python() else {
        assert!(env::var_os("CI").is_none(), "no Python with lxml, which .ci/run installs");
        return println!("SKIPPED: no Python with lxml");
    };
    let documents = documents();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/vote.py");
    assert!(fs::exists(&script).expect("a path"), "{}", script.display());
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python");
    let mut asked = child.stdin.take().expect("piped");
    let votes = thread::scope(|scope| {
        scope.spawn(|| {
            for document in &documents {
                let length = u32::try_from(document.len()).expect("small").to_be_bytes();
                asked.write_all(&[&length[..], document].concat()).expect("Python reads");
            }
            drop(asked);
        });
        child.wait_with_output().expect("Python ends").stdout
    });
    let votes = String::from_utf8(votes).expect("text");
    assert_eq!(votes.lines().count(), documents.len(), "a vote on each");
    let judged: Vec<_> = documents
        .iter()
        .zip(votes.lines())
        .filter(|(_, vote)| !vote.contains('-'))
        .collect();
    assert!(judged.len() >= 10_000, "votes on {}", judged.len());
    let mut missing: Vec<String> = Vec::new();
    for (document, vote) in judged {
        let accepts = |at| vote.as_bytes()[at] == b'1';
        let others = [("expat", accepts(0)), ("libxml2", accepts(1))];
        if let Some(row) = unexplained(document, check(document), others, EXCEPTIONS) {
            missing.push(format!("{row} of {}", document.escape_ascii()));
        }
    }
    let count = missing.len();
    missing.truncate(20);
    assert!(missing.is_empty(), "{count} times no exception says\n{}", missing.join("\n"));
}
