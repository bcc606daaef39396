//! Scenario files: any text, and ones that are made of what may be written.

use std::env::VarError;
use std::io;
use std::path::{Path, PathBuf};

use arbitrary::{Result, Unstructured};

use crate::scenario::{BUILT_IN, Outside, Overrides, Plan, Source, normal_form, understand};

/// Reads a scenario: refused with problems in lines that it has, or made into a plan; and the plan's
/// own file, when it is read, makes the same plan and the same file.
///
/// If the first byte is even (a line end, a space), the bytes are the file; if not, the others choose
/// one.
///
/// # Panics
/// When that is not so.
pub fn scenario(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    if first.is_multiple_of(2) {
        // Of bytes that are no text, no source is made.
        if let Ok(text) = std::str::from_utf8(data) {
            compare(text);
        }
    } else if let Ok(text) = choose(&mut Unstructured::new(rest)) {
        compare(&text);
    }
}

fn compare(text: &str) {
    let plan = match open(text) {
        Ok(plan) => plan,
        Err(lines) => {
            let last = text.split('\n').count();
            assert!(lines.iter().all(|line| *line <= last), "{lines:?} of {last} lines:\n{text}");
            return;
        }
    };
    let written = normal_form(&plan);
    let mut again = open(&written).unwrap_or_else(|_| panic!("{written}\nis refused, of\n{text}"));
    let rewritten = normal_form(&again);
    // They are at the head of what was written, and true of the file that was read.
    again.notes.clone_from(&plan.notes);
    again.source.clone_from(&plan.source);
    assert_eq!(again, plan, "of\n{text}\nand\n{written}");
    assert_eq!(without_notes(&rewritten), without_notes(&written), "of\n{text}");
}

/// What follows the comments at the head.
fn without_notes(text: &str) -> &str {
    match text.split_once("\n\n") {
        Some((head, rest)) if head.starts_with('#') => rest,
        _ => text,
    }
}

/// The plan, or the lines of what is wrong.
fn open(text: &str) -> std::result::Result<Plan, Vec<usize>> {
    let source = Source {
        name: "fuzz.toml".to_owned(),
        folder: PathBuf::from("folder"),
        text: text.to_owned(),
    };
    understand(&source, &Overrides::default(), &Nowhere).map_err(|error| {
        // They can be told, too.
        let _ = error.to_string();
        error.problems.iter().map(|problem| problem.line).collect()
    })
}

/// A machine with one file and one variable.
struct Nowhere;

const FILE: &str = "accounts.csv";
const ACCOUNTS: &str = "\
login,password,domain,api,state,tariff
anna,p1,d,,,gold
bert,p2,,eltex,active,
carl,p3,d,related,blocked_ip,x
";
const VARIABLE: &str = "KEY";

