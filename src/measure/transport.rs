//! How requests travelled, as far as a reader of the figures must know.

use serde::{Deserialize, Serialize};

/// How connections were made and used. It holds no secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TransportReport {
    /// Whether certificates were not checked, so that anybody could have answered.
    pub insecure: bool,
    /// The file of those whose certificates were trusted; `None`: those that the machine trusts.
    pub ca: Option<String>,
    /// The file of the certificate that servers were shown; with a column's name in braces where
    /// each user had its own.
    pub client_certificate: Option<String>,
    /// How long a connection was kept: `keep-alive`, `per-journey` or `per-request`.
    pub connections: String,
    /// The address that connections came from, where it was chosen.
    pub bind: Option<String>,
    /// After which time a name was resolved again, for new connections.
    pub resolve_every_seconds: Option<f64>,
    /// The names of the headers that went with every request; their values may be secrets.
    pub headers: Vec<String>,
    /// How long a body waited for the server to ask for it, where it did.
    pub expect_continue_seconds: Option<f64>,
    /// The most bytes that a reply's body might have.
    pub max_reply_bytes: usize,
    /// The most requests that might be in flight, of all users together.
    pub max_in_flight: Option<usize>,
    /// The ceiling on requests per second, of all users together, where there was one.
    pub max_rate: Option<f64>,
}
