//! Replies that were made to mean something, and such with one flaw.

use arbitrary::{Result, Unstructured};

use super::{LIMITS, Outcome, Reply};
use crate::http::DecodeError;

/// What is wrong with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// The status line is this.
    StatusLine(&'static str),
    /// A line like this is in the head.
    Header(&'static str),
    /// It comes in chunks, and says how long it is.
    TwoLengths,
    /// The head is one byte over the limit.
    LargeHead,
    /// The body is one byte over the limit.
    LargeBody,
    /// The line of the first chunk's size is one byte over the limit of heads.
    LargeChunkLine,
    /// The trailers are.
    LargeTrailers,
    /// There are more interim replies than may come at all.
    ManyInterims,
    /// A chunk has this in the place of its size and line end.
    ChunkSize(&'static str),
    /// A chunk's data is followed by this.
    ChunkEnd(&'static str),
    /// The connection ends too early.
    Cut,
}

/// Each with the error that it is.
const FLAWS: &[(Flaw, DecodeError)] = &[
    (
        Flaw::StatusLine("HTTP/1.1 101 Switching Protocols"),
        DecodeError::UnexpectedUpgrade,
    ),
    (Flaw::StatusLine("HTTP/1.1 099 X"), DecodeError::MalformedHead),
    (Flaw::StatusLine("HTTP/1.1 20 X"), DecodeError::MalformedHead),
    (Flaw::StatusLine("HTTP/2.0 200 OK"), DecodeError::MalformedHead),
    (Flaw::Header("no colon"), DecodeError::MalformedHead),
    (Flaw::Header("X : y"), DecodeError::MalformedHead),
    (Flaw::Header("X: y\r\n folded"), DecodeError::MalformedHead),
    (Flaw::Header("X: \x01"), DecodeError::MalformedHead),
    (Flaw::Header("Content-Length: x"), DecodeError::AmbiguousLength),
    (Flaw::Header("Content-Length: "), DecodeError::AmbiguousLength),
    (Flaw::Header("Content-Length: -1"), DecodeError::AmbiguousLength),
    (Flaw::Header("Content-Length: +1"), DecodeError::AmbiguousLength),
    (Flaw::Header("Content-Length: 1, 2"), DecodeError::AmbiguousLength),
    (
        Flaw::Header("Content-Length: 99999999999999999999"),
        DecodeError::AmbiguousLength,
    ),
    (Flaw::TwoLengths, DecodeError::AmbiguousLength),
    (Flaw::Header("Transfer-Encoding: gzip"), DecodeError::UnsupportedCoding),
    (Flaw::Header("Transfer-Encoding: chunked, gzip"), DecodeError::UnsupportedCoding),
    (Flaw::Header("Content-Encoding: br"), DecodeError::UnsupportedContentCoding),
    (
        Flaw::Header("Content-Encoding: gzip, gzip"),
        DecodeError::UnsupportedContentCoding,
    ),
    (Flaw::LargeHead, DecodeError::HeadTooLarge),
    (Flaw::LargeBody, DecodeError::BodyTooLarge),
    (Flaw::LargeChunkLine, DecodeError::HeadTooLarge),
    (Flaw::LargeTrailers, DecodeError::HeadTooLarge),
    (Flaw::ManyInterims, DecodeError::BodyTooLarge),
    (Flaw::ChunkSize("41\r\n"), DecodeError::BodyTooLarge),
    (Flaw::ChunkSize("ffffffffffffffff\r\n"), DecodeError::BodyTooLarge),
    // That of a body in one chunk, where numbers have 16 bits, 32, 63, 64 or 68.
    (Flaw::ChunkSize("10010\r\n"), DecodeError::BodyTooLarge),
    (Flaw::ChunkSize("100000010\r\n"), DecodeError::BodyTooLarge),
    (Flaw::ChunkSize("8000000000000010\r\n"), DecodeError::BodyTooLarge),
    (Flaw::ChunkSize("10000000000000010\r\n"), DecodeError::MalformedChunk),
    (Flaw::ChunkSize("100000000000000010\r\n"), DecodeError::MalformedChunk),
    (Flaw::ChunkSize("x\r\n"), DecodeError::MalformedChunk),
    (Flaw::ChunkSize("\r\n"), DecodeError::MalformedChunk),
    (Flaw::ChunkSize(" 1\r\n"), DecodeError::MalformedChunk),
    (Flaw::ChunkSize("-1\r\n"), DecodeError::MalformedChunk),
    (Flaw::ChunkSize("1\rx"), DecodeError::MalformedChunk),
    (Flaw::ChunkEnd("x\r\n"), DecodeError::MalformedChunk),
    (Flaw::ChunkEnd("\n\n"), DecodeError::MalformedChunk),
    (Flaw::Cut, DecodeError::Truncated),
];

/// How the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length,
    Chunked,
    UntilClose,
}

/// What the reply is to be.
#[derive(Debug)]
struct Plan {
    version: &'static str,
    status: u16,
    framing: Framing,
    connection: &'static str,
    content_coding: &'static str,
    location: &'static str,
    body: Vec<u8>,
    flaw: Option<Flaw>,
}

/// A reply and what it is.
pub(super) fn reply(data: &mut Unstructured<'_>) -> Result<(Vec<u8>, Outcome)> {
    let (flaw, error) = if data.ratio(1, 3)? {
        let &(flaw, error) = data.choose(FLAWS)?;
        (Some(flaw), Some(error))
    } else {
        (None, None)
    };
    let plan = Plan::choose(flaw, data)?;
    let mut out = Vec::new();
    let few = *data.choose(&[0, 0, 0, 1, 2])?;
    for _ in 0..if flaw == Some(Flaw::ManyInterims) { 30 } else { few } {
        let interim = ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 X\r\nLink: <x>\r\n\r\n"];
        out.extend(data.choose(&interim)?.bytes());
    }
    let start = out.len();
    plan.write_head(&mut out, data)?;
    let body_start = out.len();
    plan.write_body(&mut out, data)?;
    let end = out.len();
    if plan.flaw == Some(Flaw::Cut) {
        // A body that ends with the connection would be shorter, and no worse.
        let last = if plan.needs_close() { body_start } else { end } - 1;
        out.truncate(data.int_in_range(start..=last)?);
    } else if !plan.needs_close() {
        out.extend(data.choose(&["", "", "HTTP/1.1 200 OK\r\n", "\r\n", "x"])?.bytes());
    }
    Ok((out, error.map_or_else(|| Ok(plan.meaning(end)), Err)))
}

impl Plan {
    fn choose(flaw: Option<Flaw>, data: &mut Unstructured<'_>) -> Result<Self> {
        let is_large_in_chunks = matches!(flaw, Some(Flaw::LargeChunkLine | Flaw::LargeTrailers));
        let is_in_chunk =
            is_large_in_chunks || matches!(flaw, Some(Flaw::ChunkSize(_) | Flaw::ChunkEnd(_)));
        let needs_chunks = is_in_chunk || flaw == Some(Flaw::TwoLengths);
        let needs_body = is_in_chunk || flaw == Some(Flaw::LargeBody);
        let statuses = [200, 404, 500, 999, 302, 204, 304];
        let framings = [Framing::Chunked, Framing::Length, Framing::UntilClose];
        let size = match flaw {
            Some(Flaw::LargeBody) => LIMITS.body_bytes + 1,
            // Else it is too much altogether.
            _ if is_large_in_chunks => 5,
            _ if is_in_chunk => 16,
            _ => *data.choose(&[5, 0, 1, 16, LIMITS.body_bytes - 1, LIMITS.body_bytes])?,
        };
        // What a careless decoder takes for markup of its own.
        let fill = *data.choose(&["hello, world ", "\r\n0\r\n\r\n", "5\r\n", "\0\u{e9}"])?;
        Ok(Self {
            version: data.choose(&["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"])?,
            status: if needs_body { 200 } else { *data.choose(&statuses)? },
            framing: if needs_chunks { Framing::Chunked } else { *data.choose(&framings)? },
            connection: data.choose(&[
                "",
                "",
                "close",
                "keep-alive",
                "Keep-Alive, CLOSE",
                "x, y",
            ])?,
            content_coding: data.choose(&[
                "",
                "",
                "",
                "gzip",
                "x-gzip",
                "GZIP",
                "identity, gzip",
            ])?,
            location: data.choose(&["", "", "/elsewhere", "http://127.0.0.1/"])?,
            body: fill.bytes().cycle().take(size).collect(),
            flaw,
        })
    }

    fn has_body(&self) -> bool {
        !matches!(self.status, 204 | 304)
    }

    fn needs_close(&self) -> bool {
        self.has_body() && self.framing == Framing::UntilClose
    }

    fn write_head(&self, out: &mut Vec<u8>, data: &mut Unstructured<'_>) -> Result<()> {
        let start = out.len();
        if let Some(Flaw::StatusLine(line)) = self.flaw {
            out.extend(line.bytes());
        } else {
            let reason = data.choose(&[" OK", " ", "", " Ошибка"])?;
            out.extend(format!("{} {}{reason}", self.version, self.status).bytes());
        }
        out.extend(b"\r\n");
        // Before the others, so that it is what is wrong first.
        match self.flaw {
            Some(Flaw::Header(line)) => out.extend(format!("{line}\r\n").bytes()),
            Some(Flaw::TwoLengths) => out.extend(b"Content-Length: 3\r\n"),
            _ => {}
        }
        let length = self.body.len();
        let lengths = [format!("{length}"), format!("0{length}"), format!("{length}, {length}")];
        let (name, value) = match self.framing {
            Framing::Length => ("Content-Length", &**data.choose(&lengths)?),
            Framing::Chunked => ("Transfer-Encoding", *data.choose(&["chunked", "CHUNKED"])?),
            Framing::UntilClose => ("", ""),
        };
        for (name, value) in [
            (name, value),
            ("Connection", self.connection),
            ("Content-Encoding", self.content_coding),
            ("Location", self.location),
        ] {
            if !value.is_empty() {
                header(out, name, value, data)?;
            }
        }
        let is_large = self.flaw == Some(Flaw::LargeHead);
        if is_large || (self.flaw.is_none() && data.ratio(1, 8)?) {
            end_line_at(out, "X: ", head_end(start, is_large) - "\r\n".len());
        }
        out.extend(b"\r\n");
        Ok(())
    }

    fn write_body(&self, out: &mut Vec<u8>, data: &mut Unstructured<'_>) -> Result<()> {
        if !self.has_body() {
            return Ok(());
        }
        if self.framing != Framing::Chunked {
            out.extend(&self.body);
            return Ok(());
        }
        let mut rest = &self.body[..];
        let mut is_to_come = matches!(self.flaw, Some(Flaw::ChunkSize(_) | Flaw::ChunkEnd(_)));
        while !rest.is_empty() {
            let size = if rest.len() < 2 { rest.len() } else { data.int_in_range(1..=rest.len())? };
            // Not too many of them: what is received at once has a limit too.
            let size = if rest.len() - size < 8 { rest.len() } else { size.max(8) };
            let (chunk, after) = rest.split_at(size);
            rest = after;
            let is_flawed = is_to_come && (rest.is_empty() || data.arbitrary()?);
            is_to_come &= !is_flawed;
            match self.flaw {
                Some(Flaw::ChunkSize(size)) if is_flawed => out.extend(size.bytes()),
                Some(Flaw::LargeChunkLine) => {
                    let start = out.len();
                    out.extend(format!("{:x};a=", chunk.len()).bytes());
                    end_line_at(out, "", head_end(start, true));
                }
                _ => {
                    let size = chunk.len();
                    let spelt = [format!("{size:x}"), format!("{size:X}"), format!("00{size:x}")];
                    let extension = data.choose(&["", "", ";a=b", ";a", ";a=\"b\";c=d"])?;
                    out.extend(format!("{}{extension}\r\n", data.choose(&spelt)?).bytes());
                }
            }
            out.extend(chunk);
            match self.flaw {
                Some(Flaw::ChunkEnd(end)) if is_flawed => out.extend(end.bytes()),
                _ => out.extend(b"\r\n"),
            }
        }
        out.extend(data.choose(&["0\r\n", "0\r\n", "000\r\n", "0;a=b\r\n"])?.bytes());
        let start = out.len();
        out.extend(data.choose(&["", "", "T: u\r\n", "T: u\r\nV: w\r\n"])?.bytes());
        let is_large = self.flaw == Some(Flaw::LargeTrailers);
        // Else it could be too much altogether.
        let is_alone = self.flaw.is_none() && out.len() < LIMITS.head_bytes;
        if is_large || (is_alone && data.ratio(1, 8)?) {
            end_line_at(out, "X: ", head_end(start, is_large) - "\r\n".len());
        }
        out.extend(b"\r\n");
        Ok(())
    }

    /// What a decoder is to say of it, without a flaw.
    fn meaning(&self, end: usize) -> Reply {
        let is_old = self.version == "HTTP/1.0";
        let is_kept = match self.connection {
            _ if self.needs_close() => false,
            "close" | "Keep-Alive, CLOSE" => false,
            // Whoever speaks it may have passed on the chunks of another: RFC 9112 section 6.1.
            connection if is_old => connection == "keep-alive" && self.framing != Framing::Chunked,
            _ => true,
        };
        Reply {
            status: self.status,
            body: if self.has_body() { self.body.clone() } else { Vec::new() },
            is_kept,
            is_gzip: !self.content_coding.is_empty(),
            location: if matches!(self.status, 302 | 304) { self.location.into() } else { vec![] },
            end,
        }
    }
}

/// Where a head that begins at `start` reaches the limit, or is one byte over it.
fn head_end(start: usize, is_over: bool) -> usize {
    start + LIMITS.head_bytes + usize::from(is_over)
}

/// Goes on with `what` and fills the line up so that its end is at byte `end`.
fn end_line_at(out: &mut Vec<u8>, what: &str, end: usize) {
    let missing = end - out.len() - what.len() - "\r\n".len();
    out.extend(format!("{what}{}\r\n", "y".repeat(missing)).bytes());
}

/// A header in any of its spellings.
fn header(out: &mut Vec<u8>, name: &str, value: &str, data: &mut Unstructured<'_>) -> Result<()> {
    let names = [name.to_owned(), name.to_lowercase(), name.to_uppercase()];
    let spaces = [" ", "", "  ", "\t"];
    let (before, after) = (data.choose(&spaces)?, data.choose(&["", "", " "])?);
    out.extend(format!("{}:{before}{value}{after}\r\n", data.choose(&names)?).bytes());
    Ok(())
}
