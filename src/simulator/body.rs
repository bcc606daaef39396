//! The body of a reply, whose length is told or not.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// So many bytes go into a chunk, so that there are several.
const CHUNK: usize = 100;

/// The rest of a body.
#[derive(Debug)]
pub(super) struct ReplyBody {
    rest: Bytes,
    /// hyper sends a body of unknown length in chunks.
    in_chunks: bool,
}

impl ReplyBody {
    pub(super) fn new(body: Vec<u8>, in_chunks: bool) -> Self {
        Self { rest: Bytes::from(body), in_chunks }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let len = if self.in_chunks { self.rest.len().min(CHUNK) } else { self.rest.len() };
        let next = self.rest.split_to(len);
        Poll::Ready((len > 0).then(|| Ok(Frame::data(next))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.in_chunks {
            SizeHint::default()
        } else {
            SizeHint::with_exact(self.rest.len() as u64)
        }
    }
}
