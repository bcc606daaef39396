//! Learned templates: replies of a shape seen before are read by comparing and slicing.
//!
//! After a reply was read the strict way, the bytes around its fields are kept. A later body that
//! has the same bytes there, and between them only characters that mean themselves, must be read
//! the same way by the strict parser too; so it is not asked. Everything else goes the strict way.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Answer, Api, Binding, Fields};
use crate::xml;

/// How many shapes are kept for an operation over a binding. A service has a good reply and a few
/// bad ones; what comes after these goes the strict way.
pub const MAX_TEMPLATES: usize = 4;

/// A larger reply is not learned from.
pub const MAX_TEMPLATE_BYTES: usize = 4 * 1024;

/// A reply's shape: fixed bytes with fields between them.
#[derive(Debug)]
struct Template {
    /// A field and the fixed bytes before it, in the order of the body.
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

impl Template {
    /// The shape of `body`, which was read as `fields`; `None` if there is nothing to go by.
    fn learn(body: &[u8], fields: &Fields<'_>) -> Option<Self> {
        // A document that declares US-ASCII may not have Cyrillic in its fields.
        let declares_ascii = body[..body.len().min(100)]
            .windows(5)
            .any(|word| word.eq_ignore_ascii_case(b"ascii"));
        if body.len() > MAX_TEMPLATE_BYTES || declares_ascii {
            return None;
        }
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        let mut values = Vec::new();
        for (index, (name, value)) in fields.iter().enumerate() {
            // A value that had to be put together would make a shape of its own each time.
            let Cow::Borrowed(text) = value else { return None };
            match place(body, text) {
                Some((start, end)) => {
                    places.push((start, end, index));
                    values.push((*name, Value::Gap));
                }
                None => values.push((*name, Value::Constant((*text).to_owned()))),
            }
        }
        places.sort_unstable();
        let mut gaps = Vec::new();
        let mut from = 0;
        for (start, end, field) in places {
            // Between quotes, or between tags: then no other character can end it.
            let is_whole = is_plain(&body[start..end]).is_some()
                && start > from
                && is_plain(&body[start - 1..start]).is_none()
                && body.get(end).is_some_and(|&end| matches!(end, b'<' | b'"' | b'\''));
            if !is_whole {
                return None;
            }
            gaps.push(Gap { before: body[from..start].into(), field, end: body[end] });
            from = end;
        }
        Some(Self { gaps, tail: body[from..].into(), fields: values })
    }

    /// The fields of `body` if it has this shape.
    #[inline]
    fn read<'a>(&'a self, body: &'a [u8]) -> Option<Fields<'a>> {
        // Shapes often differ in what stands at their end, which is soon seen.
        let mut rest = body.strip_suffix(&*self.tail)?;
        let mut found: [&str; super::MAX_FIELDS] = [""; super::MAX_FIELDS];
        for (index, gap) in self.gaps.iter().enumerate() {
            rest = rest.strip_prefix(&*gap.before)?;
            let len = if index + 1 == self.gaps.len() {
                rest.len()
            } else {
                memchr::memchr(gap.end, rest)?
            };
            let (value, after) = rest.split_at(len);
            // Nothing may mean something else than an empty text.
            found[gap.field] = is_plain(value).filter(|value| !value.is_empty())?;
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
        let mut fields = Fields::new();
        for ((name, value), found) in self.fields.iter().zip(found) {
            fields.push((
                *name,
                Cow::Borrowed(match value {
                    Value::Gap => found,
                    Value::Constant(text) => text.as_str(),
                }),
            ));
        }
        Some(fields)
    }
}

/// Where `value` lies in `body`; `None` if it is not a part of it.
fn place(body: &[u8], value: &str) -> Option<(usize, usize)> {
    // Addresses as numbers: nothing is read through them.
    let start = value.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    let end = start.checked_add(value.len())?;
    (!value.is_empty() && end <= body.len()).then_some((start, end))
}

/// `value` as text if every character of it means itself in any text or attribute value, and ends
/// none.
#[inline]
fn is_plain(value: &[u8]) -> Option<&str> {
    // Without a branch, so that many bytes are looked at at once. U+FFFE and U+FFFF, which XML does
    // not have, begin with 0xEF.
    let special = value.iter().fold(false, |special, b| {
        special | matches!(b, 0..=0x1F | b'<' | b'>' | b'&' | b'"' | b'\'' | b']' | 0xEF)
    });
    if special { None } else { std::str::from_utf8(value).ok() }
}

/// The shapes of an API's replies, learned as they come, for many threads at once.
#[derive(Debug)]
pub struct Templates {
    api: &'static dyn Api,
    /// By operation, then binding.
    shapes: Vec<[OnceLock<Template>; MAX_TEMPLATES]>,
    misses: AtomicU64,
}

impl Templates {
    /// Nothing learned yet.
    #[must_use]
    pub fn new(api: &'static dyn Api) -> Self {
        let count = api.operations().len() * Binding::ALL.len();
        Self {
            api,
            shapes: (0..count).map(|_| [const { OnceLock::new() }; MAX_TEMPLATES]).collect(),
            misses: AtomicU64::new(0),
        }
    }

    /// As [`Api::judge`], with the same result for every reply.
    pub fn judge<'a>(
        &'a self,
        operation: usize,
        binding: Binding,
        status: u16,
        body: &'a [u8],
    ) -> Answer<'a> {
        let shapes = &self.shapes[operation * Binding::ALL.len() + binding as usize];
        if let Some(answer) = self.read(shapes, operation, body) {
            return answer;
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let answer = self.api.judge(operation, binding, status, body);
        // Only a reply that was read has the meaning of its fields.
        if let Some(free) = shapes.iter().find(|shape| shape.get().is_none())
            && !body.is_empty()
            && self.api.verdict(operation, &answer.fields).as_ref() == Some(&answer.verdict)
            && let Some(template) = Template::learn(body, &answer.fields)
        {
            // Another thread may have been faster, which is as good.
            let _ = free.set(template);
        }
        answer
    }

    /// How many replies were read the strict way. Counted instead of the others, which are many.
    #[must_use]
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    fn read<'a>(
        &'a self,
        shapes: &'a [OnceLock<Template>],
        operation: usize,
        body: &'a [u8],
    ) -> Option<Answer<'a>> {
        if body.len() > xml::DEFAULT_MAX_BYTES {
            return None;
        }
        let fields = shapes.iter().map_while(OnceLock::get).find_map(|shape| shape.read(body))?;
        let verdict = self.api.verdict(operation, &fields)?;
        Some(Answer { verdict, fields })
    }
}
