//! Replies out of bytes, however they arrive: RFC 9112 for a client, without I/O.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::framing::{Connection, Framing, list};

/// What a reply may not exceed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the status line and headers together, and of trailers.
    pub head_bytes: usize,
    /// Bytes of the body after the transfer coding is undone.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head_bytes: 16 * 1024, body_bytes: 1024 * 1024 }
    }
}

const MAX_HEADERS: usize = 64;

/// Why bytes are no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DecodeError {
    /// The status line or a header does not follow the grammar.
    #[error("the reply's head is not HTTP/1.1")]
    MalformedHead,
    /// The head is over the limit, or has too many headers.
    #[error("the reply's head is too large")]
    HeadTooLarge,
    /// The body is over the limit.
    #[error("the reply's body is too large")]
    BodyTooLarge,
    /// `Content-Length` is no number, or two that differ, or stands beside `Transfer-Encoding`.
    #[error("the reply's length is ambiguous")]
    AmbiguousLength,
    /// A transfer coding other than `chunked`.
    #[error("the reply's transfer coding is not supported")]
    UnsupportedCoding,
    /// A content coding other than `gzip`, though none was asked for.
    #[error("the reply's content coding is not supported")]
    UnsupportedContentCoding,
    /// What is said to be gzip and is not, or is cut off, or has something behind it.
    #[error("the reply's gzip is malformed")]
    MalformedGzip,
    /// So many members of gzip that decoding them would take longer than their size allows.
    #[error("the reply's gzip has too many members")]
    TooManyGzipMembers,
    /// A small body in gzip that holds a very large one.
    #[error("the reply's gzip expands too much")]
    GzipExpandsTooMuch,
    /// A chunk does not follow the grammar.
    #[error("a chunk of the reply is malformed")]
    MalformedChunk,
    /// A protocol switch that nobody asked for.
    #[error("the reply switches protocols")]
    UnexpectedUpgrade,
    /// The connection ended before the reply did.
    #[error("the connection ended inside the reply")]
    Truncated,
}

/// A buffer keeps this much from one reply to the next, which is enough for most.
pub(super) const BUFFER: usize = 2 * 1024;

/// Empties a buffer for the next reply. What one large reply took is given back: thousands of users
/// have buffers.
pub(super) fn recycle(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.shrink_to(BUFFER);
}

/// How far a reply has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed.
    Partial,
    /// The reply is whole and ends before this byte of the buffer.
    Complete(usize),
}

/// Decodes one reply from a buffer that grows.
///
/// Call [`decode`](Self::decode) with all the bytes received so far whenever there are more, and
/// [`reset`](Self::reset) before the next reply.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    state: State,
    status: u16,
    keep_alive: bool,
    /// The body where it lies in the buffer, unless it came in chunks.
    body: Range<usize>,
    /// The body put together from chunks.
    joined: Vec<u8>,
    /// Whether an interim reply has come.
    is_interim: bool,
    /// Whether the body is in gzip.
    is_gzip: bool,
    /// Where a redirect leads.
    location: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The head starts here.
    Head(usize),
    Length,
    UntilClose,
    /// The next chunk's size line starts here.
    ChunkSize(usize),
    /// So many bytes of a chunk are still to come, from here.
    ChunkData(usize, usize),
    /// The line after a chunk's data starts here.
    ChunkEnd(usize),
    /// The trailers start here.
    Trailer(usize),
    Done(usize),
}

impl Default for State {
    fn default() -> Self {
        Self::Head(0)
    }
}

impl Decoder {
    /// A decoder that refuses what exceeds `limits`.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Forgets the last reply.
    pub fn reset(&mut self) {
        self.state = State::Head(0);
        self.status = 0;
        self.keep_alive = false;
        self.body = 0..0;
        recycle(&mut self.joined);
        self.is_interim = false;
        self.is_gzip = false;
        recycle(&mut self.location);
    }

    /// The status of the reply, once the head is there.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Where in the buffer the reply ends, if it is whole.
    #[must_use]
    pub fn end(&self) -> Option<usize> {
        match self.state {
            State::Done(end) => Some(end),
            _ => None,
        }
    }

