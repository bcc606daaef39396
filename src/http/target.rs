//! Where requests go.

use url::Url;

use super::trust::server_name;

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
    pub(super) url: String,
    pub(super) message: String,
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
}
