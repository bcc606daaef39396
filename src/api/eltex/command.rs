//! The six commands.

/// A command of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// `sp_login`
    Login,
    /// `sp_check_session`
    CheckSession,
    /// `sp_logout`
    Logout,
    /// `sp_check_login`
    CheckLogin,
    /// `sp_change_login`
    ChangeLogin,
    /// `sp_change_password`
    ChangePassword,
}

impl Command {
    /// Every command, in the order of the API's operations.
    pub const ALL: [Self; 6] = [
        Self::Login,
        Self::CheckSession,
        Self::Logout,
        Self::CheckLogin,
        Self::ChangeLogin,
        Self::ChangePassword,
    ];

    /// Where it is posted.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Login => "/commands/sp_login",
            Self::CheckSession => "/commands/sp_check_session",
            Self::Logout => "/commands/sp_logout",
            Self::CheckLogin => "/commands/sp_check_login",
            Self::ChangeLogin => "/commands/sp_change_login",
            Self::ChangePassword => "/commands/sp_change_password",
        }
    }

    /// The command posted to `path`.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.path() == path)
    }

    /// The schema that its messages name.
    pub(super) const fn schema(self) -> &'static str {
        match self {
            Self::Login => "sp_api_login.xsd",
            Self::CheckSession => "sp_api_check_session.xsd",
            Self::Logout => "sp_api_logout.xsd",
            Self::CheckLogin => "sp_api_check_login.xsd",
            Self::ChangeLogin => "sp_api_change_login.xsd",
            Self::ChangePassword => "sp_api_change_password.xsd",
        }
    }

    /// The attributes of its request, all required.
    #[must_use]
    pub const fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Login => &["domain", "login", "password"],
            Self::CheckSession => &["domain", "login", "session"],
            Self::Logout => &["domain", "session"],
            Self::CheckLogin => &["domain", "login"],
            Self::ChangeLogin => &["domain", "oldlogin", "newlogin"],
            Self::ChangePassword => &["domain", "login", "newpassword"],
        }
    }
}
