//! What an API says to HTTP, and HTTP to it: values, no sockets.

use super::Meaning;

/// The methods the APIs use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    #[default]
    Post,
}

impl Method {
    /// As it stands on the request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to be sent, without what depends on the connection (`Host`, `Content-Length`).
/// Written again and again into the same buffers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded.
    pub path: String,
    /// Headers, names as the documents spell them.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body; empty for GET.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// Starts anew with a method, a path and headers, keeping the buffers.
    pub fn start(
        &mut self,
        method: Method,
        path: &str,
        headers: &'static [(&'static str, &'static str)],
    ) {
        self.method = method;
        self.path.clear();
        self.path.push_str(path);
        self.headers = headers;
        self.body.clear();
    }
}

/// A request as the simulator received it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Incoming<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path without the query.
    pub path: &'a str,
    /// The query without the `?`; empty if there is none.
    pub query: &'a str,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Host`, which replies repeat where they name themselves.
    pub host: Option<&'a str>,
    /// `SOAPAction` as sent, with its quotes.
    pub soap_action: Option<&'a str>,
    /// The whole body.
    pub body: &'a [u8],
}

/// A reply that the simulator is to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The status.
    pub status: u16,
    /// `Content-Type`; `None` where there is no body to describe.
    pub content_type: Option<&'static str>,
    /// `Allow`, where the method is not.
    pub allow: Option<&'static str>,
    /// Further headers.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: Vec<u8>,
    /// What all of this says.
    pub meaning: Meaning,
}

impl Outgoing {
    /// A reply of `status` with a body of `content_type`, and no meaning to the API.
    #[must_use]
    pub fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            content_type: Some(content_type),
            body,
            ..Self::empty(status)
        }
    }

    /// A reply of `status` alone, and no meaning to the API.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            content_type: None,
            allow: None,
            headers: &[],
            body: Vec::new(),
            meaning: Meaning::Other,
        }
    }

    /// The same reply, which says this.
    #[must_use]
    pub fn meaning(self, meaning: Meaning) -> Self {
        Self { meaning, ..self }
    }

    /// 405, with the methods that are allowed.
    #[must_use]
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::empty(405) }
    }
}
