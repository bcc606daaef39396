//! Learned templates against the strict path.

mod learned;
mod length;

use std::collections::HashMap;
use std::fmt;

use arbitrary::{Result, Unstructured};

use super::defect::{Defect, spoil};
use super::deviation::{change, change_value};
use super::spelling::spell;
use super::tree::{Node, reply_tree};
use super::values;
use super::writing::Place;
use crate::api::{Answer, MAX_ATTEMPTS, MAX_SHAPE_BYTES, MAX_SHAPES, Templates, Verdict};
use learned::Learned;
use length::{Limit, each_longer, grown, padded};

/// Reads replies to operations of one API with templates that learn from each: every answer, its
/// fields and its error included, must be that of the strict path, whatever came before. No more
/// may be learned than there is room for, nor from what is too long, nor after too many attempts.
///
/// # Panics
/// When it is not.
pub fn template(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    if let Ok(case) = Case::choose(&mut Unstructured::new(data)) {
        case.compare();
    }
}

/// Replies, one after another, mostly to the same operation.
struct Case {
    place: Place,
    replies: Vec<Reply>,
}

struct Reply {
    place: Place,
    status: u16,
    body: Vec<u8>,
    /// How often it comes.
    times: u32,
}

/// The second time it may have been learned.
const USUAL_TIMES: u32 = 2;

impl Case {
    fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let usual = Place::choose(data)?;
        let length = data.int_in_range(0..=16)?;
        let style = data.bytes(length.min(data.len()))?;
        let mut replies = Vec::new();
        while !data.is_empty() {
            let place = if data.ratio(3, 4)? { usual } else { usual.another(data)? };
            let bodies = if data.arbitrary()? {
                in_style(style, place, data)?
            } else {
                vec![sample(place, data)?]
            };
            for body in bodies {
                let status = *data.choose(&[200, 200, 200, 404, 500])?;
                let times = if body.len() == MAX_SHAPE_BYTES + 1 && data.ratio(1, 64)? {
                    // Once more it is read below.
                    MAX_ATTEMPTS - 1 - u32::from(data.arbitrary::<bool>()?)
                } else {
                    USUAL_TIMES
                };
                replies.push(Reply { place, status, body, times });
            }
        }
        Ok(Self { place: usual, replies })
    }

    fn compare(&self) -> Seen {
        let api = self.place.api;
        let templates = Templates::new(api);
        // What it was before must not matter.
        let mut answer = Answer::bare(Verdict::Http(0));
        let mut seen = Seen::default();
        let mut all_learned = HashMap::<_, Learned>::new();
        for reply in &self.replies {
            let &Reply { place, status, ref body, times } = reply;
            let Place { operation, binding, .. } = place;
            let strict = api.judge(operation, binding, status, body);
            let is_malformed = matches!(strict.verdict, Verdict::Malformed(_) | Verdict::Http(_));
            let is_readable = !body.is_empty() && !is_malformed;
            let is_long = body.len() > MAX_SHAPE_BYTES;
            let learned = all_learned.entry((operation, binding)).or_default();
            learned.next(body);
            for time in 0..times {
                let misses = templates.misses();
                templates.judge_into(operation, binding, status, body, &mut answer);
                assert_eq!(answer, strict, "{reply}");
                if templates.misses() > misses {
                    learned.missed(is_readable);
                    continue;
                }
                learned.read().unwrap_or_else(|wrong| panic!("{wrong}: {reply}"));
                seen.by_template[usize::from(time > 0)] += 1;
                seen.is_long |= is_long;
            }
            seen.is_full |= is_readable && learned.is_full();
            seen.is_given_up |= is_readable && !is_long && learned.is_given_up();
            let misses = templates.misses();
            let copy = templates.judge(operation, binding, status, body).into_owned();
            assert_eq!(copy, strict, "a copy: {reply}");
            if templates.misses() > misses {
                learned.missed(is_readable);
            }
        }
        seen
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, status, body, .. } = self;
        write!(f, "{place} {status}: {}", String::from_utf8_lossy(body).escape_debug())
    }
}

/// What there was to see.
#[derive(Default)]
struct Seen {
    /// How many replies were read by a template the first time, and later.
    by_template: [usize; 2],
    /// One of them was longer than what is learned from.
    is_long: bool,
    /// One was not, since there are as many shapes as may be.
    is_full: bool,
    /// One was not, since too many had come of which nothing was learned.
    is_given_up: bool,
}

/// A reply as the documents have it, or not quite.
fn sample(place: Place, data: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let body = place.reply(data)?;
    match data.int_in_range(0..=127)? {
        124..=126 => padded(body, Limit::Learned, data),
        127 => padded(body, Limit::Read, data),
        _ => Ok(body),
    }
}

/// Any values, and now and then something else than a reply should hold, or what another operation
/// or binding has. Services write all of theirs alike, which is what templates are learned for: it
/// is spelt as `style` chooses, where that has an end as plainly as can be. Sometimes
/// others of the same shape come with it, or one of a shape that is spoilt.
fn in_style(style: &[u8], place: Place, data: &mut Unstructured<'_>) -> Result<Vec<Vec<u8>>> {
    let written = if data.ratio(1, 16)? { place.another(data)? } else { place };
    let mut tree = reply_tree(written, &values::reply(written, data)?);
    if data.ratio(1, 4)? {
        change(&mut tree, data)?;
    }
    let in_style = |tree: &Node| spell(tree, &mut Unstructured::new(style));
    let spelt = in_style(&tree)?;
    let other = match data.int_in_range(0..=127)? {
        108..=115 => match spoil(&spelt, Defect::choose(data)?, data)? {
            Some(spoilt) => spoilt.bytes,
            None => return Ok(vec![spelt.bytes]),
        },
        116..=122 => {
            change_value(&mut tree, data)?;
            in_style(&tree)?.bytes
        }
        123..=125 => grown(&spelt, Limit::Learned, data)?,
        126 => grown(&spelt, Limit::Read, data)?,
        127 => return Ok(each_longer(&spelt.bytes, MAX_SHAPES + 1)),
        _ => return Ok(vec![spelt.bytes]),
    };
    // Learned from either, the other comes next.
    let mut both = vec![spelt.bytes, other];
    if data.arbitrary()? {
        both.reverse();
    }
    Ok(both)
}

/// What the bytes show, as their seed is called.
#[cfg(test)]
pub(super) fn shown(data: &[u8]) -> Option<String> {
    let case = Case::choose(&mut Unstructured::new(data)).ok()?;
    let what = match case.compare() {
        Seen { is_given_up: true, .. } => "given-up",
        Seen { is_full: true, .. } => "more-than-are-kept",
        Seen { is_long: true, .. } => "learned-and-longer",
        Seen { by_template: [0, 0], .. } => "never-learned",
        Seen { by_template: [0, _], .. } => "learned",
        _ => "learned-from-another",
    };
    Some(format!("{}.{what}", case.place))
}
