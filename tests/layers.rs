//! Who may use whom: the rooms of the house, held by their `use` lines.

use std::fs;
use std::path::{Path, PathBuf};

/// What each part of the crate may import from the others.
const MAY_USE: &[(&str, &[&str])] = &[
    ("xml", &[]),
    ("http", &[]),
    ("measure", &[]),
    ("api", &["xml"]),
    ("simulator", &["api", "xml"]),
    ("judge", &["measure"]),
    ("oracle", &["api", "http", "scenario", "xml"]),
    ("scenario", &["api", "http", "judge"]),
    ("load", &["api", "http", "scenario", "measure"]),
    ("report", &["measure", "judge"]),
    (
        "cli",
        &["api", "http", "judge", "load", "measure", "report", "scenario", "simulator", "xml"],
    ),
];

/// Crates that one part alone may know, and the files in which it does.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("quick_xml", &["xml/"]),
    ("aho_corasick", &["load/redact/"]),
    ("encoding_rs", &["api/asmx/charset.rs", "load/redact/charset.rs"]),
    ("goose", &["load/goose_adapter.rs"]),
    ("hdrhistogram", &["measure/"]),
    ("hyper", &["simulator/", "oracle/http_framing/by_hyper.rs"]),
    ("httparse", &["http/", "oracle/http_framing/request.rs"]),
    ("clap", &["cli/"]),
    ("console", &["cli/"]),
    ("rustls", &["http/"]),
    ("nix", &["cpu.rs", "http/local_error.rs", "load/health/clocks.rs", "timer.rs"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect()
}

/// The lines of a source that are code.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a source");
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.map(str::to_owned).collect()
}

#[test]
fn parts_use_only_what_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (part, allowed) in MAY_USE {
        for path in sources(&src.join(part)) {
            for line in code(&path) {
                for (index, _) in line.match_indices("crate::") {
                    let used = &line[index + "crate::".len()..];
                    let used =
                        used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
                    let known = MAY_USE.iter().any(|(name, _)| *name == used);
                    assert!(
                        !known || used == *part || allowed.contains(&used),
                        "{}: {part} may not use {used}: {line}",
                        path.display()
                    );
                }
            }
        }
    }
    let parts = fs::read_dir(&src)
        .expect("the sources")
        .filter(|e| e.as_ref().expect("an entry").path().is_dir());
    assert_eq!(parts.count(), MAY_USE.len(), "every part of the crate has a row here");
}

#[test]
fn crates_are_known_where_they_belong() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&src) {
        let place = path.strip_prefix(&src).expect("inside").to_string_lossy().replace('\\', "/");
        for line in code(&path) {
            for (name, only_in) in ONLY_IN {
                let named = line
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == *name);
                let used =
                    named && (line.starts_with("use ") || line.contains(&format!("{name}::")));
                assert!(
                    !used || only_in.iter().any(|only_in| place.starts_with(only_in)),
                    "{place} may not use {name}: {line}"
                );
            }
        }
    }
}
