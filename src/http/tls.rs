//! TLS: whom we trust, and who we say we are.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};
use tokio_rustls::TlsConnector;

use super::trust::{TlsError, Trust};
use crate::input_file;

/// A certificate that shows who the client is, with its key.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    /// For messages.
    file: PathBuf,
}

impl TlsError {
    fn file(file: &Path, message: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), message: message.into() }
    }
}

impl Identity {
    /// Reads a certificate, with the chain above it, and its key: PEM files, which may be one.
    ///
    /// # Errors
    /// When a file cannot be read or lacks what it is for.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read_key = PrivateKeyDer::from_pem_slice(&read(key)?)
            .map_err(|error| TlsError::file(key, pem_words(&error, "private key")))?;
        Ok(Self {
            chain: certificates(certificate)?,
            key: read_key,
            file: certificate.to_owned(),
        })
    }
}

/// What the connections of a run have in common.
#[derive(Clone, Debug)]
pub struct Tls {
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
    config: Arc<ClientConfig>,
}

impl PartialEq for Tls {
    /// Whether both are the same: what is in them cannot be compared.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }
}

impl Tls {
    /// Takes the word of `trust`, and shows servers no certificate.
    ///
    /// # Errors
    /// When the authorities cannot be read.
    pub fn new(trust: &Trust) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = verifier(trust, &provider)?;
        let config = Arc::new(config(&provider, &verifier, None)?);
        Ok(Self { provider, verifier, config })
    }

    /// The same trust, with `identity` for servers that ask.
    ///
    /// # Errors
    /// When a certificate and its key do not match.
    pub fn with_identity(&self, identity: &Identity) -> Result<Self, TlsError> {
        let config = Arc::new(config(&self.provider, &self.verifier, Some(identity))?);
        Ok(Self { config, ..self.clone() })
    }

    /// For one user, which may take up its own earlier sessions and nobody else's: as many users
    /// behind one cache would spare a service the handshakes that as many clients cost it.
    pub(super) fn connector(&self) -> TlsConnector {
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::in_memory_sessions(1);
        TlsConnector::from(Arc::new(config))
    }
}

fn config(
    provider: &Arc<CryptoProvider>,
    verifier: &Arc<dyn ServerCertVerifier>,
    identity: Option<&Identity>,
) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(verifier));
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(Identity { chain, key, file }) => builder
            .with_client_auth_cert(chain.clone(), key.clone_key())
            .map_err(|error| TlsError::file(file, format!("not with this key: {error}")))?,
    };
    // Each user has sessions of its own; room for them here would be in vain, and is 8 KB.
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn verifier(
    trust: &Trust,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Anybody => return Ok(Arc::new(Unchecked(Arc::clone(provider)))),
        Trust::System => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
        Trust::File(file) => {
            for certificate in certificates(file)? {
                let added = roots.add(certificate);
                added.map_err(|error| TlsError::file(file, tls_words(&error)))?;
            }
        }
    }
    let built = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
    match built.build() {
        Ok(verifier) => Ok(verifier),
        Err(_) => Err(TlsError::NoRoots),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    input_file::read(file).map_err(|error| TlsError::file(file, format!("cannot be read: {error}")))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(file)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let read = read.map_err(|error| TlsError::file(file, pem_words(&error, "certificate")))?;
    if read.is_empty() {
        return Err(TlsError::file(file, "no certificate in PEM in it"));
    }
    Ok(read)
}

fn pem_words(error: &rustls::pki_types::pem::Error, what: &str) -> String {
    use rustls::pki_types::pem::Error as Pem;
    match error {
        Pem::NoItemsFound => format!("no {what} in PEM in it"),
        _ => format!("not a {what} in PEM"),
    }
}

/// What TLS itself had against a connection, if that is why it broke.
pub(super) fn tls_failure(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?.downcast_ref::<Error>()?;
    Some(tls_words(inner))
}

fn tls_words(error: &Error) -> String {
    use CertificateError as C;
    let words = match error {
        Error::InvalidCertificate(reason) => match reason {
            C::UnknownIssuer => "certificate of an unknown issuer",
            C::Expired | C::ExpiredContext { .. } => "certificate has expired",
            C::NotValidYet | C::NotValidYetContext { .. } => "certificate is not valid yet",
            C::NotValidForName | C::NotValidForNameContext { .. } => {
                "certificate is for another name"
            }
            C::InvalidPurpose | C::InvalidPurposeContext { .. } => {
                "certificate is for another purpose"
            }
            C::BadSignature => "certificate has a bad signature",
            C::Revoked => "certificate is revoked",
            other => return format!("certificate is not acceptable: {other:?}"),
        },
        Error::AlertReceived(alert) => {
            return format!("the server refuses: {}", alert_words(*alert));
        }
        Error::InvalidMessage(_) => "what comes is not TLS",
        Error::PeerIncompatible(_) => "no version or cipher that both speak",
        other => return other.to_string(),
    };
    words.to_owned()
}

/// `CertificateRequired` as `certificate required`.
fn alert_words(alert: AlertDescription) -> String {
    let mut words = String::new();
    let mut is_inside = false;
    for c in format!("{alert:?}").chars() {
        if c.is_ascii_uppercase() && is_inside {
            words.push(' ');
        }
        is_inside = c.is_ascii_lowercase();
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// Takes any certificate; only that the server has its key is still seen to.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_words() {
        assert_eq!(alert_words(AlertDescription::CertificateRequired), "certificate required");
        assert_eq!(alert_words(AlertDescription::UnknownCA), "unknown ca");
    }
}
