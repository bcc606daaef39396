//! How an operation's messages travel over HTTP.

use std::fmt;

/// A way to carry requests and replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binding {
    /// SOAP 1.1 over POST, `text/xml`, routed by `SOAPAction`.
    Soap11,
    /// SOAP 1.2 over POST, `application/soap+xml`.
    Soap12,
    /// Parameters in the query of a GET.
    Get,
    /// Parameters as a form over POST.
    Post,
    /// Plain XML over POST.
    Xml,
}

impl Binding {
    /// Every binding.
    pub const ALL: [Self; 5] = [Self::Soap11, Self::Soap12, Self::Get, Self::Post, Self::Xml];

    /// Its name in scenario files and options.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Soap11 => "soap11",
            Self::Soap12 => "soap12",
            Self::Get => "get",
            Self::Post => "post",
            Self::Xml => "xml",
        }
    }

    /// The binding called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.name() == name)
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
