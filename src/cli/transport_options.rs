//! Options of `gander run` about how connections are made and used; a scenario's `[transport]` has
//! the same.

use std::env::VarError;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::exit::Failure;
use super::run::at_least_one;
use crate::http::{Connections, Header, HeaderError, Trust};
use crate::scenario::{
    Machine, Outside as _, TransportOverrides, parse_connections, parse_max_reply, parse_timeout,
};
use crate::secret::Secret;
use crate::units::{Rate, parse_duration};

/// Credentials that are not on the command line.
const BASIC_AUTH: &str = "GANDER_BASIC_AUTH";

/// Not looked at here: what is wrong with a secret would be printed with the secret.
#[expect(clippy::unnecessary_wraps, reason = "as clap wants it")]
fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connections")]
pub(super) struct TransportOptions {
    /// Trust the authorities in this PEM file, and not those that this machine trusts
    #[arg(long, value_name = "FILE.pem")]
    ca: Option<PathBuf>,
    /// Show servers that ask for one this certificate, in PEM; with a column of the accounts in the
    /// path, such as {login}.pem, each user has its own, from the folder of the accounts' file
    #[arg(long, value_name = "FILE.pem", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// The key of --client-cert, in PEM; with columns as there
    #[arg(long, value_name = "FILE.pem", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// Do not check certificates, so that anybody may answer; every report says so
    #[arg(long, conflicts_with = "ca")]
    insecure: bool,
    /// Give up a reply after this time [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = parse_timeout)]
    timeout: Option<Duration>,
    /// Give up a connection after this time [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = parse_timeout)]
    connect_timeout: Option<Duration>,
    /// How long a user keeps a connection: keep-alive, per-journey or per-request [default:
    /// keep-alive]
    #[arg(long, value_name = "HOW", value_parser = parse_connections)]
    connections: Option<Connections>,
    /// Resolve the host's name again for connections made so long after the last time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    resolve_every: Option<Duration>,
    /// Connect from this address of this machine
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// Send this header with every request; may be given several times
    #[arg(long, value_name = "NAME: VALUE", value_parser = secret, allow_hyphen_values = true)]
    header: Vec<Secret>,
    /// Send these credentials with every request [env: GANDER_BASIC_AUTH, which other users of the
    /// machine do not see]
    #[arg(long, value_name = "USER:PASSWORD", value_parser = secret, allow_hyphen_values = true)]
    basic_auth: Option<Secret>,
    /// Send the body of a request only when the server asks for it, or after this time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expect_continue: Option<Duration>,
    /// Take no reply with a larger body, in gzip or out of it [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_max_reply)]
    max_reply: Option<usize>,
    /// Have no more requests in flight at once; further ones wait
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_in_flight: Option<usize>,
    /// Send no more requests a second than this; further ones wait [default: 10000/s to hosts other
    /// than this machine]
    #[arg(long, value_name = "RATE", value_parser = Rate::parse)]
    max_rate: Option<Rate>,
}

impl TransportOptions {
    /// What they say in place of a scenario file.
    pub(super) fn overrides(&self) -> Result<TransportOverrides, Failure> {
        Ok(TransportOverrides {
            trust: match &self.ca {
                Some(file) => Some(Trust::File(file.clone())),
                None => self.insecure.then_some(Trust::Anybody),
            },
            client_certificate: self.client_cert.clone().zip(self.client_key.clone()),
            connections: self.connections,
            connect_timeout: self.connect_timeout,
            request_timeout: self.timeout,
            bind: self.bind,
            resolve_every: self.resolve_every,
            headers: self.headers()?,
            expect_continue: self.expect_continue,
            max_reply: self.max_reply,
            max_in_flight: self.max_in_flight,
            max_rate: self.max_rate,
        })
    }

    fn headers(&self) -> Result<Vec<Header>, Failure> {
        let fail = |option: &str, error: &HeaderError| Failure::usage(format!("{option}: {error}"));
        let headers = self.header.iter().map(|text| Header::parse(text.expose()));
        let mut headers: Vec<Header> =
            headers.collect::<Result<_, _>>().map_err(|error| fail("--header", &error))?;
        if let Some(credentials) = &self.basic_auth {
            let header = Header::basic_auth(credentials);
            headers.push(header.map_err(|error| fail("--basic-auth", &error))?);
        } else if let Some(credentials) = variable(BASIC_AUTH)? {
            let header = Header::basic_auth(&credentials);
            headers.push(header.map_err(|error| fail(BASIC_AUTH, &error))?);
        }
        Ok(headers)
    }
}

/// Not by clap, to which an empty value is one.
fn variable(name: &str) -> Result<Option<Secret>, Failure> {
    match Machine.variable(name) {
        Ok(value) => Ok(Secret::from_environment(&value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} is not UTF-8"))),
    }
}
