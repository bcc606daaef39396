//! `&amp;`, `&#38;`, `&#x26;`: XML 1.0 sections 4.1 and 4.6.

use super::chars::{is_xml_char, ncname_end};
use super::{Error, ErrorKind};

/// The character that `&name;` stands for; `at` is the offset of its `&`.
pub(super) fn resolve(name: &str, at: usize) -> Result<char, Error> {
    let error = |kind| Err(Error::new(kind, at));
    if let Some(number) = name.strip_prefix('#') {
        let (digits, radix) = match number.strip_prefix('x') {
            Some(hex) => (hex, 16),
            None => (number, 10),
        };
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return error(ErrorKind::MalformedReference);
        }
        // A number too large for u32 is no character either.
        return match u32::from_str_radix(digits, radix).ok().and_then(char::from_u32) {
            Some(c) if is_xml_char(c) => Ok(c),
            _ => error(ErrorKind::InvalidCharacter),
        };
    }
    match name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ if !name.is_empty() && ncname_end(name, 0) == name.len() => {
            error(ErrorKind::UnknownEntity)
        }
        _ => error(ErrorKind::MalformedReference),
    }
}
