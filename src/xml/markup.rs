//! Comments and processing instructions: XML 1.0 sections 2.5 and 2.6.

use super::chars::{is_space, ncname_end};
use super::{Error, ErrorKind};

/// `--` may stand in a comment only as part of its end.
pub(super) fn check_comment(span: &str, start: usize) -> Result<(), Error> {
    let open = "<!--".len();
    match span[open.min(span.len())..].find("--") {
        Some(at) if open + at + "-->".len() < span.len() || !span.ends_with("-->") => {
            Err(Error::new(ErrorKind::DoubleHyphen, start + open + at))
        }
        _ => Ok(()),
    }
}

/// A target is a name without a colon, is not `xml`, and white space follows it.
pub(super) fn check_instruction(span: &str, start: usize) -> Result<(), Error> {
    let open = "<?".len();
    let len = ncname_end(span, open) - open;
    let target = &span[open..open + len];
    let after = &span.as_bytes()[open + len..];
    if target.is_empty() || target.eq_ignore_ascii_case("xml") {
        return Err(Error::new(ErrorKind::InvalidTarget, start + open));
    }
    if after.is_empty() || after.starts_with(b"?>") || is_space(after[0]) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidTarget, start + open + len))
}
