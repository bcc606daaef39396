//! Keeping what was read for longer than the bytes that it was read from.

use std::borrow::Cow;

/// The same text, borrowed from nobody.
pub(super) fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
