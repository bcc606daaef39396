//! Where hosts are, and whether two are the same.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::addresses::Resolver;
use super::target::{Target, TargetError};

impl Target {
    /// The addresses the host has now.
    ///
    /// # Errors
    /// When the name cannot be resolved.
    pub fn resolve(&self, resolver: &Resolver) -> Result<Vec<SocketAddr>, TargetError> {
        resolver.resolve(&self.host, self.port).map_err(|error| {
            let message = format!("the host's name cannot be resolved: {error}");
            TargetError::new(&self.url(), message)
        })
    }
}

/// Whether requests to `addresses` stay on this machine.
#[must_use]
pub(crate) fn are_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback(),
        // An IPv4 address in IPv6 clothes goes where the IPv4 address goes.
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(ip.is_loopback(), |ip| ip.is_loopback()),
    })
}

/// Whether a host as written names itself as one that may be loaded.
#[must_use]
pub(crate) fn same_host(one: &str, other: &str) -> bool {
    let parse = |host: &str| Host::parse(host).map_or_else(|_| host.to_owned(), |h| h.to_string());
    parse(one).eq_ignore_ascii_case(&parse(other))
}

/// Where a `Location` leads, as far as it may be shown: scheme, host and port, since a path and a
/// query may hold a session; `None` if it stays on the host, or is no URL.
#[must_use]
pub(crate) fn redirect_host(location: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(location).ok()?;
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    Some(format!("{}://{host}{port}", url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_redirect_only_the_host_is_shown() {
        for (location, host) in [
            ("https://portal.example/login?session=1", Some("https://portal.example")),
            ("http://user:password@h:8080/", Some("http://h:8080")),
            ("/login?session=1", None),
            ("data:text/plain,secret", None),
            ("http://", None),
        ] {
            assert_eq!(redirect_host(location.as_bytes()).as_deref(), host, "{location}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (address, loopback) in [
            ("127.0.0.1:1", true),
            ("127.8.9.1:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("10.0.0.1:1", false),
            ("0.0.0.0:1", false),
            ("[::ffff:10.0.0.1]:1", false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(are_loopback(&[address]), loopback, "{address}");
        }
        assert!(
            same_host("Example.COM", "example.com") && !same_host("a.example.com", "example.com")
        );
    }
}
