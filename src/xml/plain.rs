//! Bytes that mean themselves, for those who compare documents instead of reading them.

use super::chars::{TextStop, ValueStop};
use super::scan::find;

/// Where a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// As the text of an element.
    Text,
    /// Between the quotes of an attribute.
    Attribute,
}

/// How many bytes at the start of `bytes` are sure to mean themselves at `place`: if they are
/// UTF-8, the reader gives exactly them. What follows may be the end of the value, or something
/// that has to be read.
#[must_use]
#[inline]
pub(crate) fn plain_len(bytes: &[u8], place: Place) -> usize {
    match place {
        Place::Text => find::<TextStop>(bytes, 0),
        Place::Attribute => find::<ValueStop>(bytes, 0),
    }
}

/// The character that the reference at the start of `text` stands for, and the length of the
/// reference; `None` if there is no good one.
#[must_use]
pub(crate) fn leading_reference(text: &str) -> Option<(char, usize)> {
    let (name, _) = text.strip_prefix('&')?.split_once(';')?;
    let c = super::reference::resolve(name, 0).ok()?;
    Some((c, name.len() + "&;".len()))
}
