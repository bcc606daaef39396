//! Options of `gander run` about how connections are made and used.

use std::net::{IpAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use super::exit::Failure;
use super::run::at_least_one;
use crate::http::{Connections, Header, HeaderError, Identity, Tls, TlsError, Trust};
use crate::load::Transport;
use crate::secret::Secret;
use crate::units::{Rate, parse_duration, parse_size};

/// Not looked at here: what is wrong with a secret would be printed with the secret.
#[expect(clippy::unnecessary_wraps, reason = "as clap wants it")]
fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

/// What a user's buffer may grow to.
fn max_reply(text: &str) -> Result<usize, String> {
    const MOST: usize = 1 << 30;
    match parse_size(text)? {
        0 => Err("write at least \"1B\"".to_owned()),
        size if size > MOST => Err("write at most \"1GiB\"".to_owned()),
        size => Ok(size),
    }
}

fn connections(name: &str) -> Result<Connections, String> {
    Connections::from_name(name)
        .ok_or_else(|| format!("write {}", Connections::ALL.map(Connections::name).join(", ")))
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connections")]
pub(super) struct TransportOptions {
    /// Trust the authorities in this PEM file, and not those that this machine trusts
    #[arg(long, value_name = "FILE.pem")]
    ca: Option<PathBuf>,
    /// Show servers that ask for one this certificate, in PEM
    #[arg(long, value_name = "FILE.pem", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// The key of --client-cert, in PEM
    #[arg(long, value_name = "FILE.pem", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// Do not check certificates, so that anybody may answer; every report says so
    #[arg(long, conflicts_with = "ca")]
    insecure: bool,
    /// How long a user keeps a connection: keep-alive, per-journey or per-request
    #[arg(long, value_name = "HOW", default_value = "keep-alive", value_parser = connections)]
    connections: Connections,
    /// Resolve the host's name again for connections made so long after the last time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    resolve_every: Option<Duration>,
    /// Connect from this address of this machine
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// Send this header with every request; may be given several times
    #[arg(long, value_name = "NAME: VALUE", value_parser = secret)]
    header: Vec<Secret>,
    /// Send these credentials with every request
    #[arg(long, value_name = "USER:PASSWORD", value_parser = secret, env = "GANDER_BASIC_AUTH",
          hide_env_values = true)]
    basic_auth: Option<Secret>,
    /// Send the body of a request only when the server asks for it, or after this time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expect_continue: Option<Duration>,
    /// Take no reply with a larger body, in gzip or out of it
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = max_reply)]
    max_reply: usize,
    /// Have no more requests in flight at once; further ones wait
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_in_flight: Option<usize>,
    /// Send no more requests a second than this; further ones wait [default: 10000/s to hosts other
    /// than this machine]
    #[arg(long, value_name = "RATE", value_parser = Rate::parse)]
    max_rate: Option<Rate>,
}

impl TransportOptions {
    /// What they come to; `tls` if any target is spoken to in TLS.
    pub(super) fn read(&self, tls: bool) -> Result<Transport, Failure> {
        let trust = match &self.ca {
            Some(file) => Trust::File(file.clone()),
            None if self.insecure => Trust::Anybody,
            None => Trust::System,
        };
        // Files that are named are looked at, whether or not they will be used.
        let wanted = tls || self.ca.is_some() || self.client_cert.is_some();
        let tls = if wanted { Some(self.tls(&trust).map_err(Failure::usage)?) } else { None };
        Ok(Transport {
            trust,
            client_certificate: self.client_cert.as_ref().map(|file| file.display().to_string()),
            tls,
            connections: self.connections,
            bind: self.bind()?,
            resolve_every: self.resolve_every,
            headers: self.headers()?,
            expect_continue: self.expect_continue,
            max_reply: self.max_reply,
            max_in_flight: self.max_in_flight,
            max_rate: self.max_rate,
        })
    }

    fn bind(&self) -> Result<Option<IpAddr>, Failure> {
        if let Some(address) = self.bind {
            TcpListener::bind((address, 0)).map_err(|error| {
                Failure::environment(format!("--bind {address}: {}", error.kind()))
            })?;
        }
        Ok(self.bind)
    }

    fn headers(&self) -> Result<Vec<Header>, Failure> {
        let fail = |option: &str, error: &HeaderError| Failure::usage(format!("{option}: {error}"));
        let headers = self.header.iter().map(|text| Header::parse(text.expose()));
        let mut headers: Vec<Header> =
            headers.collect::<Result<_, _>>().map_err(|error| fail("--header", &error))?;
        if let Some(credentials) = &self.basic_auth {
            let header = Header::basic_auth(credentials);
            headers.push(header.map_err(|error| fail("--basic-auth", &error))?);
        }
        Ok(headers)
    }

    fn tls(&self, trust: &Trust) -> Result<Tls, TlsError> {
        let identity = match (&self.client_cert, &self.client_key) {
            (Some(certificate), Some(key)) => Some(Identity::read(certificate, key)?),
            _ => None,
        };
        Tls::new(trust, identity.as_ref())
    }
}
