//! Whom TLS trusts, and what certificates can be for.

use std::path::PathBuf;

use rustls_pki_types::ServerName;

/// Whose word for a server's certificate is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those whom this machine trusts.
    System,
    /// Those in a PEM file, and nobody else.
    File(PathBuf),
    /// Anybody's: certificates are not checked at all.
    Anybody,
}

/// What TLS cannot start from.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file that cannot be read, or is none.
    #[error("{file}: {message}", file = file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Nobody to trust.
    #[error("this machine trusts no certificate at all: name your own authorities with --ca FILE")]
    NoRoots,
    /// A host that no certificate can be for.
    #[error("\"{0}\" is no name that a certificate can have")]
    Name(String),
}

/// The name that a host's certificate is to have: a DNS name, which is also sent as SNI, or an
/// address.
///
/// # Errors
/// When no certificate can have it.
pub fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(bare.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        for (host, named) in
            [("localhost", true), ("127.0.0.1", true), ("[::1]", true), ("a b", false), ("", false)]
        {
            assert_eq!(server_name(host).is_ok(), named, "{host:?}");
        }
    }
}
