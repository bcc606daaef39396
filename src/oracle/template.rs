//! Learned templates against the strict path.

use arbitrary::{Result, Unstructured};

use super::spelling::spell;
use super::tree::{change, reply_tree};
use super::values;
use super::writing::Place;
use crate::api::{Answer, MAX_SHAPE_BYTES, Templates, Verdict};

/// Reads replies to operations of one API with templates that learn from each: every answer, its
/// fields and its error included, must be that of the strict path, whatever came before.
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
}

impl Case {
    fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let usual = Place::choose(data)?;
        let length = data.int_in_range(0..=16)?;
        let style = data.bytes(length.min(data.len()))?;
        let mut replies = Vec::new();
        while !data.is_empty() {
            let place = if data.ratio(3, 4)? { usual } else { usual.another(data)? };
            let mut body = if data.arbitrary()? {
                in_style(style, place, data)?
            } else {
                place.reply(data)?
            };
            if data.ratio(1, 16)? {
                // As long as what may be learned, or longer by one.
                let len = MAX_SHAPE_BYTES + usize::from(data.arbitrary::<bool>()?);
                body.resize(len.max(body.len()), b' ');
            }
            let status = *data.choose(&[200, 200, 200, 404, 500])?;
            replies.push(Reply { place, status, body });
        }
        Ok(Self { place: usual, replies })
    }

    /// How many replies were read by a template the first time, and how many the second.
    fn compare(&self) -> [usize; 2] {
        let api = self.place.api;
        let templates = Templates::new(api);
        // What it was before must not matter.
        let mut answer = Answer::bare(Verdict::Http(0));
        let mut by_template = [0; 2];
        // Where there has been a reply that is not too long.
        let mut learnable = Vec::new();
        for Reply { place, status, body } in &self.replies {
            let Place { operation, binding, .. } = *place;
            let told = || format!("{place}: {}", String::from_utf8_lossy(body).escape_debug());
            let strict = api.judge(operation, binding, *status, body);
            if body.len() <= MAX_SHAPE_BYTES {
                learnable.push((operation, binding));
            }
            // The second time it may have been learned.
            for count in &mut by_template {
                let misses = templates.misses();
                templates.judge_into(operation, binding, *status, body, &mut answer);
                assert_eq!(answer, strict, "{}", told());
                let is_read = templates.misses() == misses;
                let is_learnable = learnable.contains(&(operation, binding));
                assert!(!is_read || is_learnable, "learned from a long one: {}", told());
                *count += usize::from(is_read);
            }
            let copy = templates.judge(operation, binding, *status, body).into_owned();
            assert_eq!(copy, strict, "a copy: {}", told());
        }
        by_template
    }
}

/// Any values, and now and then something else than a reply should hold. Services write all of theirs
/// alike, which is what templates are learned for: it is spelt as `style` chooses, where that has an
/// end as plainly as can be.
fn in_style(style: &[u8], place: Place, data: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut tree = reply_tree(place, &values::reply(place, data)?);
    if data.ratio(1, 4)? {
        change(&mut tree, data)?;
    }
    Ok(spell(&tree, &mut Unstructured::new(style))?.bytes)
}

/// What the bytes show, as their seed is called.
#[cfg(test)]
pub(super) fn shown(data: &[u8]) -> Option<String> {
    let case = Case::choose(&mut Unstructured::new(data)).ok()?;
    let what = match case.compare() {
        [0, 0] => "never-learned",
        [0, _] => "learned",
        _ => "learned-from-another",
    };
    Some(format!("{}.{what}", case.place))
}
