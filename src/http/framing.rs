//! What a reply's headers say about its end and its connection's.

use super::DecodeError;

/// How a body ends: RFC 9112 section 6.3.
pub(super) enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

/// What the peer says about the connection; `close` beats `keep-alive`.
#[derive(Default)]
pub(super) struct Connection {
    pub(super) close: bool,
    pub(super) keep_alive: bool,
}

impl Framing {
    pub(super) fn read(
        headers: &[httparse::Header<'_>],
    ) -> Result<(Self, Connection), DecodeError> {
        let mut connection = Connection::default();
        let mut length = None;
        let mut chunked = false;
        for header in headers {
            let name = header.name;
            if name.eq_ignore_ascii_case("content-length") {
                for value in list(header.value) {
                    let value = decimal(value).ok_or(DecodeError::AmbiguousLength)?;
                    if length.replace(value).is_some_and(|earlier| earlier != value) {
                        return Err(DecodeError::AmbiguousLength);
                    }
                }
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                for coding in list(header.value) {
                    if chunked || !coding.eq_ignore_ascii_case(b"chunked") {
                        return Err(DecodeError::UnsupportedCoding);
                    }
                    chunked = true;
                }
            } else if name.eq_ignore_ascii_case("connection") {
                for option in list(header.value) {
                    connection.close |= option.eq_ignore_ascii_case(b"close");
                    connection.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
        }
        let framing = match (chunked, length) {
            // Whoever sends both is confused, or smuggling.
            (true, Some(_)) => return Err(DecodeError::AmbiguousLength),
            (true, None) => Self::Chunked,
            (false, Some(length)) => Self::Length(length),
            (false, None) => Self::UntilClose,
        };
        Ok((framing, connection))
    }
}

/// The members of a header's value that is a list.
pub(super) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(<[u8]>::trim_ascii)
}

fn decimal(text: &[u8]) -> Option<usize> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}
