//! What is written is read as it was.

use arbitrary::{Result, Unstructured};

use super::writing::Place;
use super::{typed, values};
use crate::api::{Binding, Fields, HttpRequest};
use crate::xml::{UnwritableText, push_attribute, push_text};

/// Writes a request and a reply and reads them again, by the tables of their fields and as their
/// types: the same values, or none written because XML cannot hold them.
///
/// # Panics
/// When that is not so.
pub fn roundtrip(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    if let Ok(case) = Case::choose(&mut Unstructured::new(data)) {
        case.compare();
    }
}

/// A request and a reply.
struct Case {
    place: Place,
    inputs: Vec<String>,
    fields: Fields<'static>,
}

impl Case {
    fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let place = Place::choose(data)?;
        Ok(Self {
            place,
            inputs: values::inputs(place, data, values::any_text)?,
            fields: values::reply(place, data)?,
        })
    }

    /// The first character that the binding cannot carry: the input it is in, and its byte there.
    fn unwritable(&self) -> Option<(&'static str, usize)> {
        if matches!(self.place.binding, Binding::Get | Binding::Post) {
            return None;
        }
        let names = self.place.input_names();
        names
            .zip(&self.inputs)
            .find_map(|(name, text)| Some((name, text.find(is_no_xml)?)))
    }

    fn compare(&self) {
        let Place { api, operation, binding } = self.place;
        let texts: Vec<&str> = self.inputs.iter().map(String::as_str).collect();
        let mut request = HttpRequest::default();
        let written = api.write_request(operation, binding, &texts, &mut request);
        let refused = written.as_ref().err().map(|error| (error.input, error.source.offset));
        assert_eq!(refused, self.unwritable(), "{texts:?}: {written:?}");
        for text in texts.iter().copied() {
            append_all_or_nothing(push_text, text);
            append_all_or_nothing(push_attribute, text);
        }
        if written.is_ok() {
            let body = self.place.values_in(&request);
            let fields = api.parse_request(operation, binding, body).expect("what was written");
            typed::compare_request(self.place, body, &fields);
            let read: Vec<&str> = fields.iter().map(|(_, value)| &**value).collect();
            assert_eq!(read, texts, "{}", String::from_utf8_lossy(body).escape_debug());
        }

        let mut body = Vec::new();
        api.write_reply(operation, binding, &self.fields, &mut body)
            .expect("texts that XML can hold");
        let read = api.parse_reply(operation, binding, &body);
        let read = read.unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&body)));
        assert_eq!(read.fields, self.fields, "{}", String::from_utf8_lossy(&body).escape_debug());
        typed::compare_reply(self.place, &body, &self.fields);
    }
}

/// What the bytes show, as their seed is called.
#[cfg(test)]
pub(super) fn shown(data: &[u8]) -> Option<String> {
    let case = Case::choose(&mut Unstructured::new(data)).ok()?;
    let request = if case.unwritable().is_none() { "request" } else { "unwritable-request" };
    let reply = if case.fields.first().is_some_and(|(name, _)| *name == "faultcode") {
        "fault"
    } else {
        "reply"
    };
    Some(format!("{}.{request}-and-{reply}", case.place))
}

/// A text that cannot be written leaves what was there before; one that can is appended to it.
fn append_all_or_nothing(
    push: fn(&mut Vec<u8>, &str) -> std::result::Result<(), UnwritableText>,
    text: &str,
) {
    let mut out = b"before".to_vec();
    let written = push(&mut out, text);
    assert!(out.starts_with(b"before"), "{text:?}");
    assert_eq!(written.err().map(|error| error.offset), text.find(is_no_xml), "{text:?}");
    assert!(written.is_ok() || out.len() == b"before".len(), "{text:?}");
}

/// Not XML 1.0's `Char`, written down once more.
fn is_no_xml(c: char) -> bool {
    match u32::from(c) {
        0x9 | 0xA | 0xD => false,
        code => code < 0x20 || code == 0xFFFE || code == 0xFFFF,
    }
}
