//! What is written is read as it was.

use arbitrary::{Result, Unstructured};

use super::values;
use super::writing::Place;
use crate::api::{Binding, HttpRequest};

/// Writes a request and a reply and reads them again: the same values, or none written because XML
/// cannot hold them.
///
/// # Panics
/// When that is not so.
pub fn roundtrip(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    let _: Result<()> = compare(&mut Unstructured::new(data));
}

fn compare(data: &mut Unstructured<'_>) -> Result<()> {
    let place = Place::choose(data)?;
    let Place { api, operation, binding } = place;

    let inputs = values::inputs(place, data, values::any_text)?;
    let texts: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let mut request = HttpRequest::default();
    let is_form = matches!(binding, Binding::Get | Binding::Post);
    let can_be_written = is_form || texts.iter().all(|text| text.chars().all(is_xml));
    let written = api.write_request(operation, binding, &texts, &mut request);
    assert_eq!(written.is_ok(), can_be_written, "{texts:?}: {written:?}");
    if written.is_ok() {
        let body = match request.path.split_once('?') {
            Some((_, query)) if binding == Binding::Get => query.as_bytes(),
            _ => &request.body,
        };
        let read = api.parse_request(operation, binding, body).expect("what was written");
        let read: Vec<&str> = read.iter().map(|(_, value)| &**value).collect();
        assert_eq!(read, texts, "{}", String::from_utf8_lossy(body).escape_debug());
    }

    let fields = values::reply(place, data)?;
    let mut body = Vec::new();
    api.write_reply(operation, binding, &fields, &mut body)
        .expect("texts that XML can hold");
    let read = api.parse_reply(operation, binding, &body);
    let read = read.unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&body)));
    assert_eq!(read.fields, fields, "{}", String::from_utf8_lossy(&body).escape_debug());
    Ok(())
}

/// XML 1.0's `Char`, written down once more.
fn is_xml(c: char) -> bool {
    match u32::from(c) {
        0x9 | 0xA | 0xD => true,
        code => code >= 0x20 && code != 0xFFFE && code != 0xFFFF,
    }
}
