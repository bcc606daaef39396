//! The dictionaries that a fuzzer takes words from: they can be read, and lack no name.

use super::replay::files;
use crate::api::REGISTRY;

/// libFuzzer passes over longer words.
const MAX_WORD: usize = 64;

/// The words of a dictionary by name: lines of the form `name="word"`, with `\\`, `\"` and `\xNN`.
///
/// # Errors
/// The line that is not so, and why.
fn read(text: &str) -> Result<Vec<(&str, Vec<u8>)>, String> {
    let mut words: Vec<(&str, Vec<u8>)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fail = |why: &str| format!("{}: {line}: {why}", index + 1);
        let (name, quoted) = line.split_once('=').ok_or_else(|| fail("no name"))?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(fail("a name of letters, digits and _"));
        }
        let quoted = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let word = quoted.and_then(unescape).ok_or_else(|| fail("not a quoted word"))?;
        if word.is_empty() || word.len() > MAX_WORD {
            return Err(fail("a word has 1 to 64 bytes"));
        }
        if words.iter().any(|(known, _)| *known == name) {
            return Err(fail("the name is taken"));
        }
        words.push((name, word));
    }
    Ok(words)
}

fn unescape(quoted: &str) -> Option<Vec<u8>> {
    let mut word = Vec::new();
    let mut rest = quoted;
    while let Some(c) = rest.chars().next() {
        let len = match (c, rest.get(1..2)) {
            ('\\', Some(escaped @ ("\\" | "\""))) => {
                word.extend(escaped.bytes());
                2
            }
            ('\\', Some("x")) => {
                word.push(u8::from_str_radix(rest.get(2..4)?, 16).ok()?);
                4
            }
            ('"' | '\\', _) => return None,
            // libFuzzer refuses a file with other bytes in it.
            (' '..='~', _) => {
                word.push(u8::try_from(c).ok()?);
                1
            }
            _ => return None,
        };
        rest = &rest[len..];
    }
    Some(word)
}

/// The words of `fuzz/dict/NAME`.
pub(super) fn words(name: &str) -> Vec<String> {
    let file = files("dict").into_iter().find(|(known, _)| known == name).expect(name);
    let text = String::from_utf8(file.1).expect("text");
    let words = read(&text).unwrap_or_else(|error| panic!("{name}:{error}"));
    words
        .into_iter()
        .map(|(_, word)| String::from_utf8_lossy(&word).into_owned())
        .collect()
}

#[test]
fn words_are_read_as_libfuzzer_reads_them() {
    assert_eq!(read("# a\n\nb=\"c\""), Ok(vec![("b", b"c".to_vec())]));
    assert_eq!(read(r#"b="\x00\\\"d=""#), Ok(vec![("b", b"\0\\\"d=".to_vec())]));
    for line in
        ["b", "b=c", "b=\"c", "=\"c\"", "b=\"\"", "b=\"\"\"", r#"b="\""#, r#"b="\n""#, r#"b="\x0""#]
    {
        assert!(read(line).is_err(), "{line}");
    }
    assert!(read("b=\"я\"").is_err() && read("b=\"1\"\nb=\"2\"").is_err());
    assert!(read(&format!("b=\"{}\"", "c".repeat(65))).is_err());
}

#[test]
fn every_dictionary_is_read() {
    let names: Vec<_> = files("dict").into_iter().map(|(name, _)| name).collect();
    assert!(names.len() >= 2);
    for name in names {
        assert!(words(&name).len() >= 20, "{name}");
    }
}

#[test]
fn every_name_of_the_contracts_is_in_the_dictionary() {
    let words = words("xml.dict");
    let mut names: Vec<String> = Vec::new();
    for api in REGISTRY {
        for operation in api.operations() {
            names.push(operation.name.to_owned());
            names.extend(operation.inputs.iter().map(|input| input.name.to_owned()));
            names.extend(operation.answers.iter().map(|answer| (*answer).to_owned()));
        }
        for sample in api.samples() {
            let text = std::str::from_utf8(sample.bytes).expect("samples are text");
            // As printed, some are not well-formed; the same are there repaired.
            let Ok(document) = roxmltree::Document::parse(text) else { continue };
            for element in document.descendants().filter(roxmltree::Node::is_element) {
                names.push(element.tag_name().name().to_owned());
                names.extend(element.attributes().map(|a| a.name().to_owned()));
                names.extend(element.namespaces().map(|namespace| namespace.uri().to_owned()));
            }
        }
    }
    for name in names {
        assert!(words.contains(&name), "fuzz/dict/xml.dict lacks {name}");
    }
}
