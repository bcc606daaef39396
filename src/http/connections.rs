//! How long a connection is kept.

use std::fmt;

/// How long a user keeps a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connections {
    /// As long as the server does.
    #[default]
    KeepAlive,
    /// For one journey, as a visitor does who comes once.
    PerJourney,
    /// For one request, and says so (`Connection: close`).
    PerRequest,
}

impl Connections {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::KeepAlive, Self::PerJourney, Self::PerRequest];

    /// The name people use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeepAlive => "keep-alive",
            Self::PerJourney => "per-journey",
            Self::PerRequest => "per-request",
        }
    }

    /// The policy called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
