//! What a service does, in lists.

use std::time::Duration;

use super::TTL;
use super::call::{Call, Oddity};
use crate::api::{Account, AccountState};

/// What the model knows: everything in lists.
pub(super) struct Model {
    pub(super) accounts: Vec<Account>,
    pub(super) sessions: Vec<Session>,
    pub(super) max_sessions: usize,
}

pub(super) struct Session {
    id: String,
    /// The index of its account.
    owner: usize,
    /// When it was opened or used last.
    used: Duration,
}

impl Model {
    pub(super) fn account(&self, domain: &str, login: &str) -> Option<usize> {
        self.accounts.iter().position(|a| a.domain == domain && a.login == login)
    }

    /// Takes away what has expired.
    pub(super) fn expire(&mut self, now: Duration) {
        self.sessions.retain(|session| now < session.used + TTL);
    }

    /// The account that this pair lets in.
    pub(super) fn pair(&self, call: &Call) -> Option<usize> {
        let index = self.account(call.domain, &call.login)?;
        (self.accounts[index].password == call.password).then_some(index)
    }

    pub(super) fn is_blocked(&self, account: usize) -> bool {
        self.accounts[account].state == AccountState::BlockedIp
    }

    /// Takes the session that a login opened. Where there are too many, those that would expire
    /// first have made room for it.
    pub(super) fn open(&mut self, owner: usize, id: String, now: Duration) {
        if self.sessions.len() >= self.max_sessions {
            let first = self.sessions.iter().map(|session| session.used).min();
            self.sessions.retain(|session| Some(session.used) != first);
        }
        self.sessions.push(Session { id, owner, used: now });
    }

    /// The index of the session of `call`, if it is of an account in its domain.
    pub(super) fn session(&self, call: &Call) -> Option<usize> {
        self.sessions.iter().position(|session| {
            session.id == call.session && self.accounts[session.owner].domain == call.domain
        })
    }

    /// Whether there was a session to end.
    pub(super) fn close(&mut self, call: &Call) -> bool {
        let found = self.session(call);
        if let Some(at) = found {
            self.sessions.remove(at);
        }
        found.is_some()
    }

    /// The verdict on `call`, and what it does.
    pub(super) fn verdict(
        &mut self,
        call: &Call,
        opened: Option<&str>,
        now: Duration,
    ) -> &'static str {
        self.expire(now);
        let pair = self.pair(call);
        let allowed = pair.filter(|&account| !self.is_blocked(account));
        // In SOAP the first one counts.
        if call.oddity == Oddity::TwiceInForm {
            // Both as one, with a comma between.
            return "refused: 2 wrong name or password";
        }
        let is_login = matches!(call.operation, "CreateSession" | "Login" | "sp_login");
        let is_known = self.accounts.iter().any(|account| account.domain == call.domain);
        if let (true, Some(owner)) = (is_login, allowed) {
            self.open(owner, opened.expect("a login gives a session").to_owned(), now);
            return "accepted";
        }
        match call.operation {
            "CreateSession" if call.login.is_empty() => "refused: 1 name is empty",
            "CreateSession" => "refused: 2 wrong name or password",
            "Login" if pair.is_some() => "refused: 99 Invalip IP",
            "Login" => "refused: 99 No such user/password!",
            "Logout" if self.close(call) => "accepted",
            "Logout" => "refused: 9998 Unauthorized User!",
            "sp_login" => "refused: invalid pair login/password",
            _ if !is_known => "refused: not_exists",
            "sp_check_session" => {
                let user = self.account(call.domain, &call.login);
                let found = self.session(call);
                match found.filter(|&at| Some(self.sessions[at].owner) == user) {
                    Some(at) => {
                        self.sessions[at].used = now;
                        "accepted"
                    }
                    None => "refused: not_exists",
                }
            }
            "sp_logout" if self.close(call) => "accepted",
            "sp_logout" => "refused: not_exists",
            "sp_check_login" => match self.account(call.domain, &call.login) {
                Some(_) => "accepted: taken",
                None => "accepted: free",
            },
            "sp_change_login" => {
                let account = |login| self.account(call.domain, login);
                match (account(&call.login), account(&call.other)) {
                    (None, _) => "refused: not_exists",
                    (Some(_), Some(_)) => "refused: already_exists",
                    (Some(index), None) => {
                        self.accounts[index].login.clone_from(&call.other);
                        "accepted"
                    }
                }
            }
            "sp_change_password" => match self.account(call.domain, &call.login) {
                Some(index) => {
                    self.accounts[index].password.clone_from(&call.password);
                    "accepted"
                }
                None => "refused: not_exists",
            },
            operation => panic!("the model does not know {operation}"),
        }
    }
}
