//! One user's connection to one service.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{DecodeError, Decoder, Limits, Progress, RequestHead};

/// What all connections to a service have in common.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Where to connect; tried in order.
    pub addresses: Vec<SocketAddr>,
    /// `Host`.
    pub authority: String,
    /// What stands before each path.
    pub prefix: String,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a reply may take, from the first byte sent to the last received.
    pub request_timeout: Duration,
    /// What a reply may not exceed.
    pub limits: Limits,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// No connection could be made.
    #[error("{}", io_words(.0))]
    Connect(io::Error),
    /// No connection was made in time.
    #[error("no connection in time")]
    ConnectTimeout,
    /// The reply did not come in time.
    #[error("no reply in time")]
    Timeout,
    /// The connection broke or was closed before the reply was whole.
    #[error("{}", io_words(.0))]
    Reset(io::Error),
    /// What came is not HTTP.
    #[error("{0}")]
    Protocol(DecodeError),
}

/// A failure's kind, which is the same on every machine, where it has one.
fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::Other => error.to_string(),
        kind => kind.to_string(),
    }
}

/// A reply where it lies in the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
    /// The bytes of the reply, head included.
    pub bytes: usize,
    /// When the connection was there and the first byte of the request was about to be sent.
    pub sent: Instant,
}

/// A keep-alive connection that is made when it is first needed and again when it is lost.
#[derive(Debug)]
pub struct Client {
    settings: Arc<ClientSettings>,
    stream: Option<TcpStream>,
    out: Vec<u8>,
    buffer: Vec<u8>,
    decoder: Decoder,
    sent: Option<Instant>,
}

/// Room for most replies at once; a larger one makes the buffer grow.
const BUFFER: usize = 2 * 1024;

impl Client {
    /// A client without a connection.
    #[must_use]
    pub fn new(settings: Arc<ClientSettings>) -> Self {
        Self {
            decoder: Decoder::new(settings.limits),
            settings,
            stream: None,
            out: Vec::new(),
            buffer: Vec::new(),
            sent: None,
        }
    }

    /// Sends a request and waits for the whole reply. Dropping the future gives up the exchange
    /// and its connection.
    ///
    /// # Errors
    /// Why there is no reply.
    pub async fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply<'_>, ExchangeError> {
        self.sent = None;
        self.out.clear();
        let head = RequestHead {
            method,
            prefix: &self.settings.prefix,
            path,
            host: &self.settings.authority,
            headers,
        };
        head.encode(body, &mut self.out);
        let mut stream = match self.stream.take().filter(is_idle) {
            Some(stream) => stream,
            None => self.connect().await?,
        };
        let sent = Instant::now();
        self.sent = Some(sent);
        let limit = self.settings.request_timeout;
        let end = match timeout(limit, self.converse(&mut stream)).await {
            Ok(result) => result?,
            Err(_) => return Err(ExchangeError::Timeout),
        };
        // Bytes after the reply belong to nothing we asked for.
        if self.decoder.keep_alive() && end == self.buffer.len() {
            self.stream = Some(stream);
        }
        Ok(Reply {
            status: self.decoder.status(),
            body: self.decoder.body(&self.buffer),
            bytes: end,
            sent,
        })
    }

    /// When the first byte of the last request was about to be sent; `None` if there was no
    /// connection for it.
    #[must_use]
    pub fn sent(&self) -> Option<Instant> {
        self.sent
    }

    async fn connect(&self) -> Result<TcpStream, ExchangeError> {
        let connecting = timeout(
            self.settings.connect_timeout,
            TcpStream::connect(&self.settings.addresses[..]),
        );
        let stream = connecting
            .await
            .map_err(|_| ExchangeError::ConnectTimeout)?
            .map_err(ExchangeError::Connect)?;
        // Without it Nagle's algorithm would hold a request back; where it fails, it does not matter.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    /// Sends what is in `out` and receives until the reply is whole; gives its end in `buffer`.
    async fn converse(&mut self, stream: &mut TcpStream) -> Result<usize, ExchangeError> {
        stream.write_all(&self.out).await.map_err(ExchangeError::Reset)?;
        self.decoder.reset();
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER);
        loop {
            self.buffer.reserve(BUFFER);
            let received = stream.read_buf(&mut self.buffer).await.map_err(ExchangeError::Reset)?;
            match self.decoder.decode(&self.buffer, received == 0) {
                Ok(Progress::Complete(end)) => return Ok(end),
                Ok(Progress::Partial) => {}
                Err(DecodeError::Truncated) => {
                    let words = if self.buffer.is_empty() {
                        "closed without a reply"
                    } else {
                        "closed inside the reply"
                    };
                    return Err(ExchangeError::Reset(io::Error::other(words)));
                }
                Err(error) => return Err(ExchangeError::Protocol(error)),
            }
        }
    }
}

/// Whether a kept connection can take a request: the server neither closed it nor said anything.
/// Asked first so that a server's idle timeout is not counted as a failure of the next request.
fn is_idle(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