impl Outside for Nowhere {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("folder").join(FILE) {
            return Ok(ACCOUNTS.into());
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn variable(&self, name: &str) -> std::result::Result<String, VarError> {
        if name == VARIABLE { Ok("u:p".to_owned()) } else { Err(VarError::NotPresent) }
    }
}

/// A file with every key of the format in it but the one that is refused.
pub(super) const EVERY_KEY: &str = include_str!("scenario.toml");

/// Any number, any text, and what is neither.
const VALUES: &[&str] = &[
    "0",
    "1",
    "2",
    "7",
    "10000",
    "1000001",
    "-1",
    "4294967296",
    "9223372036854775807",
    "true",
    "false",
    "1.5",
    "\"\"",
    "\"x\"",
    "\"login\"",
    "\"logout\"",
    "\"check_session\"",
    "\"sp_check_session\"",
    "\"sp_check_login\"",
    "\"sp_change_login\"",
    "\"CreateSession\"",
    "\"eltex\"",
    "\"related\"",
    "\"leadertask\"",
    "\"soap12\"",
    "\"get\"",
    "\"xml\"",
    "\"open\"",
    "\"closed\"",
    "\"random\"",
    "\"uniform\"",
    "\"refused\"",
    "\"http 503\"",
    "\"free\"",
    "\"0s\"",
    "\"1ms\"",
    "\"0.001us\"",
    "\"1.5s\"",
    "\"1m30s\"",
    "\"59.999999999s\"",
    "\"8759h59m59.987654321s\"",
    "\"uniform(1s, 2s)\"",
    "\"exponential(500ms)\"",
    "\"lognormal(1s, 0.5)\"",
    "\"0/s\"",
    "\"1/h\"",
    "\"0.1/min\"",
    "\"200/s\"",
    "\"1B\"",
    "\"65KiB\"",
    "\"http://h:1\"",
    "\"https://h\"",
    "\"::1\"",
    "\"accounts.csv\"",
    "\"{login} {{{tariff}}}\"",
    "\"{session}\"",
    "\"{user\"",
    "\"я\\n\\\"\\u0007\"",
    "'''\nx'''",
    "{ eltex = \"h:1\" }",
    "{ env = \"KEY\" }",
    "{ newlogin = \"{login}\", login = \"x\" }",
    "{ X-Key = \"k\", X-Other = { env = \"KEY\" } }",
    "{}",
    "[]",
    "1979-05-27",
];

/// A built-in scenario, or the one with every key, with some of its lines replaced, taken away, put
/// elsewhere or added.
fn choose(data: &mut Unstructured<'_>) -> Result<String> {
    let keys: Vec<&str> = EVERY_KEY.lines().filter_map(key).collect();
    let headers: Vec<&str> = EVERY_KEY.lines().filter(|line| line.starts_with('[')).collect();
    let base = match data.choose_index(BUILT_IN.len() + 3)? {
        index if index < BUILT_IN.len() => BUILT_IN[index].text,
        _ => EVERY_KEY,
    };
    let mut lines: Vec<String> = base.lines().map(str::to_owned).collect();
    for _ in 0..data.int_in_range(0..=8)? {
        let at = data.choose_index(lines.len())?;
        match data.int_in_range(0..=9)? {
            0..=3 => {
                let value = data.choose(VALUES)?;
                if let Some(key) = key(&lines[at]) {
                    lines[at] = format!("{key} = {value}");
                }
            }
            4..=5 if lines.len() > 1 => drop(lines.remove(at)),
            6..=7 => {
                let line = format!("{} = {}", data.choose(&keys)?, data.choose(VALUES)?);
                lines.insert(at, line);
            }
            8 => lines.insert(at, (*data.choose(&headers)?).to_owned()),
            _ => {
                let from = data.choose_index(lines.len())?;
                let line = lines[from].clone();
                lines.insert(at, line);
            }
        }
    }
    Ok(lines.join("\n"))
}

/// The key of a line that has one.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    (!key.starts_with('#')).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is named where one is asked for that is not there.
    #[test]
    fn every_key_of_the_format_is_among_them() {
        let tables =
            ["", "accounts", "load", "[load.stage]", "transport", "[journey]", "[journey.step]"];
        let mut keys = Vec::new();
        for table in tables {
            let header = if table.is_empty() { String::new() } else { format!("[{table}]\n") };
            // A step is looked at in the journey that it is a part of.
            let before = if table == "[journey.step]" { "[[journey]]\n" } else { "" };
            let source = Source {
                name: String::new(),
                folder: PathBuf::new(),
                text: format!("{before}{header}qqqqqqqqqq = 1\n"),
            };
            let error = understand(&source, &Overrides::default(), &Nowhere).expect_err(table);
            let error = error.to_string();
            let (_, listed) =
                error.split_once("write one of: ").unwrap_or_else(|| panic!("{error}"));
            keys.extend(listed.split(", ").map(str::to_owned));
        }
        assert!(keys.len() > 40, "{keys:?}");
        let words = super::super::dictionaries::words("scenario.dict");
        for key in keys {
            assert!(words.contains(&key), "fuzz/dict/scenario.dict lacks {key}");
            let is_there = EVERY_KEY.lines().any(|line| {
                super::key(line) == Some(&*key) || line.trim_start_matches('[').starts_with(&key)
            });
            assert!(is_there || key == "insecure" || key == "stage" || key == "step", "{key}");
        }
    }

    /// Paths and the names of variables are not in the plan as they were written.
    #[test]
    fn what_plans_do_not_repeat_is_written_too() {
        let written = normal_form(&open(EVERY_KEY).expect("it is read"));
        let (_, from_transport) = EVERY_KEY.split_once("[transport]").expect("its table");
        let (transport, _) = from_transport.split_once("[[journey]]").expect("what follows");
        for line in transport.lines().chain(["file = \"accounts.csv\""]) {
            assert!(written.lines().any(|found| found == line), "{line} in\n{written}");
        }
    }

    #[test]
    fn what_files_are_chosen_from_is_read() {
        for text in BUILT_IN.iter().map(|built_in| built_in.text).chain([EVERY_KEY]) {
            let plan = open(text).unwrap_or_else(|lines| panic!("{lines:?}:\n{text}"));
            assert!(!plan.journeys.is_empty());
            compare(text);
        }
    }
}
