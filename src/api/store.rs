//! The accounts and sessions of one simulated service. Pure: time and randomness come in with
//! each [`Visit`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The domain of generated accounts, where an API has domains.
pub const DEFAULT_DOMAIN: &str = "gander.local";

/// Random bytes for the id of a session that a visit may open.
pub type Entropy = [u8; 20];

/// When a request came, and the randomness it may use.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// When the request came.
    pub now: Instant,
    /// From a cryptographic source, fresh for each visit.
    pub entropy: Entropy,
}

impl Visit {
    /// A new id of so many lower-case hexadecimal digits, forty at most.
    #[must_use]
    pub fn id(&self, digits: usize) -> String {
        let nibbles = self.entropy.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        nibbles
            .map(|nibble| char::from(b"0123456789abcdef"[usize::from(nibble)]))
            .take(digits)
            .collect()
    }
}

/// Someone who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The login name.
    pub login: String,
    /// The password.
    pub password: String,
    /// The domain; empty where the API has none.
    pub domain: String,
    /// Whether a right password is enough.
    pub state: AccountState,
}

/// Whether a right password is enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountState {
    /// May log in.
    #[default]
    Active,
    /// Asks from an address that is not allowed; only related has an answer for that, the
    /// others treat it as a wrong password.
    BlockedIp,
}

impl Account {
    /// The account of generated user `index`, which the load engine and the simulator agree on:
    /// `user0`, `password0`, and so on.
    #[must_use]
    pub fn generated(index: usize) -> Self {
        Self {
            login: format!("user{index}"),
            password: format!("password{index}"),
            domain: DEFAULT_DOMAIN.to_owned(),
            state: AccountState::Active,
        }
    }

    /// The generated account whose address is not allowed: `blocked`, `password`.
    #[must_use]
    pub fn generated_blocked() -> Self {
        Self {
            login: "blocked".to_owned(),
            password: "password".to_owned(),
            domain: DEFAULT_DOMAIN.to_owned(),
            state: AccountState::BlockedIp,
        }
    }
}

/// How long and how many sessions live.
#[derive(Clone, Copy, Debug)]
pub struct StoreLimits {
    /// A session ends this long after it was opened or last used.
    pub session_ttl: Duration,
    /// At this many sessions the ones that would expire first make room.
    pub max_sessions: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            session_ttl: Duration::from_secs(30 * 60),
            max_sessions: 1_000_000,
        }
    }
}

/// Why a login was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// No such account, or another password.
    WrongPair,
    /// The right pair from a blocked address.
    BlockedIp,
}

/// What became of a wish to change an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was changed.
    Done,
    /// There is no such account.
    NotExists,
    /// Another account has the wanted login.
    AlreadyExists,
}

/// The accounts and sessions of one service, for many threads at once.
#[derive(Debug)]
pub struct Store {
    limits: StoreLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accounts: Vec<Account>,
    /// Domain, then login, to the index of the account.
    directory: HashMap<String, HashMap<String, usize>>,
    sessions: HashMap<String, Session>,
    /// How many sessions may be there before the expired ones are swept.
    sweep_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    account: usize,
    expires: Instant,
}

impl Store {
    /// A store of `accounts`; of two with the same domain and login the later one counts.
    #[must_use]
    pub fn new(accounts: impl IntoIterator<Item = Account>, limits: StoreLimits) -> Self {
        Self { limits, state: Mutex::new(State::of(accounts)) }
    }

    /// Starts anew with these accounts and no sessions.
    pub fn restart(&self, accounts: impl IntoIterator<Item = Account>) {
        // Made before the lock is taken, so that others need not wait for it.
        let state = State::of(accounts);
        *self.lock() = state;
    }

    /// Opens the session `id` for the account if the pair is right.
    ///
    /// # Errors
    /// Why not.
    pub fn login(
        &self,
        domain: &str,
        login: &str,
        password: &str,
        id: &str,
        now: Instant,
    ) -> Result<(), LoginRefusal> {
        let mut state = self.lock();
        let index = state
            .find(domain, login)
            .filter(|&index| state.accounts[index].password == password)
            .ok_or(LoginRefusal::WrongPair)?;
        if state.accounts[index].state == AccountState::BlockedIp {
            return Err(LoginRefusal::BlockedIp);
        }
        state.make_room(&self.limits, now);
        let session = Session { account: index, expires: now + self.limits.session_ttl };
        state.sessions.insert(id.to_owned(), session);
        Ok(())
    }

