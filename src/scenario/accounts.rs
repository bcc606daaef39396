//! Who logs in: rows of a CSV file, or generated.

use std::path::{Path, PathBuf};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::Outside;
use super::accounts_file::{AccountsError, AccountsFile};
use crate::api::{Account, AccountState, Api};
#[cfg(feature = "cli")]
use crate::http::Tls;
use crate::secret::Secret;

/// Accounts with their columns: `login`, `password`, `domain`, then whatever else the file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// The names of the columns.
    pub columns: Vec<String>,
    rows: Rows,
    lending: Lending,
}

/// How accounts are lent to users, each for as long as the user is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lending {
    /// One account may be lent to several users, and so be in several sessions at once.
    pub shared: bool,
    /// The seed of a random order; `None`: as they stand in the file.
    pub shuffled: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rows {
    Generated,
    Read(PathBuf, Vec<Row>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    /// The API it is for; empty: for any.
    api: String,
    line: usize,
    values: Vec<Secret>,
}

/// An account as it is lent to a user.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Its values, in the order of the columns. Any of them may be a secret.
    pub values: Vec<Secret>,
    /// Its line in the file, if it is from one.
    pub line: Option<usize>,
    /// What its connections are made with, where users have certificates of their own.
    #[cfg(feature = "cli")]
    pub tls: Option<Tls>,
}

impl User {
    fn new(values: Vec<Secret>, line: Option<usize>) -> Self {
        Self {
            values,
            line,
            #[cfg(feature = "cli")]
            tls: None,
        }
    }
}

/// The columns every account has.
const COLUMNS: [&str; 3] = ["login", "password", "domain"];
const DOMAIN: usize = 2;

/// The column that is shown nowhere.
#[cfg(feature = "cli")]
pub(super) const PASSWORD: usize = 1;

impl Accounts {
    /// As many accounts as anybody asks for: `user0` and on.
    #[must_use]
    pub fn generated() -> Self {
        Self {
            columns: COLUMNS.map(String::from).into(),
            rows: Rows::Generated,
            lending: Lending::default(),
        }
    }

    /// The same accounts, to be lent so.
    #[must_use]
    pub fn lent(self, lending: Lending) -> Self {
        Self { lending, ..self }
    }

    /// The accounts of a CSV file with a header: `login` and `password`, further `domain`, `api`
    /// (to be used for that API only), `state` (`blocked_ip` ones are passed over), and any other
    /// column, which scenarios may use by its name.
    ///
    /// # Errors
    /// When the file cannot be read, has no single meaning, lacks a column, or has no account.
    pub fn read(path: &Path, outside: &dyn Outside) -> Result<Self, AccountsError> {
        let file = AccountsFile::read(path, outside)?;
        let table = file.table()?;
        let extra = table.header.iter().filter(|name| {
            !COLUMNS.contains(&name.as_str()) && !["api", "state"].contains(&name.as_str())
        });
        let columns: Vec<String> =
            COLUMNS.map(String::from).into_iter().chain(extra.cloned()).collect();
        let places: Vec<_> = columns.iter().map(|name| table.place(name)).collect();
        let mut rows = Vec::new();
        for record in &table.rows {
            if table.state(record)? == AccountState::BlockedIp {
                continue;
            }
            let value = |place: &Option<usize>| place.map_or("", |place| &record.values[place]);
            rows.push(Row {
                api: table.value(record, "api").to_owned(),
                line: record.line,
                values: places.iter().map(|place| Secret::new(value(place))).collect(),
            });
        }
        if rows.is_empty() {
            return Err(file.error("every account in it is blocked: one must be active"));
        }
        Ok(Self {
            columns,
            rows: Rows::Read(path.to_owned(), rows),
            lending: Lending::default(),
        })
    }

    /// The file they were read from, if any.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.rows {
            Rows::Generated => None,
            Rows::Read(path, _) => Some(path),
        }
    }

    /// Whether any account belongs to a domain.
    #[must_use]
    pub fn have_domains(&self) -> bool {
        match &self.rows {
            Rows::Generated => true,
            Rows::Read(_, rows) => rows.iter().any(|row| !row.values[DOMAIN].expose().is_empty()),
        }
    }

    /// How many users accounts for `api` can be lent to; generated ones to as many as there are.
    #[must_use]
    pub fn available(&self, api: &dyn Api) -> usize {
        match &self.rows {
            Rows::Generated => usize::MAX,
            Rows::Read(_, rows) => match rows.iter().filter(|row| row.is_for(api)).count() {
                0 => 0,
                _ if self.lending.shared => usize::MAX,
                count => count,
            },
        }
    }

    /// Accounts for `count` users of `api`, or for as many as there are.
    #[must_use]
    pub fn take(&self, api: &dyn Api, count: usize) -> Vec<User> {
        let Rows::Read(_, rows) = &self.rows else { return (0..count).map(generated).collect() };
        let mut own: Vec<&Row> = rows.iter().filter(|row| row.is_for(api)).collect();
        if let Some(seed) = self.lending.shuffled {
            own.shuffle(&mut StdRng::seed_from_u64(seed));
        }
        let most = if self.lending.shared { count } else { count.min(own.len()) };
        let lent = own.iter().cycle().take(most);
        lent.map(|row| User::new(row.values.clone(), Some(row.line))).collect()
    }
}

fn generated(index: usize) -> User {
    let account = Account::generated(index);
    User::new([account.login, account.password, account.domain].map(Secret::new).into(), None)
}

impl Row {
    fn is_for(&self, api: &dyn Api) -> bool {
        self.api.is_empty() || self.api == api.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_lent_in_order_or_at_random_to_one_user_or_to_several() {
        let api = crate::api::find("eltex").expect("one of the three");
        let row = |login: usize| Row {
            api: String::new(),
            line: 0,
            values: vec![Secret::new(login.to_string())],
        };
        let lent = |lending, count| -> Vec<usize> {
            let rows = Rows::Read(PathBuf::new(), (0..5).map(row).collect());
            let accounts = Accounts { columns: Vec::new(), rows, lending };
            let taken = accounts.take(api, count);
            let login = |user: &User| user.values[0].expose().parse().expect("a number");
            taken.iter().map(login).collect()
        };
        let own = Lending::default();
        assert_eq!(lent(own, 3), [0, 1, 2]);
        assert_eq!(lent(own, 9), [0, 1, 2, 3, 4]);
        assert_eq!(lent(Lending { shared: true, ..own }, 7), [0, 1, 2, 3, 4, 0, 1]);
        let shuffled = |seed| lent(Lending { shuffled: Some(seed), ..own }, 5);
        assert_eq!(shuffled(1), shuffled(1));
        assert!((1..9).any(|seed| shuffled(seed) != shuffled(1)));
        let mut sorted = shuffled(1);
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4], "each once");
    }
}
