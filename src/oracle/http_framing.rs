//! Replies in any framing, in any pieces.

use arbitrary::{Result, Unstructured};

use crate::http::{DecodeError, Decoder, Limits, Progress};

/// Small, so that they are met.
const LIMITS: Limits = Limits { head_bytes: 256, body_bytes: 64 };

const PIECES: &[&str] = &[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 304 X\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 X\r\n\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 65\r\n",
    "Content-Length: 5, 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Connection: close\r\n",
    "X: y\r\n",
    " folded\r\n",
    "\r\n",
    "\n",
    "hello",
    "5\r\n",
    "5;a=b\r\n",
    "40\r\n",
    "0\r\n",
    "0\r\n\r\n",
    "T: u\r\n",
];

/// Decodes a reply at once and in the pieces that the bytes choose: the same reply, or the same
/// error, within the limits, whatever comes after it.
///
/// # Panics
/// When that is not so.
pub fn http_framing(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    let _: Result<()> = compare(&mut Unstructured::new(data));
}

fn compare(data: &mut Unstructured<'_>) -> Result<()> {
    let mut bytes = Vec::new();
    for _ in 0..data.int_in_range(0..=12)? {
        if data.ratio(1, 8)? {
            let mut some = vec![0; data.int_in_range(0..=80)?];
            data.fill_buffer(&mut some)?;
            bytes.extend(some);
        } else {
            bytes.extend(data.choose(PIECES)?.bytes());
        }
    }
    let mut ends = vec![bytes.len()];
    for _ in 0..data.int_in_range(0..=6)? {
        ends.push(data.int_in_range(0..=bytes.len())?);
    }
    ends.sort_unstable();
    let told = || String::from_utf8_lossy(&bytes).escape_debug().to_string();

    let whole = decode(&bytes, &[bytes.len()]);
    assert_eq!(decode(&bytes, &ends), whole, "in pieces up to {ends:?}: {}", told());
    let every: Vec<_> = (0..=bytes.len()).collect();
    assert_eq!(decode(&bytes, &every), whole, "byte by byte: {}", told());
    if let Ok(Reply { body, end, is_kept, .. }) = &whole {
        assert!(body.len() <= LIMITS.body_bytes && *end <= bytes.len(), "{}", told());
        if *is_kept {
            // The next reply has nothing to do with this one.
            assert_eq!(decode(&bytes[..*end], &[*end]), whole, "without what follows: {}", told());
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Reply {
    status: u16,
    body: Vec<u8>,
    is_kept: bool,
    end: usize,
}

/// Decodes the bytes as they come up to each of `ends`, and then no more.
fn decode(bytes: &[u8], ends: &[usize]) -> std::result::Result<Reply, DecodeError> {
    let mut decoder = Decoder::new(LIMITS);
    let steps = ends.iter().map(|end| (*end, false)).chain([(bytes.len(), true)]);
    for (end, is_closed) in steps {
        let received = &bytes[..end];
        if let Progress::Complete(end) = decoder.decode(received, is_closed)? {
            return Ok(Reply {
                status: decoder.status(),
                body: decoder.body(received).to_vec(),
                is_kept: decoder.keep_alive(),
                end,
            });
        }
    }
    unreachable!("a closed connection ends every reply")
}
