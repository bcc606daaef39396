//! Replies as long as may be, and longer by one byte.

use std::ops::Range;

use arbitrary::{Result, Unstructured};

use super::super::spelling::{Holds, Spelt};
use crate::api::MAX_SHAPE_BYTES;
use crate::xml::DEFAULT_MAX_BYTES;

/// What a limit of bytes is on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// A reply that is learned from.
    Learned,
    /// A reply that is read at all.
    Read,
}

impl Limit {
    /// This length, or one more.
    fn length(self, data: &mut Unstructured<'_>) -> Result<usize> {
        let most = match self {
            Self::Learned => MAX_SHAPE_BYTES,
            Self::Read => DEFAULT_MAX_BYTES,
        };
        Ok(most + usize::from(data.arbitrary::<bool>()?))
    }
}

/// What a value grows by, and what may stand between its elements, or the root and an end of the
/// document. The first of each is of one byte.
const IN_VALUES: &[&str] = &["a", "0", " ", "Ж", "\u{1F980}", "&amp;", "&#48;", "]", "\r\n"];
const OUTSIDE: &[&str] = &[" ", "\n", "\r\n", "<!---->", "<?p?>", "<!--Ж-->"];

/// So many pieces are enough where they are not plain.
const MOST_PIECES: usize = 16;

/// The reply as long as a limit is, or longer by one: by what one of its values is longer, or by
/// what stands before its root, after it, or beside one of its elements.
pub(super) fn grown(spelt: &Spelt, limit: Limit, data: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let texts = spelt
        .spots
        .iter()
        .filter(|spot| spot.holds == Holds::Text && spot.end.is_some());
    // A namespace would be another's.
    let is_field = |range: &&Range<usize>| !spelt.bytes[range.start..].starts_with(b"xmlns");
    let attributes = spelt.spots.iter().flat_map(|spot| &spot.attributes).filter(is_field);
    let values: Vec<usize> = texts
        .map(|spot| spot.content)
        .chain(attributes.map(|attribute| attribute.end - "'".len()))
        .collect();
    let holders = spelt.spots.iter().filter(|spot| spot.holds != Holds::Text);
    let outside: Vec<usize> = [spelt.bytes.len(), spelt.declaration.end]
        .into_iter()
        .chain(holders.filter_map(|spot| Some(spot.end.as_ref()?.start)))
        .collect();
    let is_value = !values.is_empty() && data.ratio(2, 3)?;
    let (places, pieces) = if is_value { (values, IN_VALUES) } else { (outside, OUTSIDE) };
    let at = *data.choose(&places)?;
    let room = limit.length(data)?.saturating_sub(spelt.bytes.len());
    let filling = filling(room, pieces, data)?;
    Ok([&spelt.bytes[..at], filling.as_bytes(), &spelt.bytes[at..]].concat())
}

/// White space after a reply that is anything at all.
pub(super) fn padded(
    mut body: Vec<u8>,
    limit: Limit,
    data: &mut Unstructured<'_>,
) -> Result<Vec<u8>> {
    body.resize(limit.length(data)?.max(body.len()), b' ');
    Ok(body)
}

/// The reply with more and more white space after it, which makes shapes of it that no other has.
pub(super) fn each_longer(body: &[u8], count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|len| [body, &b" ".repeat(len)].concat()).collect()
}

/// So many bytes: one of the pieces again and again, and the plain one before or after.
fn filling(room: usize, pieces: &[&str], data: &mut Unstructured<'_>) -> Result<String> {
    let piece = data.choose(pieces)?;
    let repeated = piece.repeat((room / piece.len()).min(MOST_PIECES));
    let plain = pieces[0].repeat(room - repeated.len());
    Ok(if data.arbitrary()? { repeated + &plain } else { plain + &repeated })
}
