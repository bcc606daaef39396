//! A client's stream, whose progress is reported to a [`Watch`].

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::faults::Lying;
use super::patience::{Stage, Watch};

/// The stream and who is told of its progress.
#[derive(Debug)]
pub(super) struct Attended {
    stream: Lying,
    watch: Arc<Watch>,
}

impl Attended {
    pub(super) fn new(stream: Lying, watch: Arc<Watch>) -> Self {
        Self { stream, watch }
    }

    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        self.watch.enter(match (written, self.watch.stage()) {
            (Poll::Pending, _) => Stage::Reply,
            // hyper's own 400, or a refusal by the head alone; or 100, and more will come.
            (Poll::Ready(_), Stage::Request | Stage::Refused) => Stage::Refused,
            (Poll::Ready(_), _) => Stage::Idle,
        });
    }
}

impl AsyncRead for Attended {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let more = buffer.filled().len() > before;
        if more && matches!(self.watch.stage(), Stage::Idle | Stage::Refused) {
            self.watch.enter(Stage::Request);
        }
        polled
    }
}

impl AsyncWrite for Attended {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let was_saying = self.stream.is_saying();
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if was_saying {
            self.watch.enter(match &flushed {
                // It is we who take our time.
                Poll::Pending if self.stream.is_pausing() => Stage::Answer,
                Poll::Pending => Stage::Reply,
                Poll::Ready(_) => Stage::Idle,
            });
        }
        flushed
    }

    /// Ends what we say, and hears a refused client out.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.watch.stage() != Stage::Closing {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            if self.watch.stage() != Stage::Refused {
                return Poll::Ready(Ok(()));
            }
            self.watch.enter(Stage::Closing);
        }
        loop {
            let mut unheard = [0; 4096];
            let mut buffer = ReadBuf::new(&mut unheard);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
