//! Pieces of replies in any order.

use arbitrary::{Result, Unstructured};

const PIECES: &[&str] = &[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 \r\n",
    "HTTP/1.1 200\r\n",
    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.2 200 OK\r\n",
    "HTTP/1.1 20 OK\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 304 X\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    "HTTP/1.1 101 X\r\n\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 65\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: +5\r\n",
    "content-length:3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: Chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "X: y\r\n",
    "X:\r\n",
    "X : y\r\n",
    "X: y\n",
    "X: \u{e9}\r\n",
    "no colon\r\n",
    " folded\r\n",
    "\r\n",
    "\n",
    "hello",
    "hello\r\n",
    "5\r\n",
    "05\r\n",
    "5;a=b\r\n",
    "A\r\n",
    "40\r\n",
    "0\r\n",
    "0\r\n\r\n",
    "x\r\n",
    "T: u\r\n",
];

/// Mostly the beginning of a reply, and then anything.
pub(super) fn bytes(data: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if data.ratio(3, 4)? {
        bytes.extend(PIECES[0].bytes());
    }
    for _ in 0..data.int_in_range(0..=12)? {
        if data.ratio(1, 8)? {
            let mut some = vec![0; data.int_in_range(0..=40)?];
            data.fill_buffer(&mut some)?;
            bytes.extend(some);
        } else {
            bytes.extend(data.choose(PIECES)?.bytes());
        }
    }
    if !bytes.is_empty() && data.ratio(1, 8)? {
        let at = data.choose_index(bytes.len())?;
        bytes[at] = data.arbitrary()?;
    }
    Ok(bytes)
}
