//! Headers of the user's own, which go with every request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Connections;
use crate::secret::Secret;

/// A header of the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value, which may be a key to something.
    pub value: Secret,
}

/// A text that is no header. It does not repeat what may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// No colon, or a name that is none.
    #[error("write a name, a colon and a value, such as \"X-Trace: on\"")]
    NoName,
    /// A name that is none, where only names are written.
    #[error("\"{0}\" is no name that a header can have")]
    Name(String),
    /// A value with a line end or another control character, or beyond ASCII.
    #[error("the value of {0} has a character that no header may have")]
    Value(String),
    /// A header that depends on the request.
    #[error("{0} is written by gander itself")]
    Reserved(String),
    /// Credentials without a colon, or with a control character.
    #[error("write user:password")]
    Credentials,
}

/// What depends on the request or the connection.
const RESERVED: [&str; 8] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "keep-alive",
    "soapaction",
    "transfer-encoding",
    "upgrade",
];

impl Header {
    /// Reads `Name: value`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let (name, value) = text.split_once(':').ok_or(HeaderError::NoName)?;
        Self::new(name, value).map_err(|error| match error {
            // What was meant for a value may stand there.
            HeaderError::Name(_) => HeaderError::NoName,
            other => other,
        })
    }

    /// The header `name` with a value.
    ///
    /// # Errors
    /// What is wrong with either.
    pub fn new(name: &str, value: &str) -> Result<Self, HeaderError> {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let name = name.to_owned();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(HeaderError::Name(name));
        }
        if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(HeaderError::Reserved(name));
        }
        let value = value.trim_matches([' ', '\t']);
        if !value.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t')) {
            return Err(HeaderError::Value(name));
        }
        Ok(Self { name, value: Secret::new(value) })
    }

    /// `Authorization` from `user:password`: RFC 7617.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn basic_auth(credentials: &Secret) -> Result<Self, HeaderError> {
        let text = credentials.expose();
        if !text.contains(':') || text.chars().any(char::is_control) {
            return Err(HeaderError::Credentials);
        }
        Ok(Self {
            name: "Authorization".to_owned(),
            value: Secret::new(format!("Basic {}", STANDARD.encode(text))),
        })
    }

    /// What of it must not be shown where a service repeats it: its value and the words of it, but
    /// not the scheme of `Authorization`; of basic authentication the credentials, too. Some may be
    /// too short to be told from other texts.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        if self.is("host") || self.is("user-agent") {
            return Vec::new();
        }
        let value = self.value.expose();
        let scheme = value.split(' ').next().filter(|_| {
            value.contains(' ') && (self.is("authorization") || self.is("proxy-authorization"))
        });
        let words = value.split([' ', ';', ',', '=']).filter(|word| !word.is_empty());
        let words = words.skip(usize::from(scheme.is_some())).chain([value]).map(Secret::new);
        words.chain(self.credentials().into_iter().flatten()).collect()
    }

    /// What basic authentication says, and the password in it.
    fn credentials(&self) -> Option<[Secret; 2]> {
        let (scheme, encoded) = self.value.expose().split_once(' ')?;
        let encoded = encoded.trim_matches(' ');
        let decoded =
            STANDARD.decode(encoded).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"));
        let credentials = String::from_utf8(decoded?).ok()?;
        let (_, password) = credentials.split_once(':')?;
        Some([Secret::new(password), Secret::new(credentials)])
    }

    /// Whether it is called `name`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// What goes with every request, as lines: `headers` without `Host`, which has a place of its own,
/// a `User-Agent` if there is none among them, and how long the connection is kept.
#[must_use]
pub fn common_lines(headers: &[Header], connections: Connections) -> Secret {
    let mut lines = String::new();
    if !headers.iter().any(|header| header.is("user-agent")) {
        lines.push_str(concat!("User-Agent: gander/", env!("CARGO_PKG_VERSION"), "\r\n"));
    }
    for header in headers.iter().filter(|header| !header.is("host")) {
        for piece in [&header.name, ": ", header.value.expose(), "\r\n"] {
            lines.push_str(piece);
        }
    }
    if connections == Connections::PerRequest {
        lines.push_str("Connection: close\r\n");
    }
    Secret::new(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_or_refused_without_being_repeated() {
        for (text, name, value) in [
            ("X-Trace: on", "X-Trace", "on"),
            ("a:", "a", ""),
            ("Cookie:\t a=b; c=\"d:e\" ", "Cookie", "a=b; c=\"d:e\""),
        ] {
            let header = Header::parse(text).expect(text);
            assert_eq!((&*header.name, header.value.expose()), (name, value));
        }
        for (text, words) in [
            ("", "write a name"),
            ("secret", "write a name"),
            (": secret", "write a name"),
            ("X Y: secret", "write a name"),
            ("X: secret\r\nY: z", "X has a character"),
            ("X: secret\u{e9}", "X has a character"),
            ("content-Length: 5", "written by gander itself"),
            ("SOAPAction: secret", "written by gander itself"),
        ] {
            let error = Header::parse(text).expect_err(text).to_string();
            assert!(error.contains(words) && !error.contains("secret"), "{text:?}: {error}");
        }
    }

    #[test]
    fn keys_and_passwords_are_secrets() {
        for (header, secrets) in [
            (
                "Authorization: basic YW5uYTpodW50ZXIz",
                &["YW5uYTpodW50ZXIz", "hunter3", "anna:hunter3"][..],
            ),
            ("Authorization: Bearer hunter2", &["hunter2"]),
            ("Authorization: hunter2", &["hunter2"]),
            ("Cookie: a=hunter2; b=1", &["a", "hunter2", "b", "1"]),
            ("X-Key: hunter2", &["hunter2"]),
            ("X-Key: hunter 2", &["hunter", "2"]),
            ("Host: portal.example.org", &[]),
        ] {
            let header = Header::parse(header).expect(header);
            let mut found = header.secrets();
            found.retain(|secret| *secret != header.value || !header.value.expose().contains(' '));
            found.dedup();
            let found: Vec<_> = found.iter().map(Secret::expose).collect();
            assert_eq!(found, secrets, "{}", header.name);
        }
    }

    #[test]
    fn what_goes_with_every_request_is_in_lines() {
        let parse = |text| Header::parse(text).expect(text);
        // The example of RFC 7617.
        let auth = Header::basic_auth(&Secret::new("Aladdin:open sesame")).expect("credentials");
        assert!(Header::basic_auth(&Secret::new("nobody")).is_err());
        let agent = concat!("User-Agent: gander/", env!("CARGO_PKG_VERSION"), "\r\n");
        let lines = |headers: &[Header], connections| {
            common_lines(headers, connections).expose().to_owned()
        };
        assert_eq!(lines(&[], Connections::KeepAlive), agent);
        assert_eq!(
            lines(&[parse("Host: h"), auth], Connections::PerJourney),
            format!("{agent}Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n")
        );
        assert_eq!(
            lines(&[parse("user-agent: x")], Connections::PerRequest),
            "user-agent: x\r\nConnection: close\r\n"
        );
    }
}
