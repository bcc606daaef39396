//! Comments and processing instructions: XML 1.0 sections 2.5 and 2.6.

use super::chars::{is_space, ncname_end};
use super::{Error, ErrorKind};

/// `--` may stand in a comment only as part of its end, which may be cut.
pub(super) fn check_comment(span: &str, start: usize) -> Result<(), Error> {
    let open = "<!--".len();
    match span[open..].find("--") {
        Some(at) if !matches!(&span[open + at..], "-->" | "--") => {
            Err(Error::new(ErrorKind::DoubleHyphen, start + open + at))
        }
        _ => Ok(()),
    }
}

/// A target is a name without a colon, is not `xml`, and white space follows it. One that is cut may
/// become one.
pub(super) fn check_instruction(span: &str, start: usize) -> Result<(), Error> {
    let open = "<?".len();
    let len = ncname_end(span, open) - open;
    let target = &span[open..open + len];
    let after = &span.as_bytes()[open + len..];
    if matches!(after, b"" | b"?") {
        return Ok(());
    }
    if target.is_empty() || target.eq_ignore_ascii_case("xml") {
        return Err(Error::new(ErrorKind::InvalidTarget, start + open));
    }
    if after.starts_with(b"?>") || is_space(after[0]) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidTarget, start + open + len))
}
