//! What is an HTTP/1.1 reply, in the opinion of hyper's client.

use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};

use super::{Outcome, Reply};
use crate::http::DecodeError;

/// Compares what we make of the bytes, which come up to each of `ends`, with what hyper does.
pub(super) fn compare(bytes: &[u8], ends: &[usize], ours: &Outcome) {
    let theirs = reply(bytes, ends);
    let text = String::from_utf8_lossy(bytes);
    match (ours, theirs) {
        (Ok(Reply { status, body, .. }), Ok(theirs)) => {
            assert_eq!((*status, body), (theirs.0, &theirs.1), "{text:?}");
        }
        (Err(error), Ok(_)) => {
            assert!(is_ours_to_refuse(*error, &text), "only we refuse {text:?}: {error}");
        }
        (Ok(_), Err(error)) => {
            assert!(is_ours_to_accept(&text), "only we accept {text:?}: {error}");
        }
        (Err(_), Err(_)) => {}
    }
}

/// Where we are stricter, each looked up in RFC 9112.
fn is_ours_to_refuse(error: DecodeError, text: &str) -> bool {
    match error {
        // Section 6.3: "ought to be handled as an error", where hyper takes the chunks; section 6.1:
        // a coding that is not understood, where hyper reads to the end of the connection; and 101,
        // where hyper hands the connection over. Limits are ours.
        DecodeError::AmbiguousLength
        | DecodeError::UnsupportedCoding
        | DecodeError::UnexpectedUpgrade
        | DecodeError::HeadTooLarge
        | DecodeError::BodyTooLarge => true,
        // Section 7.1: hyper takes white space around a chunk's size, and zeros without end before it.
        DecodeError::MalformedChunk => text.contains(" \r\n") || has_long_number(text),
        _ => false,
    }
}

/// Whether it has a hexadecimal number of more digits than any size needs.
fn has_long_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_hexdigit()).any(|digits| digits.len() > 15)
}

/// Where we are more liberal.
fn is_ours_to_accept(text: &str) -> bool {
    // Section 6.1: to be processed with suspicion, where hyper refuses; we close the connection.
    let has_old_chunks =
        text.starts_with("HTTP/1.0") && text.to_lowercase().contains("transfer-encoding");
    // Section 2.2: a line feed may be taken for the end of a line, which hyper does in heads, and
    // does not in trailers.
    let has_lone_line_feeds = text.replace("\r\n", "").contains('\n');
    has_old_chunks || has_lone_line_feeds
}

/// A server that says its piece once it has been asked, in the pieces given, and closes.
struct Fed {
    pieces: VecDeque<Vec<u8>>,
    was_asked: bool,
}

impl Read for Fed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.was_asked {
            return Poll::Pending;
        }
        if let Some(mut piece) = self.pieces.pop_front() {
            let rest = piece.split_off(piece.len().min(buffer.remaining()));
            buffer.put_slice(&piece);
            if !rest.is_empty() {
                self.pieces.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Fed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.was_asked = true;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Status and body, if hyper takes the bytes for a reply.
fn reply(bytes: &[u8], ends: &[usize]) -> Result<(u16, Vec<u8>), String> {
    let starts = [0].iter().chain(ends);
    let pieces = starts.zip(ends).map(|(&start, &end)| bytes[start..end].to_vec());
    let fed = Fed {
        pieces: pieces.filter(|piece| !piece.is_empty()).collect(),
        was_asked: false,
    };
    let both = async {
        let handshake = hyper::client::conn::http1::handshake(fed).await;
        let (mut sender, connection) = handshake.map_err(|e| e.to_string())?;
        let exchange = async move {
            let request = Request::get("/").body(Empty::<Bytes>::new()).expect("a request");
            let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
            let status = response.status().as_u16();
            let body = response.collect().await.map_err(|e| e.to_string())?;
            Ok((status, body.to_bytes().to_vec()))
        };
        let (mut exchange, mut connection) = (pin!(exchange), pin!(connection));
        let mut is_over = false;
        std::future::poll_fn(|cx| {
            if let Poll::Ready(read) = exchange.as_mut().poll(cx) {
                return Poll::Ready(read);
            }
            // What it has passed on by then is there to be read.
            is_over = is_over || connection.as_mut().poll(cx).is_ready();
            exchange.as_mut().poll(cx)
        })
        .await
    };
    // Nothing waits for anything outside: whoever is asked again goes on.
    let (mut both, mut context) = (pin!(both), Context::from_waker(Waker::noop()));
    for _ in 0..10_000 {
        if let Poll::Ready(read) = both.as_mut().poll(&mut context) {
            return read;
        }
    }
    panic!("hyper neither takes nor refuses {:?}", String::from_utf8_lossy(bytes));
}
