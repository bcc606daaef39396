//! How an exchange ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How an exchange ended. Each has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The service did what it was asked.
    Accepted,
    /// Done, with the data of another user: sessions are mixed up.
    MixedUp,
    /// The service said no in its own terms.
    Refused,
    /// A SOAP fault.
    Fault,
    /// Status 200, and a body that is not what the contract says.
    Malformed,
    /// Another HTTP status.
    Http,
    /// The service sends its clients elsewhere, where they do not go.
    Redirect,
    /// Bytes that are not HTTP.
    Protocol,
    /// No reply, or no connection, in time.
    Timeout,
    /// No connection.
    Connect,
    /// A connection that TLS has something against: a certificate, most often.
    Tls,
    /// The connection broke before the reply was whole.
    Reset,
    /// In flight when the run was ended.
    Cut,
    /// The request could not be written, since its values do not fit its binding.
    Unsent,
    /// This machine failed: no free port, descriptor or memory.
    Local,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 15] = [
        Self::Accepted,
        Self::MixedUp,
        Self::Refused,
        Self::Fault,
        Self::Malformed,
        Self::Http,
        Self::Redirect,
        Self::Protocol,
        Self::Timeout,
        Self::Connect,
        Self::Tls,
        Self::Reset,
        Self::Cut,
        Self::Unsent,
        Self::Local,
    ];

    /// Its name in tables and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::MixedUp => "mixed up",
            Self::Refused => "refused",
            Self::Fault => "fault",
            Self::Malformed => "malformed",
            Self::Http => "http",
            Self::Redirect => "redirect",
            Self::Protocol => "protocol",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Reset => "reset",
            Self::Cut => "cut",
            Self::Unsent => "unsent",
            Self::Local => "local",
        }
    }

    /// Whether the time of an exchange that ended so is one of the latencies: a reply as expected,
    /// or a time-out, which is the least such a reply would have taken. A refusal that comes fast
    /// must not make a service that is failing look fast, nor a connection that fails.
    #[must_use]
    pub fn is_timed(self, expected: bool) -> bool {
        expected || self == Self::Timeout
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
