//! A stream that lies: below HTTP, which knows nothing of it.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::wire::{End, Script, Wire, whole_len};

/// The lie to be told about the next reply of a connection, if any.
#[derive(Debug, Default)]
pub(in crate::simulator) struct Lie(Mutex<Option<Wire>>);

impl Lie {
    /// Has the next reply lied about.
    pub(in crate::simulator) fn tell(&self, wire: Wire) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wire);
    }

    fn take(&self) -> Option<Wire> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A connection whose replies may be lied about.
#[derive(Debug)]
pub(in crate::simulator) struct Lying {
    stream: TcpStream,
    /// None where no fault can want one.
    lie: Option<Arc<Lie>>,
    state: State,
}

#[derive(Debug)]
enum State {
    Honest,
    /// The reply is gathered until it is whole.
    Gathering(Wire, Vec<u8>),
    Saying {
        script: Script,
        said: usize,
        pause: Option<Pin<Box<Sleep>>>,
    },
    /// The connection has been ended, whatever HTTP thinks.
    Over,
}

impl Lying {
    pub(in crate::simulator) fn new(stream: TcpStream, lie: Option<Arc<Lie>>) -> Self {
        Self { stream, lie, state: State::Honest }
    }

    /// Whether it has something to say that HTTP takes for said.
    pub(in crate::simulator) fn is_saying(&self) -> bool {
        matches!(self.state, State::Saying { .. })
    }

    /// Whether it waits before it says more.
    pub(in crate::simulator) fn is_pausing(&self) -> bool {
        matches!(self.state, State::Saying { pause: Some(_), .. })
    }

    /// Takes what is to be written if a lie is to be made of it; `false` if not.
    fn gather(&mut self, slices: &[IoSlice<'_>]) -> io::Result<bool> {
        if matches!(self.state, State::Honest)
            && let Some(wire) = self.lie.as_ref().and_then(|lie| lie.take())
        {
            self.state = State::Gathering(wire, Vec::new());
        }
        match &mut self.state {
            State::Honest => return Ok(false),
            State::Gathering(wire, reply) => {
                for slice in slices {
                    reply.extend_from_slice(slice);
                }
                if whole_len(reply).is_some_and(|len| reply.len() >= len) {
                    let script = wire.script(reply);
                    self.state = State::Saying { script, said: 0, pause: None };
                }
            }
            State::Saying { .. } | State::Over => {
                return Err(io::Error::from(io::ErrorKind::BrokenPipe));
            }
        }
        Ok(true)
    }

    /// Says what is to be said.
    fn poll_say(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let State::Saying { script, said, pause } = &mut self.state else {
            return Poll::Ready(Ok(()));
        };
        while *said < script.bytes.len() {
            if let Some(sleeping) = pause {
                ready!(sleeping.as_mut().poll(cx));
                *pause = None;
            }
            let rest = &script.bytes[*said..];
            let next = if script.pace.is_some() { &rest[..1] } else { rest };
            *said += ready!(Pin::new(&mut self.stream).poll_write(cx, next))?;
            *pause = script.pace.map(|pace| Box::pin(sleep(pace)));
        }
        let end = script.end;
        match end {
            End::Keep => self.state = State::Honest,
            End::Close => {
                ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
                self.state = State::Over;
            }
            End::Reset => {
                self.state = State::Over;
                self.stream.set_zero_linger()?;
                // Whoever drops the stream now resets the connection.
                return Poll::Ready(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Lying {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if matches!(self.state, State::Over) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Lying {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.gather(slices)? {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_say(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_say(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