    /// Whether session `id` is alive and belongs to that login; keeps it alive if so.
    pub fn check(&self, domain: &str, login: &str, id: &str, now: Instant) -> bool {
        let mut state = self.lock();
        let Some(account) = state.find(domain, login) else {
            return false;
        };
        match state.sessions.get_mut(id) {
            Some(session) if session.account == account && session.expires > now => {
                session.expires = now + self.limits.session_ttl;
                true
            }
            _ => false,
        }
    }

    /// Ends session `id` of an account in `domain`; `false` if there was none alive.
    pub fn logout(&self, domain: &str, id: &str, now: Instant) -> bool {
        let mut state = self.lock();
        let Some(&session) = state.sessions.get(id) else {
            return false;
        };
        if state.accounts[session.account].domain != domain {
            return false;
        }
        state.sessions.remove(id);
        session.expires > now
    }

    /// Whether anybody belongs to this domain.
    pub fn has_domain(&self, domain: &str) -> bool {
        self.lock().directory.contains_key(domain)
    }

    /// Whether nobody has this login.
    pub fn login_is_free(&self, domain: &str, login: &str) -> bool {
        self.lock().find(domain, login).is_none()
    }

    /// Gives an account another login. Its sessions live on.
    pub fn change_login(&self, domain: &str, old: &str, new: &str) -> Change {
        let mut state = self.lock();
        let Some(index) = state.find(domain, old) else {
            return Change::NotExists;
        };
        if state.find(domain, new).is_some() {
            return Change::AlreadyExists;
        }
        let logins = state.directory.get_mut(domain).expect("an account was found in this domain");
        logins.remove(old);
        logins.insert(new.to_owned(), index);
        new.clone_into(&mut state.accounts[index].login);
        Change::Done
    }

    /// Gives an account another password. Its sessions live on.
    pub fn change_password(&self, domain: &str, login: &str, new: &str) -> Change {
        let mut state = self.lock();
        let Some(index) = state.find(domain, login) else {
            return Change::NotExists;
        };
        new.clone_into(&mut state.accounts[index].password);
        Change::Done
    }

