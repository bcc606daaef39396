//! What a reply says, by the one word that both ends count it under.

use super::Verdict;

/// What a reply says, as the service that wrote it knows. A client that reads the reply has the
/// [`Verdict`] of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The operation was done.
    Accepted,
    /// The service says no, in its own words.
    Refused,
    /// A SOAP fault.
    Fault,
    /// Nothing in the API's own terms: a bare status, a page, a description.
    #[default]
    Other,
}

impl Meaning {
    /// Every meaning.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Refused, Self::Fault, Self::Other];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Fault => "fault",
            Self::Other => "other",
        }
    }
}

impl From<&Verdict<'_>> for Meaning {
    fn from(verdict: &Verdict<'_>) -> Self {
        match verdict {
            Verdict::Accepted(_) => Self::Accepted,
            Verdict::Refused { .. } => Self::Refused,
            Verdict::Fault { .. } => Self::Fault,
            Verdict::Malformed(_) | Verdict::Http(_) => Self::Other,
        }
    }
}
