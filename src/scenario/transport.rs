//! How connections are made and used, whatever is sent over them.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::error::advise;
#[cfg(feature = "cli")]
use crate::http::Tls;
use crate::http::{Connections, Header, Limits, Trust};
use crate::units::{Rate, parse_duration, parse_size};

/// How connections are made and used.
#[derive(Clone, Debug, PartialEq)]
pub struct Transport {
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// The file of the certificate that servers are shown, with placeholders if each user has its
    /// own.
    pub client_certificate: Option<String>,
    /// Both of these as TLS takes them; `None` where no target is in TLS. Certificates of their own
    /// are with the users.
    #[cfg(feature = "cli")]
    pub tls: Option<Tls>,
    /// How long a connection is kept.
    pub connections: Connections,
    /// How long a connection may take, its TLS handshake included.
    pub connect_timeout: Duration,
    /// How long a reply may take.
    pub request_timeout: Duration,
    /// The address of this machine that connections come from.
    pub bind: Option<IpAddr>,
    /// For connections made so long after it was resolved, a name is resolved again.
    pub resolve_every: Option<Duration>,
    /// What goes with every request.
    pub headers: Vec<Header>,
    /// So long a body waits for the server to ask for it; `None`: it is sent with the head.
    pub expect_continue: Option<Duration>,
    /// The most bytes a reply's body may have, before and after gzip is undone.
    pub max_reply: usize,
    /// The most requests in flight, of all users together.
    pub max_in_flight: Option<usize>,
    /// A ceiling on the requests per second of all users together; `None`: the engine's own to
    /// hosts other than this machine, and none to this one.
    pub max_rate: Option<Rate>,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            trust: Trust::System,
            client_certificate: None,
            #[cfg(feature = "cli")]
            tls: None,
            connections: Connections::default(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            bind: None,
            resolve_every: None,
            headers: Vec::new(),
            expect_continue: None,
            max_reply: Limits::default().body_bytes,
            max_in_flight: None,
            max_rate: None,
        }
    }
}

/// What the command line says of it in place of the file.
#[derive(Clone, Debug, Default)]
pub struct TransportOverrides {
    /// Whose certificates are trusted.
    pub trust: Option<Trust>,
    /// The certificate that servers are shown, and its key: paths, which may have placeholders.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// How long a connection is kept.
    pub connections: Option<Connections>,
    /// How long a connection may take.
    pub connect_timeout: Option<Duration>,
    /// How long a reply may take.
    pub request_timeout: Option<Duration>,
    /// The address that connections come from.
    pub bind: Option<IpAddr>,
    /// How long what a name was resolved to is good for.
    pub resolve_every: Option<Duration>,
    /// What goes with every request, beside the file's headers of other names.
    pub headers: Vec<Header>,
    /// How long a body waits for the server to ask for it.
    pub expect_continue: Option<Duration>,
    /// The most bytes a reply's body may have.
    pub max_reply: Option<usize>,
    /// The most requests in flight.
    pub max_in_flight: Option<usize>,
    /// The ceiling on requests per second.
    pub max_rate: Option<Rate>,
}

/// The longest that a connection or a reply may be waited for: as long as histograms tell times
/// apart.
pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Reads how long a connection or a reply may be waited for.
///
/// # Errors
/// A sentence that says what to write.
pub fn parse_timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("write at least \"1ms\"".to_owned()),
        time if time > LONGEST_TIMEOUT => Err("write at most \"60s\"".to_owned()),
        time => Ok(time),
    }
}

/// Reads how large a reply may be, which is what a user's buffer may grow to.
///
/// # Errors
/// A sentence that says what to write.
pub fn parse_max_reply(text: &str) -> Result<usize, String> {
    const MOST: usize = 1 << 30;
    match parse_size(text)? {
        0 => Err("write at least \"1B\"".to_owned()),
        size if size > MOST => Err("write at most \"1GiB\"".to_owned()),
        size => Ok(size),
    }
}

/// Reads how long a connection is kept.
///
/// # Errors
/// A sentence that says what to write.
pub fn parse_connections(name: &str) -> Result<Connections, String> {
    Connections::from_name(name).ok_or_else(|| {
        format!(
            "unknown policy \"{name}\": {}",
            advise(name, Connections::ALL.map(Connections::name))
        )
    })
}