    /// How many sessions are alive. They are counted, which holds up others while it lasts: a few
    /// milliseconds for a million.
    #[must_use]
    pub fn live_sessions(&self, now: Instant) -> usize {
        self.lock().sessions.values().filter(|s| s.expires > now).count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every method leaves the state whole at each point where it could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of(accounts: impl IntoIterator<Item = Account>) -> Self {
        let mut state = Self { sweep_at: 1024, ..Self::default() };
        for account in accounts {
            let index = state.accounts.len();
            state
                .directory
                .entry(account.domain.clone())
                .or_default()
                .insert(account.login.clone(), index);
            state.accounts.push(account);
        }
        state
    }

    fn find(&self, domain: &str, login: &str) -> Option<usize> {
        self.directory.get(domain)?.get(login).copied()
    }

    /// Sweeps the expired sessions each time their number has doubled, so that a login costs
    /// constant time on average, and evicts a tenth where nothing has expired.
    fn make_room(&mut self, limits: &StoreLimits, now: Instant) {
        if self.sessions.len() < self.sweep_at.min(limits.max_sessions) {
            return;
        }
        self.sessions.retain(|_, session| session.expires > now);
        if self.sessions.len() >= limits.max_sessions {
            let mut ends: Vec<_> = self.sessions.values().map(|s| s.expires).collect();
            let tenth = limits.max_sessions / 10;
            let (_, &mut until, _) = ends.select_nth_unstable(tenth);
            self.sessions.retain(|_, session| session.expires > until);
        }
        self.sweep_at = (2 * self.sessions.len()).max(1024);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(ttl: u64, max_sessions: usize) -> Store {
        Store::new(
            (0..3).map(Account::generated),
            StoreLimits { session_ttl: Duration::from_secs(ttl), max_sessions },
        )
    }

    #[test]
    fn an_id_is_the_entropy_in_hexadecimal_digits() {
        let mut entropy = Entropy::default();
        entropy[..3].copy_from_slice(&[0x0f, 0xa0, 0x5b]);
        let visit = Visit { now: Instant::now(), entropy };
        assert_eq!(visit.id(5), "0fa05");
        assert_eq!(visit.id(40), format!("0fa05b{}", "0".repeat(34)));
        assert_eq!(visit.id(41).len(), 40);
    }

    #[test]
    fn a_session_lives_from_login_to_logout() {
        let (store, now) = (store(60, 10), Instant::now());
        let d = DEFAULT_DOMAIN;
        assert_eq!(store.login(d, "user1", "wrong", "s", now), Err(LoginRefusal::WrongPair));
        assert_eq!(store.login("", "user1", "password1", "s", now), Err(LoginRefusal::WrongPair));
        assert!(!store.check(d, "user1", "s", now));
        assert_eq!(store.login(d, "user1", "password1", "s", now), Ok(()));
        assert!(store.check(d, "user1", "s", now));
        assert!(!store.check(d, "user2", "s", now), "another user's session");
        assert!(!store.logout("elsewhere", "s", now));
        assert!(store.logout(d, "s", now));
        assert!(!store.logout(d, "s", now));
        assert!(!store.check(d, "user1", "s", now));
    }

    #[test]
    fn a_session_expires_unless_it_is_used() {
        let (store, start) = (store(60, 10), Instant::now());
        let at = |s| start + Duration::from_secs(s);
        store
            .login(DEFAULT_DOMAIN, "user0", "password0", "s", start)
            .expect("right pair");
        assert!(store.check(DEFAULT_DOMAIN, "user0", "s", at(59)));
        assert!(store.check(DEFAULT_DOMAIN, "user0", "s", at(118)));
        assert!(!store.check(DEFAULT_DOMAIN, "user0", "s", at(178)));
        assert!(!store.logout(DEFAULT_DOMAIN, "s", at(178)));
    }

    #[test]
    fn a_restart_undoes_sessions_and_changes() {
        let (store, now, d) = (store(60, 10), Instant::now(), DEFAULT_DOMAIN);
        store.login(d, "user0", "password0", "s", now).expect("right pair");
        assert_eq!(store.change_login(d, "user0", "new"), Change::Done);
        assert_eq!(store.change_password(d, "new", "p"), Change::Done);
        store.restart((0..3).map(Account::generated));
        assert_eq!(store.live_sessions(now), 0);
        assert!(!store.check(d, "user0", "s", now) && store.login_is_free(d, "new"));
        assert_eq!(store.login(d, "user0", "password0", "s", now), Ok(()));
    }

    #[test]
    fn sessions_are_bounded_and_the_oldest_go() {
        let (store, start) = (store(600, 100), Instant::now());
        for i in 0..1000_u32 {
            let now = start + Duration::from_millis(u64::from(i));
            store
                .login(DEFAULT_DOMAIN, "user0", "password0", &i.to_string(), now)
                .expect("right pair");
            assert!(store.live_sessions(now) <= 100);
            assert!(store.check(DEFAULT_DOMAIN, "user0", &i.to_string(), now));
        }
        assert!(!store.check(DEFAULT_DOMAIN, "user0", "0", start));
    }

    #[test]
    fn a_changed_login_takes_its_sessions_along() {
        let (store, now, d) = (store(60, 10), Instant::now(), DEFAULT_DOMAIN);
        store.login(d, "user0", "password0", "s", now).expect("right pair");
        assert_eq!(store.change_login(d, "user0", "user1"), Change::AlreadyExists);
        assert_eq!(store.change_login(d, "nobody", "new"), Change::NotExists);
        assert!(store.login_is_free(d, "new"));
        assert_eq!(store.change_login(d, "user0", "new"), Change::Done);
        assert!(!store.login_is_free(d, "new") && store.login_is_free(d, "user0"));
        assert!(store.check(d, "new", "s", now) && !store.check(d, "user0", "s", now));
        assert_eq!(store.change_password(d, "user0", "p"), Change::NotExists);
        assert_eq!(store.change_password(d, "new", "p"), Change::Done);
        assert!(store.check(d, "new", "s", now));
        assert_eq!(store.login(d, "new", "password0", "t", now), Err(LoginRefusal::WrongPair));
        assert_eq!(store.login(d, "new", "p", "t", now), Ok(()));
    }
}
