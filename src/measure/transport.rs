//! How requests travelled, as far as a reader of the figures must know.

use serde::{Deserialize, Serialize};

/// How connections were made and used. It holds no secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TransportReport {
    /// Whether certificates were not checked, so that anybody could have answered.
    pub insecure: bool,
    /// The file of those whose certificates were trusted; `None`: those that the machine trusts.
    pub ca: Option<String>,
    /// The file of the certificate that servers were shown.
    pub client_certificate: Option<String>,
}