    /// Whether the connection may be used again after this reply.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Whether an interim reply has come, `100 Continue` for one.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.is_interim
    }

    /// Whether the body of the reply is in gzip, as which it is given by [`body`](Self::body).
    #[must_use]
    pub fn is_gzip(&self) -> bool {
        self.is_gzip
    }

    /// `Location` of a reply with a status of 3xx; empty where there is none.
    #[must_use]
    pub fn location(&self) -> &[u8] {
        &self.location
    }

    /// Where in the buffer the body begins, once the head is there.
    #[must_use]
    pub fn body_begin(&self) -> usize {
        self.body.start
    }

    /// The body of a complete reply, as it came.
    #[must_use]
    pub fn body<'a>(&'a self, buffer: &'a [u8]) -> &'a [u8] {
        if self.joined.is_empty() { &buffer[self.body.clone()] } else { &self.joined }
    }

    /// Goes on with `buffer`: all bytes since [`reset`](Self::reset), `closed` if no more come.
    ///
    /// # Errors
    /// When the bytes are no reply within the limits.
    pub fn decode(&mut self, buffer: &[u8], closed: bool) -> Result<Progress, DecodeError> {
        // Interim replies and the framing of chunks count too: nobody needs more of them than bytes.
        if buffer.len() > 2 * (self.limits.head_bytes + self.limits.body_bytes) {
            return Err(DecodeError::BodyTooLarge);
        }
        loop {
            let next = match self.state {
                State::Head(start) => self.head(buffer, start)?,
                State::Length => {
                    (buffer.len() >= self.body.end).then_some(State::Done(self.body.end))
                }
                State::UntilClose => {
                    self.body.end = buffer.len();
                    self.check_size(self.body.len())?;
                    closed.then_some(State::Done(buffer.len()))
                }
                State::ChunkSize(start) => self.chunk_size(buffer, start)?,
                State::ChunkData(start, left) => Some(self.chunk_data(buffer, start, left)),
                State::ChunkEnd(start) => match buffer.get(start..start + 2) {
                    None => None,
                    Some(b"\r\n") => Some(State::ChunkSize(start + 2)),
                    Some(_) => return Err(DecodeError::MalformedChunk),
                },
                State::Trailer(start) => self.trailer(buffer, start)?,
                State::Done(end) => return Ok(Progress::Complete(end)),
            };
            match next {
                Some(State::ChunkData(start, left)) if left > 0 && start == buffer.len() => {
                    self.state = State::ChunkData(start, left);
                }
                Some(state) => {
                    self.state = state;
                    continue;
                }
                None => {}
            }
            return if closed { Err(DecodeError::Truncated) } else { Ok(Progress::Partial) };
        }
    }

    fn head(&mut self, buffer: &[u8], start: usize) -> Result<Option<State>, DecodeError> {
        // Not filled in beforehand, for a reply has a few of them.
        let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut head = httparse::Response::new(&mut []);
        let (received, is_full) = self.within_limit(&buffer[start..]);
        let parser = httparse::ParserConfig::default();
        let parsed = parser.parse_response_with_uninit_headers(&mut head, received, &mut headers);
        let len = match parsed {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) if !is_full => return Ok(None),
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Err(DecodeError::HeadTooLarge);
            }
            Err(_) => return Err(DecodeError::MalformedHead),
        };
        let body = start + len;
        let status = head.code.ok_or(DecodeError::MalformedHead)?;
        match status {
            101 => return Err(DecodeError::UnexpectedUpgrade),
            // An interim reply: the real one follows.
            100..=199 => {
                self.is_interim = true;
                return Ok(Some(State::Head(body)));
            }
            200..=999 => {}
            _ => return Err(DecodeError::MalformedHead),
        }
        self.status = status;
        let is_http_1_0 = head.version == Some(0);
        let (framing, connection) = Framing::read(head.headers)?;
        self.read_content(status, head.headers)?;
        self.keep_alive = match connection {
            Connection { close: true, .. } => false,
            // A proxy of that age may pass on what it does not understand: RFC 9112 section 6.1.
            _ if is_http_1_0 && matches!(framing, Framing::Chunked) => false,
            Connection { keep_alive, .. } => keep_alive || !is_http_1_0,
        };
        self.body = body..body;
        Ok(Some(match (status, framing) {
            (204 | 304, _) => State::Done(body),
            (_, Framing::Chunked) => State::ChunkSize(body),
            (_, Framing::Length(length)) => {
                self.check_size(length)?;
                self.body = body..body + length;
                State::Length
            }
            (_, Framing::UntilClose) => {
                self.keep_alive = false;
                State::UntilClose
            }
        }))
    }

    /// What the head says about the body's coding and about where to go instead.
    fn read_content(
        &mut self,
        status: u16,
        headers: &[httparse::Header<'_>],
    ) -> Result<(), DecodeError> {
        for header in headers {
            if header.name.eq_ignore_ascii_case("content-encoding") {
                for coding in list(header.value) {
                    match coding.to_ascii_lowercase().as_slice() {
                        b"" | b"identity" => {}
                        b"gzip" | b"x-gzip" if !self.is_gzip => self.is_gzip = true,
                        _ => return Err(DecodeError::UnsupportedContentCoding),
                    }
                }
            } else if (300..400).contains(&status) && header.name.eq_ignore_ascii_case("location") {
                self.location = header.value.to_vec();
            }
        }
        Ok(())
    }

    fn chunk_size(&mut self, buffer: &[u8], start: usize) -> Result<Option<State>, DecodeError> {
        let (rest, is_full) = self.within_limit(&buffer[start..]);
        // It would take an empty line for a size of zero.
        if rest.first().is_some_and(|b| !b.is_ascii_hexdigit()) {
            return Err(DecodeError::MalformedChunk);
        }
        match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete((len, 0))) => Ok(Some(State::Trailer(start + len))),
            Ok(httparse::Status::Complete((len, size))) => {
                let size = usize::try_from(size).map_err(|_| DecodeError::BodyTooLarge)?;
                self.check_size(self.joined.len().saturating_add(size))?;
                Ok(Some(State::ChunkData(start + len, size)))
            }
            // A size line has no business being long, extensions included.
            Ok(httparse::Status::Partial) if !is_full => Ok(None),
            Ok(httparse::Status::Partial) => Err(DecodeError::HeadTooLarge),
            Err(_) => Err(DecodeError::MalformedChunk),
        }
    }

    fn chunk_data(&mut self, buffer: &[u8], start: usize, left: usize) -> State {
        let end = buffer.len().min(start + left);
        self.joined.extend_from_slice(&buffer[start..end]);
        match left - (end - start) {
            0 => State::ChunkEnd(end),
            left => State::ChunkData(end, left),
        }
    }

    /// Trailers are read to see whether they are any, and no more.
    fn trailer(&self, buffer: &[u8], start: usize) -> Result<Option<State>, DecodeError> {
        let (rest, is_full) = self.within_limit(&buffer[start..]);
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        match httparse::parse_headers(rest, &mut headers) {
            Ok(httparse::Status::Complete((len, _))) => Ok(Some(State::Done(start + len))),
            Ok(httparse::Status::Partial) if !is_full => Ok(None),
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                Err(DecodeError::HeadTooLarge)
            }
            Err(_) => Err(DecodeError::MalformedChunk),
        }
    }

    /// As much of a head, a size line or trailers as may be looked at, and whether that is all that
    /// there may ever be: so it does not matter how much has come beyond.
    fn within_limit<'b>(&self, bytes: &'b [u8]) -> (&'b [u8], bool) {
        match bytes.split_at_checked(self.limits.head_bytes) {
            Some((within, _)) => (within, true),
            None => (bytes, false),
        }
    }

    fn check_size(&self, len: usize) -> Result<(), DecodeError> {
        if len > self.limits.body_bytes {
            return Err(DecodeError::BodyTooLarge);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes `bytes` as they come in pieces of `step`, then a close.
    fn decode(bytes: &[u8], step: usize) -> Result<(u16, Vec<u8>, bool, usize), DecodeError> {
        let mut decoder = Decoder::new(Limits { head_bytes: 128, body_bytes: 32 });
        let mut received = 0;
        loop {
            let closed = received == bytes.len();
            match decoder.decode(&bytes[..received], closed)? {
                Progress::Complete(end) => {
                    let body = decoder.body(&bytes[..received]).to_vec();
                    return Ok((decoder.status(), body, decoder.keep_alive(), end));
                }
                Progress::Partial => received = (received + step).min(bytes.len()),
            }
        }
    }

    fn decode_in_any_pieces(bytes: &[u8]) -> Result<(u16, Vec<u8>, bool, usize), DecodeError> {
        let whole = decode(bytes, bytes.len().max(1));
        for step in 1..bytes.len() {
            assert_eq!(decode(bytes, step), whole, "in pieces of {step}");
        }
        whole
    }

    #[test]
    fn bodies_end_where_rfc_9112_says() {
        for (bytes, status, body, keep_alive, left) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcNEXT", 200, "abc", true, 4),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true, 0),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 3, 3\r\nContent-Length:3\r\n\r\nabc",
                200,
                "abc",
                true,
                0,
            ),
            (
                "HTTP/1.1 200\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\na",
                200,
                "a",
                false,
                0,
            ),
            (
                "HTTP/1.1 200 OK\r\nConnection: close, keep-alive\r\nContent-Length: 1\r\n\r\na",
                200,
                "a",
                false,
                0,
            ),
            (
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                200,
                "",
                false,
                0,
            ),
            ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", false, 0),
            (
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
                200,
                "a",
                true,
                0,
            ),
            ("HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end", false, 0),
            ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true, 0),
            ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, "", true, 0),
            ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", true, 0),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 X\r\na: b\r\n\r\nHTTP/1.1 404 N\r\nContent-Length: 1\r\n\r\na",
                404,
                "a",
                true,
                0,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\n\r\nNEXT",
                200,
                "abcde",
                true,
                4,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n00\r\nt: u\r\n\r\n",
                200,
                "0123456789",
                true,
                0,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                200,
                "",
                true,
                0,
            ),
        ] {
            let decoded = decode_in_any_pieces(bytes.as_bytes());
            let expected = (status, body.as_bytes().to_vec(), keep_alive, bytes.len() - left);
            assert_eq!(decoded, Ok(expected), "{bytes:?}");
        }
    }

    #[test]
    fn heads_say_what_is_in_the_body_and_where_to_go() {
        for (bytes, gzip, location, interim) in [
            ("HTTP/1.1 200 OK\r\nContent-Encoding: GZip\r\n", true, "", false),
            ("HTTP/1.1 200 OK\r\nContent-Encoding: identity, x-gzip\r\n", true, "", false),
            ("HTTP/1.1 200 OK\r\nLocation: /x\r\n", false, "", false),
            ("HTTP/1.1 302 Found\r\nlocation: http://h/x\r\n", false, "http://h/x", false),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", false, "", true),
        ] {
            let bytes = format!("{bytes}Content-Length: 0\r\n\r\n");
            let mut decoder = Decoder::new(Limits::default());
            let end = decoder.decode(bytes.as_bytes(), false);
            assert_eq!(end, Ok(Progress::Complete(bytes.len())), "{bytes:?}");
            let found = (decoder.is_gzip(), decoder.location(), decoder.is_interim());
            assert_eq!(found, (gzip, location.as_bytes(), interim), "{bytes:?}");
            decoder.reset();
            assert_eq!(
                (decoder.is_gzip(), decoder.location(), decoder.is_interim()),
                (false, &b""[..], false)
            );
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        use DecodeError as E;
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(200));
        let endless = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a:\r\n".repeat(65));
        for (bytes, error) in [
            (endless.as_str(), E::BodyTooLarge),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n\r\n\r\n",
                E::MalformedChunk,
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\n", E::MalformedChunk),
            ("", E::Truncated),
            ("HTTP/1.1 200 OK\r\nContent-Le", E::Truncated),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", E::Truncated),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                E::Truncated,
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", E::Truncated),
            ("HTTP/1.1 100 Continue\r\n\r\n", E::Truncated),
            ("<html>", E::MalformedHead),
            ("HTTP/2 200 OK\r\n\r\n", E::MalformedHead),
            ("HTTP/1.1 099 X\r\n\r\n", E::MalformedHead),
            ("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", E::MalformedHead),
            ("HTTP/1.1 101 Switching\r\n\r\n", E::UnexpectedUpgrade),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                E::AmbiguousLength,
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", E::AmbiguousLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", E::AmbiguousLength),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                E::AmbiguousLength,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                E::AmbiguousLength,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                E::UnsupportedCoding,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 0\r\n\r\n",
                E::UnsupportedContentCoding,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 0\r\n\r\n",
                E::UnsupportedContentCoding,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
                E::UnsupportedCoding,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                E::MalformedChunk,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
                E::MalformedChunk,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n",
                E::MalformedChunk,
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFF\r\n", E::BodyTooLarge),
            ("HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n", E::BodyTooLarge),
            ("HTTP/1.1 200 OK\r\n\r\n0123456789012345678901234567890123", E::BodyTooLarge),
            (&long, E::HeadTooLarge),
            (&many, E::HeadTooLarge),
        ] {
            assert_eq!(decode_in_any_pieces(bytes.as_bytes()), Err(error), "{bytes:?}");
        }
    }
}
