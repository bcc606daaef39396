//! Where requests go.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::addresses::Resolver;
use super::tls::server_name;

/// A service's address, from a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether it is spoken to in TLS.
    pub tls: bool,
    /// The host as written, without a port.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What stands before each path: empty, or a path without a final slash.
    pub prefix: String,
}

/// A URL that is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("target \"{url}\": {message}")]
pub struct TargetError {
    url: String,
    message: String,
}

impl Target {
    /// Reads `http://host:port/prefix`, or `https://`; without a scheme, `http://` is meant. A URL that goes on
    /// to `service_path`, as people copy it from a document, is cut there.
    ///
    /// # Errors
    /// What is wrong with it and what to write.
    pub fn parse(url: &str, service_path: &str) -> Result<Self, TargetError> {
        let fail = |message: &str| TargetError { url: url.to_owned(), message: message.to_owned() };
        let full = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let parsed =
            Url::parse(&full).map_err(|error| fail(&format!("{error}: write http://host:port")))?;
        let tls = match parsed.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(fail("write http://host:port or https://host:port")),
        };
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(fail("a user name in the URL is not supported"));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(fail("leave out what follows the path"));
        }
        let host = parsed.host().ok_or_else(|| fail("no host: write http://host:port"))?;
        let host = host.to_string();
        if tls && server_name(&host).is_err() {
            return Err(fail("no certificate can be for this host"));
        }
        let path = parsed.path();
        let prefix = match path.rfind(service_path) {
            Some(at) if is_whole(service_path, &path[at + service_path.len()..]) => &path[..at],
            _ => path,
        };
        Ok(Self {
            tls,
            host,
            port: parsed.port_or_known_default().expect("both schemes have a port"),
            prefix: prefix.trim_end_matches('/').to_owned(),
        })
    }

    /// `Host` as it goes into a request.
    #[must_use]
    pub fn authority(&self) -> String {
        match (self.port, self.tls) {
            (80, false) | (443, true) => self.host.clone(),
            (port, _) => format!("{}:{port}", self.host),
        }
    }

    /// The URL, up to the service's own path.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority(), self.prefix)
    }

    /// The addresses the host has now.
    ///
    /// # Errors
    /// When the name cannot be resolved.
    pub fn resolve(&self, resolver: &Resolver) -> Result<Vec<SocketAddr>, TargetError> {
        resolver.resolve(&self.host, self.port).map_err(|error| TargetError {
            url: self.url(),
            message: format!("the host's name cannot be resolved: {error}"),
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

/// Whether a service's path ends where a segment does.
fn is_whole(service_path: &str, rest: &str) -> bool {
    !service_path.is_empty() && (rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_people_write_them() {
        for (url, service_path, host, port, prefix) in [
            ("http://127.0.0.1:9999", "/commands", "127.0.0.1", 9999, ""),
            ("127.0.0.1:9999", "/commands", "127.0.0.1", 9999, ""),
            ("localhost:80/", "", "localhost", 80, ""),
            ("http://h/a/b/", "/auth.asmx", "h", 80, "/a/b"),
            ("http://h/a/auth.asmx", "/auth.asmx", "h", 80, "/a"),
            ("http://h:1/commands/sp_login", "/commands", "h", 1, ""),
            ("http://h/commands-proxy/v1", "/commands", "h", 80, "/commands-proxy/v1"),
            ("http://h/commands/x/commands", "/commands", "h", 80, "/commands/x"),
            ("http://[::1]:8080", "", "[::1]", 8080, ""),
            ("https://h", "", "h", 443, ""),
            ("https://h:80/a", "", "h", 80, "/a"),
        ] {
            let target = Target::parse(url, service_path).expect(url);
            assert_eq!(
                (&*target.host, target.port, &*target.prefix),
                (host, port, prefix),
                "{url}"
            );
            assert_eq!(target.tls, url.starts_with("https"), "{url}");
        }
        for (url, authority) in
            [("https://h", "h"), ("https://h:80", "h:80"), ("http://h:443", "h:443")]
        {
            let target = Target::parse(url, "").expect(url);
            assert_eq!((target.authority(), target.url()), (authority.to_owned(), url.to_owned()));
        }
        for url in [
            "",
            "http://",
            "ftp://h",
            "http://h:99999",
            "http://u:p@h",
            "http://h/?q",
            "http://a b",
        ] {
            assert!(Target::parse(url, "").is_err(), "{url}");
        }
    }

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
