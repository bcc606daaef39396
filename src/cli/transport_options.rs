//! Options of `gander run` about how connections are made and used.

use std::path::PathBuf;

use super::exit::Failure;
use crate::http::{Identity, Tls, TlsError, Trust};
use crate::load::Transport;

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
        })
    }

    fn tls(&self, trust: &Trust) -> Result<Tls, TlsError> {
        let identity = match (&self.client_cert, &self.client_key) {
            (Some(certificate), Some(key)) => Some(Identity::read(certificate, key)?),
            _ => None,
        };
        Tls::new(trust, identity.as_ref())
    }
}
