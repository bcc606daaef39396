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
    let _: Result<()> = compare(&mut Unstructured::new(data));
}

fn compare(data: &mut Unstructured<'_>) -> Result<()> {
    let place = Place::choose(data)?;
    let Place { api, operation, binding } = place;
    let templates = Templates::new(api);
    while !data.is_empty() {
        let body = place.reply(data)?;
        // The second time it may have been learned.
        for _ in 0..2 {
            assert_eq!(
                templates.judge(operation, binding, 200, &body),
                api.judge(operation, binding, 200, &body),
                "{} {} over {binding}: {}",
                api.name(),
                api.operations()[operation].name,
                String::from_utf8_lossy(&body).escape_debug(),
            );
        }
    }
    Ok(())
}
