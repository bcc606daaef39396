//! HTTP replies: whose meaning is known, and in any pieces.

mod assembled;
mod by_hyper;
mod made;
mod request;

use arbitrary::{Result, Unstructured};

use crate::http::{DecodeError, Decoder, Limits, Progress};

/// Small, so that they are met.
const LIMITS: Limits = Limits { head_bytes: 256, body_bytes: 64 };

/// A reply that leaves much behind in a decoder.
const EARLIER: &[u8] =
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\
    Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstale\r\n0\r\n\r\n";

/// Decodes a reply at once, byte by byte and in the pieces that the bytes choose: the same reply, or
/// the same error, within the limits, whatever came before it or comes after it. Where the reply was
/// made to mean something it is read as that; else hyper's client has the same opinion of it, but
/// for what was looked up. What bytes are left choose a request, which a server must be able to read.
///
/// # Panics
/// When that is not so.
pub fn http_framing(data: &[u8]) {
    let mut data = Unstructured::new(data);
    // Too few bytes to choose by are no finding.
    if let Ok(case) = Case::choose(&mut data) {
        case.compare();
    }
    let _: Result<()> = request::compare(&mut data);
}

/// Bytes that may be a reply.
struct Case {
    bytes: Vec<u8>,
    /// Where the pieces end in which they come, in order.
    ends: Vec<usize>,
    /// What they are, where that is known.
    expected: Option<Outcome>,
}

type Outcome = std::result::Result<Reply, DecodeError>;

/// What a decoder tells of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reply {
    status: u16,
    body: Vec<u8>,
    is_kept: bool,
    is_gzip: bool,
    location: Vec<u8>,
    /// Where it ends.
    end: usize,
}

impl Case {
    fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let (bytes, expected) = if data.arbitrary()? {
            let (bytes, outcome) = made::reply(data)?;
            (bytes, Some(outcome))
        } else {
            (assembled::bytes(data)?, None)
        };
        let mut ends = vec![bytes.len()];
        for _ in 0..data.int_in_range(0..=6)? {
            ends.push(data.int_in_range(0..=bytes.len())?);
        }
        ends.sort_unstable();
        Ok(Self { bytes, ends, expected })
    }

    fn compare(&self) {
        let Self { bytes, ends, expected } = self;
        let told = || String::from_utf8_lossy(bytes).escape_debug().to_string();
        let mut decoder = Decoder::new(LIMITS);
        let whole = decode(&mut decoder, bytes, &[bytes.len()]);
        if let Some(expected) = expected {
            assert_eq!(&whole, expected, "{}", told());
        }
        let in_pieces = decode(&mut decoder, bytes, ends);
        assert_eq!(in_pieces, whole, "in pieces up to {ends:?}: {}", told());
        let every: Vec<_> = (0..=bytes.len()).collect();
        assert_eq!(decode(&mut decoder, bytes, &every), whole, "byte by byte: {}", told());
        decode(&mut decoder, EARLIER, &[EARLIER.len()]).expect("a reply");
        let used = decode(&mut decoder, bytes, ends);
        assert_eq!(used, whole, "after another reply: {}", told());

        if let Ok(Reply { body, end, is_kept, .. }) = &whole {
            assert!(body.len() <= LIMITS.body_bytes && *end <= bytes.len(), "{}", told());
            if *is_kept {
                // The next reply has nothing to do with this one.
                let alone = decode(&mut decoder, &bytes[..*end], &[*end]);
                assert_eq!(alone, whole, "without what follows: {}", told());
            }
        }
        if expected.is_none() {
            by_hyper::compare(bytes, ends, &whole);
        }
    }
}

/// Decodes the bytes as they come up to each of `ends`, and then no more.
fn decode(decoder: &mut Decoder, bytes: &[u8], ends: &[usize]) -> Outcome {
    decoder.reset();
    let steps = ends.iter().map(|end| (*end, false)).chain([(bytes.len(), true)]);
    for (end, is_closed) in steps {
        let received = &bytes[..end];
        if let Progress::Complete(end) = decoder.decode(received, is_closed)? {
            assert_eq!(decoder.end(), Some(end));
            // The first status says whether any came before the one that counts.
            let first = bytes.trim_ascii_start().get("HTTP/1.1 ".len());
            assert!(decoder.status() < 200 || decoder.is_interim() == (first == Some(&b'1')));
            return Ok(Reply {
                status: decoder.status(),
                body: decoder.body(received).to_vec(),
                is_kept: decoder.keep_alive(),
                is_gzip: decoder.is_gzip(),
                location: decoder.location().to_vec(),
                end,
            });
        }
    }
    unreachable!("a closed connection ends every reply")
}

/// What the bytes show, as their seed is called.
#[cfg(test)]
pub(super) fn shown(data: &[u8]) -> Option<String> {
    let case = Case::choose(&mut Unstructured::new(data)).ok()?;
    let origin = if case.expected.is_some() { "made" } else { "assembled" };
    let outcome = match decode(&mut Decoder::new(LIMITS), &case.bytes, &case.ends) {
        Ok(Reply { status, is_kept: true, .. }) => format!("{status}-kept"),
        Ok(Reply { status, .. }) => format!("{status}-closed"),
        Err(error) => super::seeds::slug(error),
    };
    Some(format!("{origin}-{outcome}"))
}
