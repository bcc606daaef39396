//! `Host` and `Origin`: RFC 9112 section 3.2, RFC 3986 section 3.2.2, RFC 6454.

use std::net::{IpAddr, Ipv6Addr};

/// A request without the one valid `Host` that it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadHost;

/// The value of `Host`. Without one, only a client of HTTP/1.0 is served.
pub(super) fn host_of<'h>(
    mut values: impl Iterator<Item = &'h [u8]>,
    is_required: bool,
) -> Result<Option<&'h str>, BadHost> {
    match (values.next(), values.next()) {
        (None, _) if is_required => Err(BadHost),
        (None, _) => Ok(None),
        (Some(value), None) => {
            let text = str::from_utf8(value).map_err(|_| BadHost)?;
            if is_valid(text) { Ok(Some(text)) } else { Err(BadHost) }
        }
        (Some(_), Some(_)) => Err(BadHost),
    }
}

/// `uri-host [ ":" port ]`; an empty one is that of a URI without an authority.
fn is_valid(value: &str) -> bool {
    let (host, port) = split(value);
    let is_port = port.is_none_or(|port| port.bytes().all(|b| b.is_ascii_digit()));
    is_port
        && match host.strip_prefix('[') {
            Some(literal) => {
                literal.strip_suffix(']').is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok())
            }
            None => is_registered_name(host),
        }
}

fn is_registered_name(host: &str) -> bool {
    let bytes = host.as_bytes();
    (0..bytes.len()).all(|at| match bytes[at] {
        b'%' => bytes
            .get(at + 1..at + 3)
            .is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        b => b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&b),
    })
}

/// Host and port.
fn split(value: &str) -> (&str, Option<&str>) {
    match value.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (value, None),
    }
}

/// Whether a request for the simulator's own paths comes from somebody who means it: not from a page
/// of another site in a browser, by its own name for this address (DNS rebinding) or as a request
/// across origins. `reached` is the address that the connection was made to.
pub(super) fn is_own(host: Option<&str>, origin: Option<&[u8]>, reached: Option<IpAddr>) -> bool {
    // Without Host it is no browser.
    let Some(host) = host else { return origin.is_none() };
    let is_same = |origin: &[u8]| {
        let origin = str::from_utf8(origin).ok().and_then(|text| text.split_once("://"));
        origin.is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    };
    names_this_machine(split(host).0, reached) && origin.is_none_or(is_same)
}

fn names_this_machine(host: &str, reached: Option<IpAddr>) -> bool {
    let name = host.to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let plain = |ip: IpAddr| ip.to_canonical();
    let address = bare.parse::<IpAddr>().ok().map(plain);
    address.is_some_and(|ip| ip.is_loopback() || reached.map(plain) == Some(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_valid_host() {
        for (values, required, host) in [
            (&["h"][..], true, Ok(Some("h"))),
            (&["h:80"], true, Ok(Some("h:80"))),
            (&["h:"], true, Ok(Some("h:"))),
            (&[""], true, Ok(Some(""))),
            (&["127.0.0.1:9999"], true, Ok(Some("127.0.0.1:9999"))),
            (&["[::1]:9999"], true, Ok(Some("[::1]:9999"))),
            (&["a-b_c.d~%41!$&'()*+,;="], true, Ok(Some("a-b_c.d~%41!$&'()*+,;="))),
            (&[], false, Ok(None)),
            (&[], true, Err(BadHost)),
            (&["h", "h"], true, Err(BadHost)),
            (&["h", "y"], false, Err(BadHost)),
            (&["h:x"], true, Err(BadHost)),
            (&["h:80:80"], true, Err(BadHost)),
            (&["a b"], true, Err(BadHost)),
            (&["h, y"], true, Err(BadHost)),
            (&["http://h"], true, Err(BadHost)),
            (&["h/"], true, Err(BadHost)),
            (&["u@h"], true, Err(BadHost)),
            (&["h%4"], true, Err(BadHost)),
            (&["h?"], true, Err(BadHost)),
            (&["<h>"], true, Err(BadHost)),
            (&["[::1"], true, Err(BadHost)),
            (&["[h]"], true, Err(BadHost)),
            (&["::1"], true, Err(BadHost)),
            (&["\u{e9}"], true, Err(BadHost)),
        ] {
            let values = values.iter().map(|value| value.as_bytes());
            assert_eq!(host_of(values.clone(), required), host, "{:?}", values.collect::<Vec<_>>());
        }
    }

    #[test]
    fn other_sites_have_no_say() {
        let reached = Some("192.0.2.7".parse().expect("an address"));
        for (host, origin, own) in [
            (None, None, true),
            (None, Some("http://127.0.0.1"), false),
            (Some("127.0.0.1:9999"), None, true),
            (Some("127.9.9.9"), None, true),
            (Some("LOCALHOST:9999"), None, true),
            (Some("localhost."), None, true),
            (Some("a.localhost"), None, true),
            (Some("[::1]:9999"), None, true),
            (Some("[::ffff:127.0.0.1]"), None, true),
            (Some("192.0.2.7:9999"), None, true),
            (Some("192.0.2.8:9999"), None, false),
            (Some("evil.example:9999"), None, false),
            (Some("localhost.evil.example"), None, false),
            (Some("127.0.0.1.evil.example"), None, false),
            (Some("notlocalhost"), None, false),
            (Some(""), None, false),
            (Some("127.0.0.1:9999"), Some("http://127.0.0.1:9999"), true),
            (Some("localhost:9999"), Some("http://LocalHost:9999"), true),
            (Some("127.0.0.1:9999"), Some("http://127.0.0.1:8080"), false),
            (Some("127.0.0.1:9999"), Some("https://evil.example"), false),
            (Some("127.0.0.1:9999"), Some("null"), false),
            (Some("evil.example"), Some("http://evil.example"), false),
        ] {
            let found = is_own(host, origin.map(str::as_bytes), reached);
            assert_eq!(found, own, "{host:?} {origin:?}");
        }
        assert!(!is_own(Some("192.0.2.7"), None, None));
    }
}
