//! Lies below HTTP: what happens to the bytes of a reply on their way.

use std::time::Duration;

/// A lie about one reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Wire {
    /// The connection is reset in its place.
    ResetBefore,
    /// The connection is reset in the middle of its body.
    ResetInside,
    /// The connection is reset after it.
    ResetAfter,
    /// So much of the body comes, and then the end of the connection.
    Truncate(Amount),
    /// A byte at a time, so far apart.
    Drip(Duration),
    /// `Content-Length` is so much too high, or too low.
    ContentLength(i64),
    /// Without `Content-Length`, to the end of the connection.
    CloseDelimited,
}

/// A part of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Amount {
    Bytes(usize),
    Percent(u8),
}

impl Amount {
    /// Reads `100` or `50%`.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let amount = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|p| *p < 100).map(Self::Percent),
            None => text.parse().ok().map(Self::Bytes),
        };
        amount.ok_or_else(|| format!("\"{text}\": write bytes or per cent, such as 100 or 50%"))
    }

    fn of(self, whole: usize) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.min(whole),
            Self::Percent(percent) => whole * usize::from(percent) / 100,
        }
    }
}

/// What goes out in place of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator) struct Script {
    pub(in crate::simulator) bytes: Vec<u8>,
    /// How far apart, if they go one at a time.
    pub(in crate::simulator) pace: Option<Duration>,
    pub(in crate::simulator) end: End,
}

/// What becomes of the connection then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum End {
    Keep,
    Close,
    Reset,
}

const LENGTH: &[u8] = b"content-length: ";

/// How long the reply is that `bytes` begin with, by its own `Content-Length`; `None` if they are
/// too few to tell.
pub(in crate::simulator) fn whole_len(bytes: &[u8]) -> Option<usize> {
    let head = head_len(bytes)?;
    let length = length_at(&bytes[..head]).map_or(0, |(start, end)| {
        let digits = std::str::from_utf8(&bytes[start..end]).ok();
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    });
    Some(head + length)
}

fn head_len(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// Where the number in `Content-Length` is.
fn length_at(head: &[u8]) -> Option<(usize, usize)> {
    let line = head.windows(LENGTH.len()).position(|w| w.eq_ignore_ascii_case(LENGTH))?;
    let start = line + LENGTH.len();
    let digits = head[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((start, start + digits))
}

impl Wire {
    /// What a client takes for the body of a reply; `None` if it gets no whole reply.
    pub(super) fn seen(self, body: &[u8]) -> Option<&[u8]> {
        match self {
            Self::ResetBefore | Self::ResetInside => None,
            Self::ResetAfter | Self::Drip(_) | Self::CloseDelimited => Some(body),
            Self::Truncate(amount) => {
                (!body.is_empty() && amount.of(body.len()) == body.len()).then_some(body)
            }
            Self::ContentLength(difference) => {
                let less = usize::try_from(difference.checked_neg()?).ok()?;
                Some(&body[..body.len().saturating_sub(less)])
            }
        }
    }

    /// What becomes of the whole `reply`.
    pub(in crate::simulator) fn script(self, reply: &[u8]) -> Script {
        let (head, body) = reply.split_at(head_len(reply).unwrap_or(reply.len()));
        // Where there is no body to be cut, the head is.
        let part = |len: usize| match body {
            [] => head[..head.len() / 2].to_vec(),
            body => [head, &body[..len]].concat(),
        };
        let (bytes, pace, end) = match self {
            Self::ResetBefore => (Vec::new(), None, End::Reset),
            Self::ResetInside => (part(body.len() / 2), None, End::Reset),
            Self::ResetAfter => (reply.to_vec(), None, End::Reset),
            Self::Truncate(amount) => (part(amount.of(body.len())), None, End::Close),
            Self::Drip(pace) => (reply.to_vec(), Some(pace), End::Keep),
            Self::ContentLength(difference) => {
                let length = i64::try_from(body.len()).unwrap_or(i64::MAX);
                let told = length.saturating_add(difference).max(0).to_string();
                let head = with_length(head, |head, (start, end)| {
                    [&head[..start], told.as_bytes(), &head[end..]].concat()
                });
                // Who waits for more would wait for ever.
                let end = if difference > 0 { End::Close } else { End::Keep };
                ([&head, body].concat(), None, end)
            }
            Self::CloseDelimited => {
                let head = with_length(head, |head, (start, end)| {
                    let line = start - LENGTH.len();
                    [&head[..line], b"connection: close", &head[end..]].concat()
                });
                ([&head, body].concat(), None, End::Close)
            }
        };
        Script { bytes, pace, end }
    }
}

fn with_length(head: &[u8], change: impl FnOnce(&[u8], (usize, usize)) -> Vec<u8>) -> Vec<u8> {
    match length_at(head) {
        Some(range) => change(head, range),
        None => head.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\ndate: now\r\n\r\nabcdef";

    #[test]
    fn lies_are_told_as_they_are_named() {
        let told = |wire: Wire| {
            let script = wire.script(REPLY.as_bytes());
            (String::from_utf8(script.bytes).expect("text"), script.pace, script.end)
        };
        let with = |from: &str, to: &str| REPLY.replace(from, to);
        let ms = Duration::from_millis(1);
        for (wire, bytes, pace, end) in [
            (Wire::ResetBefore, String::new(), None, End::Reset),
            (Wire::ResetInside, with("abcdef", "abc"), None, End::Reset),
            (Wire::ResetAfter, REPLY.to_owned(), None, End::Reset),
            (Wire::Truncate(Amount::Bytes(2)), with("abcdef", "ab"), None, End::Close),
            (Wire::Truncate(Amount::Bytes(99)), REPLY.to_owned(), None, End::Close),
            (Wire::Truncate(Amount::Percent(90)), with("abcdef", "abcde"), None, End::Close),
            (Wire::Truncate(Amount::Percent(0)), with("abcdef", ""), None, End::Close),
            (Wire::Drip(ms), REPLY.to_owned(), Some(ms), End::Keep),
            (Wire::ContentLength(4), with("h: 6", "h: 10"), None, End::Close),
            (Wire::ContentLength(-4), with("h: 6", "h: 2"), None, End::Keep),
            (Wire::ContentLength(-40), with("h: 6", "h: 0"), None, End::Keep),
            (
                Wire::CloseDelimited,
                with("content-length: 6", "connection: close"),
                None,
                End::Close,
            ),
        ] {
            assert_eq!(told(wire), (bytes, pace, end), "{wire:?}");
        }
        let bare = "HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n";
        for wire in [Wire::ResetInside, Wire::Truncate(Amount::Percent(50))] {
            assert_eq!(wire.script(bare.as_bytes()).bytes, &bare.as_bytes()[..bare.len() / 2]);
        }
        for wire in [Wire::ResetInside, Wire::ContentLength(3), Wire::CloseDelimited] {
            for reply in ["", "HTTP/1.1 200 OK\r\n\r\n", "x"] {
                wire.script(reply.as_bytes());
            }
        }
    }

    #[test]
    fn a_reply_is_whole_when_its_length_is_reached() {
        let whole = REPLY.len();
        for len in 0..=whole {
            let known = whole_len(&REPLY.as_bytes()[..len]);
            assert_eq!(known, (len >= whole - 6).then_some(whole), "{len}");
        }
        assert_eq!(whole_len(b"HTTP/1.1 413 X\r\n\r\n"), Some(18));
    }
}
