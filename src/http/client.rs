//! One user's connection to one service.

use std::fmt;
use std::io;
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::gzip::gunzip;
use super::local_error::{describe, is_local};
use super::response::{BUFFER, recycle};
use super::stream::{Stream, dial};
use super::time_limit::TimeLimit;
use super::tls::{Tls, tls_failure};
use super::{Addresses, Connections, DecodeError, Decoder, Limits, Progress, RequestHead};
use crate::secret::Secret;

/// What all connections to a service have in common.
#[derive(Debug)]
pub struct ClientSettings {
    /// Where to connect; tried in order.
    pub addresses: Addresses,
    /// The address of this machine that connections come from.
    pub bind: Option<IpAddr>,
    /// How long a connection is kept.
    pub connections: Connections,
    /// Lines of headers that go with every request, each with its end.
    pub common: Secret,
    /// `Host`.
    pub authority: String,
    /// What stands before each path.
    pub prefix: String,
    /// How many bytes of each path the prefix has already, in a spelling of its own.
    pub prefix_covers: usize,
    /// TLS, and the name that the service's certificate is to have.
    pub tls: Option<(Tls, ServerName<'static>)>,
    /// How long a connection may take, its TLS handshake included.
    pub connect_timeout: Duration,
    /// How long a reply may take, from the first byte sent to the last received.
    pub request_timeout: Duration,
    /// So long a body waits for the server to ask for it; `None`: it is sent with the head.
    pub expect_continue: Option<Duration>,
    /// What a reply may not exceed, its body before and after gzip is undone.
    pub limits: Limits,
    /// How long this process did not run between two instants; it counts towards no timeout.
    pub stalls: StallClock,
}

/// Tells how long this process did not run between two instants.
#[derive(Clone)]
pub struct StallClock(Arc<dyn Fn(Instant, Instant) -> Duration + Send + Sync>);

impl StallClock {
    /// By a function of two instants.
    pub fn new(between: impl Fn(Instant, Instant) -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(between))
    }

    /// When `limit`, counted from `from`, is over at `now`: `None` if it is, for the process ran as
    /// long as that.
    fn extended(&self, from: Instant, limit: Duration, now: Instant) -> Option<Instant> {
        let deadline = from + limit + (self.0)(from, now);
        (deadline > now).then_some(deadline)
    }
}

impl Default for StallClock {
    /// A process that always runs.
    fn default() -> Self {
        Self::new(|_, _| Duration::ZERO)
    }
}

impl fmt::Debug for StallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StallClock")
    }
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// This machine failed, whatever the server did: it has no free port, descriptor or memory.
    #[error("{}", describe(.0))]
    Local(io::Error),
    /// No connection could be made.
    #[error("{}", describe(.0))]
    Connect(io::Error),
    /// No connection was made in time.
    #[error("no connection in time")]
    ConnectTimeout,
    /// TLS has something against the connection; in words.
    #[error("{0}")]
    Tls(String),
    /// The reply did not come in time.
    #[error("no reply in time")]
    Timeout,
    /// The connection broke or was closed before the reply was whole.
    #[error("{}", describe(.0))]
    Reset(io::Error),
    /// What came is not HTTP.
    #[error("{0}")]
    Protocol(DecodeError),
}

/// A reply where it lies in the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The status.
    pub status: u16,
    /// The head as it came, with those of interim replies before it.
    pub head: &'a [u8],
    /// The body, out of gzip if it was in it.
    pub body: &'a [u8],
    /// `Location` of a reply with a status of 3xx; empty where there is none.
    pub location: &'a [u8],
    /// The bytes of the reply, head included.
    pub bytes: usize,
    /// When the connection was there and the first byte of the request was about to be sent.
    pub sent: Instant,
    /// When its last byte was there. What is done with it after that is our time, not the server's.
    pub done: Instant,
}

/// A connection that is made when it is first needed and again when it is lost.
pub struct Client {
    settings: Arc<ClientSettings>,
    tls: Option<TlsConnector>,
    stream: Option<Stream>,
    out: Vec<u8>,
    buffer: Vec<u8>,
    /// A body out of gzip.
    unzipped: Vec<u8>,
    decoder: Decoder,
    sent: Option<Instant>,
    time_limit: TimeLimit,
    /// Whether the server replied without having asked for the body: it may wait for it still.
    is_body_unsent: bool,
}

