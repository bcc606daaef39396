//! How connections are made and used: what the file says, and what the command line says in its
//! place.

use std::env;
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::super::file::{self, SecretText};
use super::super::transport::{Transport, parse_connections, parse_max_reply, parse_timeout};
use super::Compiler;
use crate::http::{Header, Identity, Tls, TlsError, Trust};
use crate::secret::Secret;
use crate::units::{Rate, parse_duration};

impl Compiler<'_, '_> {
    /// `in_tls`: whether any target is spoken to in TLS.
    pub(super) fn transport(
        &mut self,
        file: &file::Transport,
        folder: &Path,
        in_tls: bool,
    ) -> Transport {
        if let Some(insecure) = &file.insecure {
            self.problems.add(
                insecure.span(),
                "\"insecure\" is not for files: whoever starts the run has to ask for it, with \
                 --insecure",
            );
        }
        let overrides = &self.overrides.transport;
        let default = Transport::default();
        let connections = self.parsed(file.connections.as_ref(), parse_connections);
        let connect_timeout = self.parsed(file.connect_timeout.as_ref(), parse_timeout);
        let request_timeout = self.parsed(file.timeout.as_ref(), parse_timeout);
        let bind = self.parsed(file.bind.as_ref(), parse_address);
        let resolve_every = self.parsed(file.resolve_every.as_ref(), parse_duration);
        let expect_continue = self.parsed(file.expect_continue.as_ref(), parse_duration);
        let max_reply = self.parsed(file.max_reply.as_ref(), parse_max_reply);
        let max_in_flight = file.max_in_flight.as_ref().map(|n| self.at_least_one(Some(n), 1));
        let max_rate = self.parsed(file.max_rate.as_ref(), Rate::parse);
        let headers = self.headers(file);
        let transport = Transport {
            connections: overrides.connections.or(connections).unwrap_or(default.connections),
            connect_timeout: (overrides.connect_timeout.or(connect_timeout))
                .unwrap_or(default.connect_timeout),
            request_timeout: (overrides.request_timeout.or(request_timeout))
                .unwrap_or(default.request_timeout),
            bind: overrides.bind.or(bind),
            resolve_every: overrides.resolve_every.or(resolve_every),
            headers: overridden(headers, &overrides.headers),
            expect_continue: overrides.expect_continue.or(expect_continue),
            max_reply: overrides.max_reply.or(max_reply).unwrap_or(default.max_reply),
            max_in_flight: overrides.max_in_flight.or(max_in_flight),
            max_rate: overrides.max_rate.or(max_rate),
            ..default
        };
        self.with_tls(transport, file, folder, in_tls)
    }

    /// Files that are named are looked at, whether or not they will be used.
    fn with_tls(
        &mut self,
        transport: Transport,
        file: &file::Transport,
        folder: &Path,
        in_tls: bool,
    ) -> Transport {
        let overrides = &self.overrides.transport;
        let ca = file.ca.as_ref().filter(|_| overrides.trust.is_none());
        let trust = match (&overrides.trust, ca) {
            (Some(trust), _) => trust.clone(),
            (None, Some(path)) => Trust::File(folder.join(path.get_ref())),
            (None, None) => Trust::System,
        };
        let shown = self.client_certificate(file, folder);
        let mut tls = None;
        if in_tls || matches!(trust, Trust::File(_)) || shown.is_some() {
            tls = self.usable(Tls::new(&trust), ca.map(Spanned::span));
        }
        if let (Some(anonymous), Some(shown)) = (&tls, &shown) {
            let identity = Identity::read(&shown.certificate, &shown.key);
            let identified = identity.and_then(|identity| anonymous.with_identity(&identity));
            tls = self.usable(identified, shown.span.clone());
        }
        let client_certificate = shown.map(|shown| shown.certificate.display().to_string());
        Transport { trust, client_certificate, tls, ..transport }
    }

    fn usable(&mut self, tls: Result<Tls, TlsError>, span: Option<Range<usize>>) -> Option<Tls> {
        tls.map_err(|error| self.problems.add_at(span, error.to_string())).ok()
    }

    fn client_certificate(
        &mut self,
        file: &file::Transport,
        folder: &Path,
    ) -> Option<ClientCertificate> {
        if let Some((certificate, key)) = &self.overrides.transport.client_certificate {
            return Some(ClientCertificate {
                certificate: certificate.clone(),
                key: key.clone(),
                span: None,
            });
        }
        match (&file.client_cert, &file.client_key) {
            (Some(certificate), Some(key)) => Some(ClientCertificate {
                certificate: folder.join(certificate.get_ref()),
                key: folder.join(key.get_ref()),
                span: Some(certificate.span()),
            }),
            (Some(certificate), None) => {
                self.problems.add(certificate.span(), "a client-cert needs a client-key");
                None
            }
            (None, Some(key)) => {
                self.problems.add(key.span(), "a client-key needs a client-cert");
                None
            }
            (None, None) => None,
        }
    }

    /// The file's headers, those of basic authentication last.
    fn headers(&mut self, file: &file::Transport) -> Vec<Header> {
        let mut headers = Vec::new();
        for (name, value) in &file.headers {
            let Some(value) = self.secret(value, name.span()) else { continue };
            match Header::new(name.get_ref(), value.expose()) {
                Ok(header) => headers.push(header),
                Err(error) => self.problems.add(name.span(), error.to_string()),
            }
        }
        if let Some(credentials) = &file.basic_auth
            && let Some(text) = self.secret(credentials.get_ref(), credentials.span())
        {
            match Header::basic_auth(&text) {
                Ok(header) => headers.push(header),
                Err(error) => self.problems.add(credentials.span(), error.to_string()),
            }
        }
        headers
    }

    fn secret(&mut self, text: &SecretText, span: Range<usize>) -> Option<Secret> {
        match text {
            SecretText::Here(secret) => Some(secret.clone()),
            SecretText::Environment(variable) => match env::var(&variable.env) {
                Ok(value) => Some(Secret::new(value)),
                Err(env::VarError::NotPresent) => {
                    let message = format!("the environment has no {}: set it", variable.env);
                    self.problems.add(span, message);
                    None
                }
                Err(env::VarError::NotUnicode(_)) => {
                    self.problems.add(span, format!("{} is not UTF-8", variable.env));
                    None
                }
            },
        }
    }
}

/// What servers are shown.
struct ClientCertificate {
    certificate: PathBuf,
    key: PathBuf,
    /// Where the file names it, if it does.
    span: Option<Range<usize>>,
}

/// `headers` without those that have others in their place.
fn overridden(mut headers: Vec<Header>, by: &[Header]) -> Vec<Header> {
    headers.retain(|header| !by.iter().any(|other| other.is(&header.name)));
    headers.extend_from_slice(by);
    headers
}

fn parse_address(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is no address: write one such as \"192.0.2.7\""))
}
