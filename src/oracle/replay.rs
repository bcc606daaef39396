//! The oracles without a fuzzer: over fixed bytes, over the seeds, and over what a target has
//! failed on once.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use rand::{RngCore, SeedableRng, rngs::StdRng};

use super::{Oracle, TARGETS};

/// What cargo-fuzz and its documents are in.
pub(super) fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The names in a folder below `fuzz/`, in order, and what the files among them hold.
pub(super) fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = fuzz().join(folder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| (name_of(&path), fs::read(&path).expect("a file")))
        .collect();
    files.sort();
    files
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name().expect("a name").to_str().expect("a name in UTF-8").to_owned()
}

/// Calls each target with the files that lie in its folder below `folder`; how many there were.
fn replay(folder: &str) -> usize {
    let mut replayed = 0;
    for (target, oracle) in TARGETS {
        let folder = format!("{folder}/{target}");
        if !fuzz().join(&folder).is_dir() {
            continue;
        }
        for (name, input) in files(&folder) {
            let result = catch_unwind(|| oracle(&input));
            assert!(result.is_ok(), "fuzz/{folder}/{name} fails: what it panics with is above");
            replayed += 1;
        }
    }
    replayed
}

#[test]
fn seeds_hold() {
    assert!(replay("seeds") >= 100);
}

#[test]
fn findings_stay_mended() {
    assert!(replay("regressions") >= 3);
}

/// As a fuzzer would call it, but always with the same bytes.
fn run(oracle: Oracle, inputs: u64) {
    for seed in 0..inputs {
        let mut random = StdRng::seed_from_u64(seed);
        let mut data = vec![0; (seed % 700) as usize];
        random.fill_bytes(&mut data);
        oracle(&data);
    }
}

#[test]
fn templates_and_the_strict_path_agree() {
    run(super::template, 500);
}

#[test]
fn other_parsers_agree_but_for_what_was_looked_up() {
    run(super::differential, 3000);
}

#[test]
fn replies_are_the_same_in_any_pieces() {
    run(super::http_framing, 3000);
}

#[test]
fn what_is_read_can_be_written() {
    run(super::parse, 1500);
}

#[test]
fn what_is_written_is_read() {
    run(super::roundtrip, 1000);
}

#[test]
fn any_spelling_is_read_and_any_defect_refused() {
    run(super::surface, 1000);
}

#[test]
fn sessions_are_the_models() {
    run(super::session_model, 300);
}

#[test]
fn scenarios_are_what_they_are_written_as() {
    run(super::scenario, 1000);
}

#[test]
fn both_sources_of_tokens_agree() {
    run(super::tokens, 3000);
}
