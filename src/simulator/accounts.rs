//! Who may log in to the simulator.

use crate::api::{Account, Api, Store, StoreLimits};

/// How many users are generated unless somebody says otherwise.
pub const DEFAULT_USERS: usize = 10_000;

/// The accounts of all simulated services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountSet {
    /// `user0` and on, with `password0` and on, and `blocked`, whose address is not allowed; the
    /// same for each API.
    Generated(usize),
    /// These, each for the API of that name, or for all if it is empty.
    Given(Vec<(String, Account)>),
}

impl Default for AccountSet {
    fn default() -> Self {
        Self::Generated(DEFAULT_USERS)
    }
}

impl AccountSet {
    /// The store of `api`, with its accounts.
    pub(super) fn store_for(&self, api: &dyn Api, limits: StoreLimits) -> Store {
        let accounts: Vec<Account> = match self {
            Self::Generated(users) => (0..*users)
                .map(Account::generated)
                .chain([Account::generated_blocked()])
                .collect(),
            Self::Given(accounts) => accounts
                .iter()
                .filter(|(name, _)| name.is_empty() || name == api.name())
                .map(|(_, account)| account.clone())
                .collect(),
        };
        let placed = accounts.into_iter().map(|mut account| {
            if !api.has_domains() {
                account.domain.clear();
            }
            account
        });
        Store::new(placed, limits)
    }
}
