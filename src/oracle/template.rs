//! Learned templates against the strict path.

use arbitrary::{Result, Unstructured};

use super::writing::Place;
use crate::api::Templates;

/// Reads replies to one operation with templates that learn from each: every answer, its fields
/// and its error included, must be that of the strict path.
///
/// # Panics
/// When it is not.
pub fn template(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    if let Ok(case) = Case::choose(&mut Unstructured::new(data)) {
        case.compare();
    }
}

/// Replies, one after another, to the same operation.
struct Case {
    place: Place,
    bodies: Vec<Vec<u8>>,
}

impl Case {
    fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let place = Place::choose(data)?;
        let mut bodies = Vec::new();
        while !data.is_empty() {
            bodies.push(place.reply(data)?);
        }
        Ok(Self { place, bodies })
    }

    /// How many bodies were read by a template the first time, and how many the second.
    fn compare(&self) -> [usize; 2] {
        let Self { place, bodies } = self;
        let Place { api, operation, binding } = *place;
        let templates = Templates::new(api);
        let mut by_template = [0; 2];
        for body in bodies {
            // The second time it may have been learned.
            for count in &mut by_template {
                let misses = templates.misses();
                assert_eq!(
                    templates.judge(operation, binding, 200, body),
                    api.judge(operation, binding, 200, body),
                    "{place}: {}",
                    String::from_utf8_lossy(body).escape_debug(),
                );
                *count += usize::from(templates.misses() == misses);
            }
        }
        by_template
    }
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
