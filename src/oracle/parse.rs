//! Any bytes as any message.

use std::sync::LazyLock;

use super::writing::{Place, bindings};
use crate::api::{HttpRequest, REGISTRY};

/// Reads the bytes after the first one as the message that the first one chooses: refused with an
/// error inside them, or read; and what is read is the same when it is written and read again.
///
/// # Panics
/// When it is not.
pub fn parse(data: &[u8]) {
    let Some((&first, document)) = data.split_first() else { return };
    let places = &*PLACES;
    let (place, is_request) = places[usize::from(first) % places.len()];
    let Place { api, operation, binding } = place;
    let told = || String::from_utf8_lossy(document).escape_debug().to_string();
    if is_request {
        let read = match api.parse_request(operation, binding, document) {
            Ok(read) => read,
            Err(error) => return assert!(error.offset <= document.len(), "{error}: {}", told()),
        };
        let values: Vec<&str> = read.iter().map(|(_, value)| &**value).collect();
        let mut request = HttpRequest::default();
        api.write_request(operation, binding, &values, &mut request)
            .unwrap_or_else(|error| panic!("{error}: {}", told()));
        let body = place.values_in(&request);
        assert_eq!(api.parse_request(operation, binding, body), Ok(read), "{}", told());
    } else {
        let read = match api.parse_reply(operation, binding, document) {
            Ok(read) => read,
            Err(error) => return assert!(error.offset <= document.len(), "{error}: {}", told()),
        };
        let mut body = Vec::new();
        api.write_reply(operation, binding, &read.fields, &mut body)
            .unwrap_or_else(|error| panic!("{error}: {}", told()));
        assert_eq!(api.parse_reply(operation, binding, &body), Ok(read), "{}", told());
    }
}

/// Every message there is, by the byte that picks it: where, and whether it is the request.
pub(super) static PLACES: LazyLock<Vec<(Place, bool)>> = LazyLock::new(|| {
    let mut places = Vec::new();
    for &api in REGISTRY {
        for operation in 0..api.operations().len() {
            for &binding in bindings(api) {
                let place = Place { api, operation, binding };
                places.extend([(place, false), (place, true)]);
            }
        }
    }
    places
});