impl Client {
    /// A client without a connection. `own`: with a certificate of its own, in place of what
    /// `settings` have for all, where the service is spoken to in TLS.
    #[must_use]
    pub fn new(settings: Arc<ClientSettings>, own: Option<&Tls>) -> Self {
        Self {
            decoder: Decoder::new(settings.limits),
            tls: settings.tls.as_ref().map(|(tls, _)| own.unwrap_or(tls).connector()),
            settings,
            stream: None,
            out: Vec::new(),
            buffer: Vec::new(),
            unzipped: Vec::new(),
            sent: None,
            time_limit: TimeLimit::default(),
            is_body_unsent: false,
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
        self.is_body_unsent = false;
        self.decoder.reset();
        for buffer in [&mut self.buffer, &mut self.unzipped, &mut self.out] {
            recycle(buffer);
        }
        let head = RequestHead {
            method,
            prefix: &self.settings.prefix,
            path: path.get(self.settings.prefix_covers..).unwrap_or(path),
            host: &self.settings.authority,
            common: self.settings.common.expose(),
            expects_continue: self.settings.expect_continue.is_some(),
            headers,
        };
        head.encode(body, &mut self.out);
        let kept = self.stream.take().and_then(Stream::if_idle);
        let mut stream = match kept {
            Some(stream) => stream,
            None => self.connect().await?,
        };
        let sent = Instant::now();
        self.sent = Some(sent);
        let timeout = self.settings.request_timeout;
        let stalls = self.settings.stalls.clone();
        let extend = |now| stalls.extended(sent, timeout, now);
        let mut time_limit = mem::take(&mut self.time_limit);
        let conversation = self.converse(&mut stream, body.len());
        let conversed = time_limit.until(sent + timeout, extend, conversation).await;
        self.time_limit = time_limit;
        let end = conversed.unwrap_or(Err(ExchangeError::Timeout))?;
        let done = Instant::now();
        // Bytes after the reply belong to nothing we asked for.
        let is_at_its_end = end == self.buffer.len() && !self.is_body_unsent;
        if self.decoder.keep_alive() && is_at_its_end {
            self.stream = Some(stream);
        }
        if self.settings.connections == Connections::PerRequest {
            self.hang_up().await;
        }
        let mut body = self.decoder.body(&self.buffer);
        if self.decoder.is_gzip() && !body.is_empty() {
            gunzip(body, self.settings.limits.body_bytes, &mut self.unzipped)
                .map_err(ExchangeError::Protocol)?;
            body = &self.unzipped;
        }
        Ok(Reply {
            status: self.decoder.status(),
            head: &self.buffer[..self.decoder.body_begin()],
            body,
            location: self.decoder.location(),
            bytes: end,
            sent,
            done,
        })
    }

    /// Says that a journey is over: the next one may want a connection of its own.
    pub async fn end_journey(&mut self) {
        if self.settings.connections == Connections::PerJourney {
            self.hang_up().await;
        }
    }

    /// Ends the connection as TLS wants it ended, too.
    async fn hang_up(&mut self) {
        const PATIENCE: Duration = Duration::from_secs(1);
        if let Some(mut stream) = self.stream.take() {
            // Whether the server hears of it is its own affair.
            let _ = timeout(PATIENCE, stream.shutdown()).await;
        }
    }

    /// What has come of the last reply, as it came.
    #[must_use]
    pub fn received(&self) -> &[u8] {
        &self.buffer
    }

    /// When the first byte of the last request was about to be sent; `None` if there was no
    /// connection for it.
    #[must_use]
    pub fn sent(&self) -> Option<Instant> {
        self.sent
    }

    async fn connect(&self) -> Result<Stream, ExchangeError> {
        let began = Instant::now();
        let limit = self.settings.connect_timeout;
        let extend = |now| self.settings.stalls.extended(began, limit, now);
        let connecting = self.connect_at_leisure();
        let connected = TimeLimit::default().until(began + limit, extend, connecting).await;
        connected.ok_or(ExchangeError::ConnectTimeout)?
    }

    async fn connect_at_leisure(&self) -> Result<Stream, ExchangeError> {
        let failed = |error| failure(error, ExchangeError::Connect);
        let addresses = self.settings.addresses.get().await.map_err(failed)?;
        let stream = dial(&addresses, self.settings.bind).await.map_err(failed)?;
        // Without it Nagle's algorithm would hold a request back; where it fails, it does not matter.
        let _ = stream.set_nodelay(true);
        let (Some(connector), Some((_, name))) = (&self.tls, &self.settings.tls) else {
            return Ok(Stream::Plain(stream));
        };
        let shaken = connector.connect(name.clone(), stream).await;
        shaken.map(|stream| Stream::Tls(Box::new(stream))).map_err(|error| {
            failure(error, |error| {
                let reason = tls_failure(&error).unwrap_or_else(|| {
                    format!("the handshake was broken off: {}", describe(&error))
                });
                ExchangeError::Tls(reason)
            })
        })
    }

    /// Sends what is in `out`, which ends with a body of `body` bytes, and receives until the reply
    /// is whole; gives its end in `buffer`.
    async fn converse(&mut self, stream: &mut Stream, body: usize) -> Result<usize, ExchangeError> {
        match self.settings.expect_continue {
            Some(patience) if body > 0 => {
                let head = self.out.len() - body;
                send(stream, &self.out[..head]).await?;
                let asked = timeout(patience, self.is_asked_for_body(stream)).await;
                // Who says neither yes nor no is sent it all the same: RFC 9110 section 10.1.1.
                if asked.unwrap_or(Ok(true))? {
                    send(stream, &self.out[head..]).await?;
                }
            }
            _ => send(stream, &self.out).await?,
        }
        loop {
            if let Progress::Complete(end) = self.receive(stream).await? {
                return Ok(end);
            }
        }
    }

    /// Receives until the server says whether it wants the body, or replies without it.
    async fn is_asked_for_body(&mut self, stream: &mut Stream) -> Result<bool, ExchangeError> {
        loop {
            self.receive(stream).await?;
            if self.decoder.status() != 0 {
                self.is_body_unsent = true;
                return Ok(false);
            }
            if self.decoder.is_interim() {
                return Ok(true);
            }
        }
    }

    /// Receives more of the reply, unless it is whole.
    async fn receive(&mut self, stream: &mut Stream) -> Result<Progress, ExchangeError> {
        if let Some(end) = self.decoder.end() {
            return Ok(Progress::Complete(end));
        }
        self.buffer.reserve(BUFFER);
        let received = match stream.read_buf(&mut self.buffer).await {
            Ok(received) => received,
            // TLS was not ended as it should be: what has come may be cut off, wherever it ends.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(self.closed()),
            Err(error) => return Err(broken(error)),
        };
        match self.decoder.decode(&self.buffer, received == 0) {
            Ok(progress) => Ok(progress),
            Err(DecodeError::Truncated) => Err(self.closed()),
            Err(error) => Err(ExchangeError::Protocol(error)),
        }
    }

    fn closed(&self) -> ExchangeError {
        let words = if self.buffer.is_empty() {
            "closed without a reply"
        } else {
            "closed inside the reply"
        };
        ExchangeError::Reset(io::Error::other(words))
    }
}

async fn send(stream: &mut Stream, bytes: &[u8]) -> Result<(), ExchangeError> {
    stream.write_all(bytes).await.map_err(broken)?;
    stream.flush().await.map_err(broken)
}

/// With TLS 1.3 a server that does not want us says so only now.
fn broken(error: io::Error) -> ExchangeError {
    failure(error, |error| {
        tls_failure(&error).map_or(ExchangeError::Reset(error), ExchangeError::Tls)
    })
}

/// What this machine is to blame for, and else what `remote` makes of it.
fn failure(error: io::Error, remote: impl FnOnce(io::Error) -> ExchangeError) -> ExchangeError {
    if is_local(&error) { ExchangeError::Local(error) } else { remote(error) }
}

impl fmt::Debug for Client {
    /// Without the buffers, which hold what must not be shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("authority", &self.settings.authority)
            .finish_non_exhaustive()
    }
}
