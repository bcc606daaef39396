//! The shape of a reply: fixed bytes with fields between them.

use std::borrow::Cow;

use super::{Fields, MAX_FIELDS};
use crate::xml::{Place, leading_reference, plain_len};

/// A larger reply has no shape.
pub const MAX_SHAPE_BYTES: usize = 4 * 1024;

/// Fixed bytes with fields between them, as one reply had them.
#[derive(Debug)]
pub(super) struct Shape {
    /// Fields and the fixed bytes before each, in the order of the body.
    gaps: Vec<Gap>,
    /// The fixed bytes after the last field.
    tail: Box<[u8]>,
    /// All fields by the order of the typed reply.
    fields: Vec<(&'static str, Value)>,
}

#[derive(Debug)]
struct Gap {
    before: Box<[u8]>,
    /// Which of the fields it is.
    field: usize,
    place: Place,
    /// The byte that ends it.
    end: u8,
}

#[derive(Debug)]
enum Value {
    /// Stands between fixed bytes.
    Gap,
    /// Follows from the fixed bytes.
    Constant(String),
}

/// Where a field lies in a body: from one byte to before another.
type Range = (usize, usize);

impl Shape {
    /// The shape of `body`, which was read as `fields`; `None` if there is nothing to go by.
    /// `reads` tells whether another body is read as these fields.
    pub(super) fn learn(
        body: &[u8],
        fields: &Fields<'_>,
        reads: impl Fn(&[u8], &Fields<'_>) -> bool,
    ) -> Option<Self> {
        if body.len() > MAX_SHAPE_BYTES || declares_ascii(body) {
            return None;
        }
        let mut places: Vec<(Range, usize)> = Vec::new();
        let mut values = Vec::new();
        for (index, (name, value)) in fields.iter().enumerate() {
            let range = match value {
                Cow::Borrowed(text) => range_in(body, text),
                // One with references in it: such a value is no constant.
                Cow::Owned(_) => Some(range_of(body, fields, index, &reads)?),
            };
            places.extend(range.map(|range| (range, index)));
            values.push((
                *name,
                match range {
                    Some(_) => Value::Gap,
                    None => Value::Constant(value.clone().into_owned()),
                },
            ));
        }
        places.sort_unstable();
        let mut gaps = Vec::new();
        let mut from = 0;
        for ((start, end), field) in places {
            // Between tags, or between quotes: then it begins and ends nowhere else.
            let (place, end_byte) = surroundings(body, start, end)?;
            if start <= from || written_len(&body[start..], place)? != end - start {
                return None;
            }
            gaps.push(Gap {
                before: body[from..start].into(),
                field,
                place,
                end: end_byte,
            });
            from = end;
        }
        Some(Self { gaps, tail: body[from..].into(), fields: values })
    }

    /// Reads `body` into `fields`, which are empty, if it has this shape.
    #[inline]
    pub(super) fn read<'a>(&'a self, body: &'a [u8], fields: &mut Fields<'a>) -> bool {
        // Shapes often differ in what stands at their end, which is soon seen.
        if !body.ends_with(&self.tail) {
            return false;
        }
        let mut rest = body;
        let mut written: [&[u8]; MAX_FIELDS] = [b""; MAX_FIELDS];
        let mut has_references = false;
        for gap in &self.gaps {
            let Some(after) = rest.strip_prefix(&*gap.before) else { return false };
            let mut len = plain_len(after, gap.place);
            if after.get(len) == Some(&b'&') {
                has_references = true;
                let Some(whole) = written_len(after, gap.place) else { return false };
                len = whole;
            }
            written[gap.field] = &after[..len];
            rest = &after[len..];
            // Nothing may mean something else than an empty text.
            if len == 0 || rest.first() != Some(&gap.end) {
                return false;
            }
        }
        if rest.len() != self.tail.len() {
            return false;
        }
        let is_read = self.fields.iter().zip(&written).all(|((name, value), written)| {
            let text = match value {
                Value::Gap => match std::str::from_utf8(written) {
                    Ok(text) => text,
                    Err(_) => return false,
                },
                Value::Constant(text) => text,
            };
            fields.push((*name, Cow::Borrowed(text)));
            true
        });
        if is_read && has_references {
            return self.resolve_references(fields);
        }
        if !is_read {
            fields.clear();
        }
        is_read
    }

