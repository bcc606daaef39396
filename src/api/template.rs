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
            let borrowed = match value {
                Cow::Borrowed(text) => place(body, text),
                Cow::Owned(_) => None,
            };
            match borrowed {
                Some((start, end)) => {
                    places.push((start, end, index));
                    values.push((*name, Value::Gap));
                }
                None => values.push((*name, Value::Constant(value.clone().into_owned()))),
            }
        }
        places.sort_unstable();
        let mut gaps = Vec::new();
        let mut from = 0;
        for (start, end, field) in places {
            // Between quotes, or between tags: then no other character can end it.
            let is_whole = body[start..end].iter().all(|&b| is_plain(b))
                && start > from
                && !is_plain(body[start - 1])
                && body.get(end).is_some_and(|&b| !is_plain(b));
            if !is_whole {
                return None;
            }
            gaps.push(Gap { before: body[from..start].into(), field });
            from = end;
        }
        Some(Self { gaps, tail: body[from..].into(), fields: values })
    }

    /// The fields of `body` if it has this shape.
    fn read<'a>(&'a self, body: &'a [u8]) -> Option<Fields<'a>> {
        let mut found: [&str; super::MAX_FIELDS] = [""; super::MAX_FIELDS];
        let mut rest = body;
        for gap in &self.gaps {
            rest = rest.strip_prefix(&*gap.before)?;
            let len = rest.iter().position(|&b| !is_plain(b))?;
            // Nothing may mean something else than an empty text.
            if len == 0 {
                return None;
            }
            let (value, after) = rest.split_at(len);
            found[gap.field] = text(value)?;
            rest = after;
        }
        if rest != &*self.tail {
            return None;
        }
        let value = |(index, (name, value)): (usize, &'a (&'static str, Value))| {
            let value = match value {
                Value::Gap => found[index],
                Value::Constant(text) => text.as_str(),
            };
            (*name, Cow::Borrowed(value))
        };
        Some(self.fields.iter().enumerate().map(value).collect())
    }
}

/// Where `value` lies in `body`; `None` if it is not a part of it.
fn place(body: &[u8], value: &str) -> Option<(usize, usize)> {
    // Addresses as numbers: nothing is read through them.
    let start = value.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    let end = start.checked_add(value.len())?;
    (!value.is_empty() && end <= body.len()).then_some((start, end))
}

/// A byte that means itself in any text or attribute value, and ends none.
const fn is_plain(byte: u8) -> bool {
    PLAIN[byte as usize]
}

static PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < plain.len() {
        plain[byte] = byte >= 0x20;
        byte += 1;
    }
    let mut special = b"<>&\"']".as_slice();
    while let [byte, rest @ ..] = special {
        plain[*byte as usize] = false;
        special = rest;
    }
    // U+FFFE and U+FFFF begin with it, which XML does not have.
    plain[0xEF] = false;
    plain
};

fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok()
}

/// The shapes of an API's replies, learned as they come, for many threads at once.
#[derive(Debug)]
pub struct Templates {
    api: &'static dyn Api,
    /// By operation, then binding.
    shapes: Vec<[OnceLock<Template>; MAX_TEMPLATES]>,
    hits: AtomicU64,
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
            hits: AtomicU64::new(0),
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
            self.hits.fetch_add(1, Ordering::Relaxed);
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

    /// How many replies were read by a template, and how many were not.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
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
