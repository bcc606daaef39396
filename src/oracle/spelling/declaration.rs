//! The XML declaration, in any of its spellings: XML 1.0 sections 2.8, 2.9 and 4.3.3.

use arbitrary::{Result, Unstructured};

use super::odd::{equals, optional_space, space};

const VERSIONS: &[&str] = &["1.0", "1.0", "1.0", "1.1", "1.00", "1.4294967296"];
const UTF8: &[&str] = &["utf-8", "UTF-8", "Utf-8", "uTF-8"];
const ASCII: &[&str] = &["US-ASCII", "us-ascii", "ASCII", "Us-Ascii"];
const STANDALONE: &[&str] = &["yes", "no"];

/// What it may say, with the values that each part may have.
const FORMS: &[&[(&str, &[&str])]] = &[
    &[],
    &[("version", VERSIONS)],
    &[("version", VERSIONS), ("encoding", UTF8)],
    &[("version", VERSIONS), ("encoding", UTF8), ("standalone", STANDALONE)],
    &[("version", VERSIONS), ("encoding", ASCII)],
    &[("version", VERSIONS), ("encoding", ASCII), ("standalone", STANDALONE)],
    &[("version", VERSIONS), ("standalone", STANDALONE)],
];

/// Spells one, or none; gives whether it says that the document is in US-ASCII.
pub(super) fn spell(out: &mut String, data: &mut Unstructured<'_>) -> Result<bool> {
    let form = *data.choose(FORMS)?;
    if form.is_empty() {
        return Ok(false);
    }
    // As nearly everybody writes it.
    let is_usual = !data.arbitrary::<bool>()?;
    out.push_str("<?xml");
    for (name, values) in form {
        let value = data.choose(values)?;
        let (space, equals, quote) = if is_usual {
            (" ", "=", '"')
        } else {
            let quote = if data.arbitrary()? { '"' } else { '\'' };
            (space(data)?, equals(data)?, quote)
        };
        let part = format!("{space}{name}{equals}{quote}{value}{quote}");
        out.push_str(&part);
    }
    if !is_usual {
        out.push_str(optional_space(data)?);
    }
    out.push_str("?>");
    Ok(form.contains(&("encoding", ASCII)))
}
