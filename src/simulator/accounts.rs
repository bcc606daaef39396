//! Who may log in to the simulator.

use crate::api::{Account, Api};

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
    /// The accounts of `api`.
    pub(super) fn accounts_for(&self, api: &dyn Api) -> Vec<Account> {
        let mut accounts: Vec<Account> = match self {
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
        if !api.has_domains() {
            for account in &mut accounts {
                account.domain.clear();
            }
        }
        accounts
    }
}
