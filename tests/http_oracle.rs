//! What is an HTTP/1.1 reply, in the opinion of hyper's client.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use gander::http::{DecodeError, Decoder, Limits, Progress};
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Status and body.
type Read = (u16, Vec<u8>);

/// A server that says its piece once it has been asked, in the pieces given, and closes.
struct Fed {
    pieces: VecDeque<Vec<u8>>,
    was_asked: bool,
    reader: Option<Waker>,
}

impl AsyncRead for Fed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.was_asked {
            self.reader = Some(cx.waker().clone());
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

impl AsyncWrite for Fed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.was_asked = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The reply that hyper makes of the pieces, if it is one.
fn by_hyper(pieces: &[Vec<u8>]) -> Result<Read, String> {
    let fed = Fed {
        pieces: pieces.iter().filter(|piece| !piece.is_empty()).cloned().collect(),
        was_asked: false,
        reader: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(fed)).await;
        let (mut sender, connection) = handshake.map_err(|e| e.to_string())?;
        let exchange = async {
            let request = Request::get("/").body(Empty::<Bytes>::new()).expect("a request");
            let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
            let status = response.status().as_u16();
            let body = response.collect().await.map_err(|e| e.to_string())?;
            Ok((status, body.to_bytes().to_vec()))
        };
        tokio::pin!(exchange);
        tokio::select! {
            biased;
            read = &mut exchange => read,
            // What it has passed on by then is there to be read.
            _ = connection => exchange.await,
        }
    })
}

/// The reply that our decoder makes of the pieces.
fn by_us(pieces: &[Vec<u8>]) -> Result<Read, DecodeError> {
    let mut decoder = Decoder::new(Limits::default());
    let mut buffer = Vec::new();
    for (piece, is_last) in pieces.iter().map(|piece| (piece, false)).chain([(&Vec::new(), true)]) {
        buffer.extend_from_slice(piece);
        if let Progress::Complete(_) = decoder.decode(&buffer, is_last)? {
            return Ok((decoder.status(), decoder.body(&buffer).to_vec()));
        }
    }
    Err(DecodeError::Truncated)
}

/// Where we are stricter, each looked up in RFC 9112.
fn is_ours_to_refuse(error: DecodeError, text: &str) -> bool {
    match error {
        // Section 6.3: "ought to be handled as an error", where hyper takes the chunks; section 6.1:
        // a coding that is not understood, where hyper reads to the end of the connection; and 101,
        // where hyper hands the connection over.
        DecodeError::AmbiguousLength
        | DecodeError::UnsupportedCoding
        | DecodeError::UnexpectedUpgrade => true,
        // Section 7.1: hyper takes white space around a chunk's size.
        DecodeError::MalformedChunk => text.contains(" \r\n"),
        _ => false,
    }
}

/// Where we are more liberal, and close the connection afterwards.
fn is_ours_to_accept(text: &str) -> bool {
    // Section 6.1: to be processed with suspicion, where hyper refuses.
    text.starts_with("HTTP/1.0") && text.to_lowercase().contains("transfer-encoding")
}

const LINES: &[&str] = &[
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "content-length:3\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: x\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: Chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "X-Y: z\r\n",
    "X:\r\n",
    "X : y\r\n",
    " folded\r\n",
    "no colon\r\n",
    "X: y\n",
    "X: \u{e9}\r\n",
];

const STARTS: &[&str] = &[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 \r\n",
    "HTTP/1.1 200\r\n",
    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 503 X\r\n",
    "HTTP/1.2 200 OK\r\n",
    "HTTP/1.1 20 OK\r\n",
    "ICY 200 OK\r\n",
];

const BODIES: &[&str] = &[
    "",
    "hello",
    "hello, world",
    "5\r\nhello\r\n0\r\n\r\n",
    "5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n",
    "05\r\nhello\r\n0\r\nT: u\r\n\r\n",
    "A\r\n0123456789\r\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhello\r\n",
    "x\r\n",
    "0\r\n",
    "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
];

/// A reply in pieces: mostly well-formed, with a byte changed here and there.
fn reply() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let lines = prop::collection::vec(prop::sample::select(LINES), 0..4);
    let edit = prop::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>()));
    let cuts = prop::collection::vec(any::<prop::sample::Index>(), 0..6);
    (prop::sample::select(STARTS), lines, prop::sample::select(BODIES), edit, cuts).prop_map(
        |(start, lines, body, edit, cuts)| {
            let mut bytes = format!("{start}{}\r\n{body}", lines.concat()).into_bytes();
            if let Some((at, byte)) = edit {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            cuts.windows(2).map(|ends| bytes[ends[0]..ends[1]].to_vec()).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn we_read_what_hyper_reads(pieces in reply()) {
        let ours = by_us(&pieces);
        let whole = [pieces.concat()];
        prop_assert_eq!(&ours, &by_us(&whole), "however it is split");
        let theirs = by_hyper(&pieces);
        let text = String::from_utf8_lossy(&whole[0]).into_owned();
        match (&ours, &theirs) {
            (Ok(read), Ok(reply)) => prop_assert_eq!(read, reply, "{:?}", text),
            (Err(error), Ok(_)) => {
                prop_assert!(is_ours_to_refuse(*error, &text), "only we refuse {text:?}: {error}");
            }
            (Ok(_), Err(error)) => {
                prop_assert!(is_ours_to_accept(&text), "only we accept {text:?}: {error}");
            }
            (Err(_), Err(_)) => {}
        }
    }
}