    /// Replaces the references in what was found in the body by what they stand for.
    #[cold]
    fn resolve_references(&self, fields: &mut Fields<'_>) -> bool {
        for gap in &self.gaps {
            let value = &mut fields[gap.field].1;
            match resolve_references(value) {
                Some(Cow::Owned(resolved)) => *value = Cow::Owned(resolved),
                Some(Cow::Borrowed(_)) => {}
                None => {
                    fields.clear();
                    return false;
                }
            }
        }
        true
    }
}

/// Whether `body` may declare US-ASCII: then it may not have Cyrillic in its fields.
fn declares_ascii(body: &[u8]) -> bool {
    let end = body.windows(2).position(|two| two == b"?>").unwrap_or(0);
    body[..end].windows(5).any(|word| word.eq_ignore_ascii_case(b"ascii"))
}

/// How long the value is that `bytes` begin with, references included; `None` if it is not plain
/// to see where it ends.
fn written_len(bytes: &[u8], place: Place) -> Option<usize> {
    let mut len = plain_len(bytes, place);
    while bytes.get(len) == Some(&b'&') {
        len += memchr::memchr(b';', &bytes[len..])? + 1;
        len += plain_len(&bytes[len..], place);
    }
    Some(len)
}

/// What a value means whose references are as `written_len` found them; `None` if one is not good.
fn resolve_references(written: &str) -> Option<Cow<'_, str>> {
    if !written.contains('&') {
        return Some(Cow::Borrowed(written));
    }
    let mut value = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find('&') {
        value.push_str(&rest[..at]);
        let (c, len) = leading_reference(&rest[at..])?;
        value.push(c);
        rest = &rest[at + len..];
    }
    value.push_str(rest);
    Some(Cow::Owned(value))
}

/// Where `value` lies in `body`; `None` if it is not a part of it.
fn range_in(body: &[u8], value: &str) -> Option<Range> {
    // Addresses as numbers: nothing is read through them.
    let start = value.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    let end = start.checked_add(value.len())?;
    (!value.is_empty() && end <= body.len()).then_some((start, end))
}

/// Where the field `index` is written in `body` with references. That it is this place and no
/// other that says so is tried out: with another text there, the field has to be that text.
fn range_of(
    body: &[u8],
    fields: &Fields<'_>,
    index: usize,
    reads: impl Fn(&[u8], &Fields<'_>) -> bool,
) -> Option<Range> {
    const OTHER: &str = "gander";
    (1..body.len()).find_map(|start| {
        let place = match body[start - 1] {
            b'>' => Place::Text,
            b'"' | b'\'' => Place::Attribute,
            _ => return None,
        };
        let range = (start, start + written_len(&body[start..], place)?);
        let written = std::str::from_utf8(&body[range.0..range.1]).ok()?;
        let value = resolve_references(written)?;
        if matches!(value, Cow::Borrowed(_)) || value != fields[index].1 {
            return None;
        }
        let other = [&body[..start], OTHER.as_bytes(), &body[range.1..]].concat();
        let mut expected = fields.clone();
        expected[index].1 = Cow::Borrowed(OTHER);
        reads(&other, &expected).then_some(range)
    })
}

/// What a value from `start` to `end` stands between: its place, and the byte that ends it.
fn surroundings(body: &[u8], start: usize, end: usize) -> Option<(Place, u8)> {
    match (*body.get(start.checked_sub(1)?)?, *body.get(end)?) {
        (b'>', b'<') => Some((Place::Text, b'<')),
        (quote @ (b'"' | b'\''), close) if quote == close => Some((Place::Attribute, close)),
        _ => None,
    }
}
