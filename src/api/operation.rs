//! What an API can be asked, as data: scenarios are checked against it.

/// One operation of an API.
#[derive(Debug)]
pub struct Operation {
    /// Its name in the API's documents.
    pub name: &'static str,
    /// What it does in the life of a session.
    pub role: Role,
    /// What it does, in one line.
    pub summary: &'static str,
    /// What a request carries.
    pub inputs: &'static [Input],
    /// The fields of a good reply.
    pub outputs: &'static [&'static str],
    /// Which of the outputs is the session that it opens.
    pub opens: Option<&'static str>,
    /// The documented words of its answers: codes, descriptions, meanings.
    pub answers: &'static [&'static str],
}

/// What an operation does in the life of a session. A scenario may name a step by it and so be
/// played against any API that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Opens a session.
    Login,
    /// Asks whether a session is alive.
    CheckSession,
    /// Ends a session.
    Logout,
    /// Anything else.
    Other,
}

impl Role {
    /// The roles a scenario may name.
    pub const NAMED: [Self; 3] = [Self::Login, Self::CheckSession, Self::Logout];

    /// Its name in scenario files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::CheckSession => "check_session",
            Self::Logout => "logout",
            Self::Other => "other",
        }
    }
}

/// A value that a request carries.
#[derive(Debug)]
pub struct Input {
    /// Its name in the API's documents.
    pub name: &'static str,
    /// Where its value comes from unless a scenario says otherwise.
    pub source: Source,
}

/// Where the value of an input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The user's login.
    Login,
    /// The user's password.
    Password,
    /// The user's domain.
    Domain,
    /// The session opened by an earlier step.
    Session,
    /// A fixed text.
    Literal(&'static str),
    /// The scenario must give it.
    Required,
}

impl Operation {
    /// The index of the input called `name`, or of the one that plays this part: `password` is
    /// `Password` where an API calls it so.
    #[must_use]
    pub fn input_named(&self, name: &str) -> Option<usize> {
        let part = match name {
            "login" => Some(Source::Login),
            "password" => Some(Source::Password),
            "domain" => Some(Source::Domain),
            "session" => Some(Source::Session),
            _ => None,
        };
        let named = self.inputs.iter().position(|input| input.name == name);
        named.or_else(|| self.inputs.iter().position(|input| Some(input.source) == part))
    }
}

impl Input {
    /// Whether its value must not be shown to anyone.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self.source, Source::Password | Source::Session)
            || self.name.to_ascii_lowercase().contains("password")
    }
}
