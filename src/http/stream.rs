//! A connection's bytes, in TLS or not.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;

use super::local_error::is_local;

/// What a request is written to and its reply read from.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects to the first of `addresses` that answers; from an address of this machine, if it must
/// be that one.
///
/// # Errors
/// What the last of them said; an error of this machine, such as an address family that it lacks, only
/// if all are.
pub async fn dial(addresses: &[SocketAddr], from: Option<IpAddr>) -> io::Result<TcpStream> {
    let mut last: Option<io::Error> = None;
    let is_usable =
        |address: &&SocketAddr| from.is_none_or(|from| from.is_ipv4() == address.is_ipv4());
    for address in addresses.iter().filter(is_usable) {
        match connect(*address, from).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(more_telling(last, error)),
        }
    }
    Err(last.unwrap_or_else(|| {
        io::Error::other("no address of the kind that connections are to come from")
    }))
}

/// Of two errors the later, unless it is this machine's.
fn more_telling(last: Option<io::Error>, error: io::Error) -> io::Error {
    match last {
        Some(last) if is_local(&error) => last,
        _ => error,
    }
}

async fn connect(address: SocketAddr, from: Option<IpAddr>) -> io::Result<TcpStream> {
    let Some(from) = from else { return TcpStream::connect(address).await };
    let socket = if from.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(from, 0))?;
    socket.connect(address).await
}

impl Stream {
    /// A kept connection if it can take a request: the server neither closed it nor said anything.
    /// Asked first so that a server's idle timeout is not counted as a failure of the next request.
    pub(super) fn if_idle(mut self) -> Option<Self> {
        let idle = match &mut self {
            Self::Plain(stream) => {
                let read = stream.try_read(&mut [0]);
                matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
            }
            // What lies in the socket may be TLS's own, such as tickets for later sessions.
            Self::Tls(stream) => {
                let mut cx = Context::from_waker(Waker::noop());
                let mut byte = [0];
                Pin::new(stream).poll_read(&mut cx, &mut ReadBuf::new(&mut byte)).is_pending()
            }
        };
        idle.then_some(self)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine without IPv6 cannot connect to `::1`, and a service that is down refuses 127.0.0.1.
    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_that_this_machine_lacks_does_not_hide_what_a_service_says() {
        const REFUSED: i32 = 111;
        const RESET: i32 = 104;
        const NOT_AVAILABLE: i32 = 99;
        for (errors, told) in [
            (&[REFUSED, NOT_AVAILABLE][..], REFUSED),
            (&[NOT_AVAILABLE, REFUSED], REFUSED),
            (&[REFUSED, RESET], RESET),
            (&[NOT_AVAILABLE, NOT_AVAILABLE], NOT_AVAILABLE),
        ] {
            let errors = errors.iter().map(|code| io::Error::from_raw_os_error(*code));
            let last = errors.fold(None, |last, error| Some(more_telling(last, error)));
            assert_eq!(last.and_then(|error| error.raw_os_error()), Some(told));
        }
    }
}
