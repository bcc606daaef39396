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
    /// The service's own path as the URL has it, maybe in other letter case than documented; empty if
    /// the URL does not go so far.
    pub service: String,
}

/// A URL that is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("target{shown}: {message}")]
pub struct TargetError {
    /// A blank and what may be shown of the URL in quotes, or nothing.
    shown: String,
    message: String,
}

impl TargetError {
    /// Of `url`, no more is shown than scheme, host and port: what else it has may be a password or a
    /// key.
    pub(super) fn new(url: &str, message: impl Into<String>) -> Self {
        let shown = origin(url).map_or(String::new(), |origin| format!(" \"{origin}\""));
        Self { shown, message: message.into() }
    }
}

/// The part of `url` up to its port, where it looks like one without credentials.
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://").map_or(0, |at| at + "://".len());
    let len = url[start..].find(['/', '?', '#', '\\']).unwrap_or(url.len() - start);
    let authority = &url[start..start + len];
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    let is_name = |c: char| c.is_alphanumeric() || "-._[]:".contains(c);
    let scheme = url[..start].trim_end_matches("://");
    // `anna:password` without its host looks like a host and a port.
    let is_bare = !url.contains('@')
        && scheme.chars().all(|c| c.is_ascii_alphanumeric())
        && host.chars().all(is_name)
        && (host.starts_with('[') || !host.contains(':'))
        && port.bytes().all(|b| b.is_ascii_digit());
    (is_bare && !authority.is_empty()).then(|| &url[..start + len])
}

impl Target {
    /// Reads `http://host:port/prefix`, or `https://`; without a scheme, `http://` is meant. A URL that
    /// goes on to `service_path` in any letter case, as people copy it from a browser, is cut there,
    /// and its spelling is kept: servers on Windows take any, others only their own.
    ///
    /// # Errors
    /// What is wrong with it and what to write.
    pub fn parse(url: &str, service_path: &str) -> Result<Self, TargetError> {
        let fail = |message: &str| TargetError::new(url, message);
        let full = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let parsed =
            Url::parse(&full).map_err(|error| fail(&format!("{error}: write http://host:port")))?;
        let tls = match parsed.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(fail("write http://host:port or https://host:port")),
        };
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(fail(
                "a URL with a user name is not supported: use --basic-auth or GANDER_BASIC_AUTH",
            ));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(fail("remove the query and the fragment, which follow the path"));
        }
        let host = parsed.host().ok_or_else(|| fail("no host: write http://host:port"))?;
        let host = host.to_string();
        if tls && server_name(&host).is_err() {
            return Err(fail("no certificate can be for this host"));
        }
        let path = parsed.path();
        let (prefix, service) = match find_service(path, service_path) {
            Some(at) => (&path[..at], &path[at..at + service_path.len()]),
            None => (path, ""),
        };
        Ok(Self {
            tls,
            host,
            port: parsed.port_or_known_default().expect("both schemes have a port"),
            prefix: prefix.trim_end_matches('/').to_owned(),
            service: service.to_owned(),
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

/// Where the last part of `path` begins that is `service_path` and ends where a segment does.
fn find_service(path: &str, service_path: &str) -> Option<usize> {
    let len = service_path.len();
    let last = path.len().checked_sub(len).filter(|_| len > 0)?;
    (0..=last).rev().find(|&at| {
        path.get(at..at + len)
            .is_some_and(|part| part.eq_ignore_ascii_case(service_path))
            && matches!(path.as_bytes().get(at + len), None | Some(b'/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_people_write_them() {
        for (url, service_path, host, port, path) in [
            ("http://127.0.0.1:9999", "/commands", "127.0.0.1", 9999, ["", ""]),
            ("127.0.0.1:9999", "/commands", "127.0.0.1", 9999, ["", ""]),
            ("localhost:80/", "", "localhost", 80, ["", ""]),
            ("http://h/a/b/", "/auth.asmx", "h", 80, ["/a/b", ""]),
            ("http://h/a/auth.asmx", "/auth.asmx", "h", 80, ["/a", "/auth.asmx"]),
            ("http://h/a/AUTH.asmx/", "/auth.asmx", "h", 80, ["/a", "/AUTH.asmx"]),
            ("http://h/Auth.ASMX/login", "/auth.asmx", "h", 80, ["", "/Auth.ASMX"]),
            (
                "http://h/auth.asmx/auth.asmx/x",
                "/auth.asmx",
                "h",
                80,
                ["/auth.asmx", "/auth.asmx"],
            ),
            ("http://h/xauth.asmx", "/auth.asmx", "h", 80, ["/xauth.asmx", ""]),
            ("http://h/auth.asmxx", "/auth.asmx", "h", 80, ["/auth.asmxx", ""]),
            (
                "http://h/%D0%96%D0%96/auth.asmx",
                "/auth.asmx",
                "h",
                80,
                ["/%D0%96%D0%96", "/auth.asmx"],
            ),
            ("http://h:1/commands/sp_login", "/commands", "h", 1, ["", "/commands"]),
            ("http://h/commands-proxy/v1", "/commands", "h", 80, ["/commands-proxy/v1", ""]),
            (
                "http://h/commands/x/commands",
                "/commands",
                "h",
                80,
                ["/commands/x", "/commands"],
            ),
            ("http://[::1]:8080", "", "[::1]", 8080, ["", ""]),
            ("https://h", "", "h", 443, ["", ""]),
            ("https://h:80/a", "", "h", 80, ["/a", ""]),
        ] {
            let target = Target::parse(url, service_path).expect(url);
            assert_eq!(
                (&*target.host, target.port, [&*target.prefix, &*target.service]),
                (host, port, path),
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
        for (url, shown) in [
            ("ftp://h", "target \"ftp://h\": "),
            ("http://h:99999/hunter2", "target \"http://h:99999\": "),
            ("http://[::1]:99999/", "target \"http://[::1]:99999\": "),
            ("ftp://[::1]", "target \"ftp://[::1]\": "),
            ("http://anna:hunter2@h", "target: "),
            ("http://anna:hunter2", "target: "),
            ("http://a%3Ahunter2", "target: "),
            ("http://hunter2@h:99999", "target: "),
            ("hunter2://h", "target \"hunter2://h\": "),
            ("http://h?hunter2", "target \"http://h\": "),
            ("http:///hunter2 2@", "target: "),
        ] {
            let error = Target::parse(url, "").expect_err(url).to_string();
            assert!(error.starts_with(shown), "{url}: {error}");
        }
    }
}
