//! Who logs in: rows of a CSV file, or generated.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::{Machine, Outside};
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
    line: u64,
    values: Vec<Secret>,
}

/// An account as it is lent to a user.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Its values, in the order of the columns. Any of them may be a secret.
    pub values: Vec<Secret>,
    /// Its line in the file, if it is from one.
    pub line: Option<u64>,
    /// What its connections are made with, where users have certificates of their own.
    #[cfg(feature = "cli")]
    pub tls: Option<Tls>,
}

impl User {
    fn new(values: Vec<Secret>, line: Option<u64>) -> Self {
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

/// A file of accounts that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{at}: {message}")]
pub struct AccountsError {
    file: String,
    at: String,
    message: String,
}

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
    /// When the file cannot be read, lacks a column, or has no account.
    pub fn read(path: &Path, outside: &dyn Outside) -> Result<Self, AccountsError> {
        let table = Table::read(path, outside)?;
        let extra = table.header.iter().filter(|name| {
            !COLUMNS.contains(&name.as_str()) && !["api", "state"].contains(&name.as_str())
        });
        let columns: Vec<String> =
            COLUMNS.map(String::from).into_iter().chain(extra.cloned()).collect();
        let mut rows = Vec::new();
        for record in &table.records {
            if table.state(record)? == AccountState::BlockedIp {
                continue;
            }
            rows.push(Row {
                api: table.value(record, "api").to_owned(),
                line: line(record),
                values: columns.iter().map(|name| Secret::new(table.value(record, name))).collect(),
            });
        }
        if rows.is_empty() {
            return Err(table.error("", "every account in it is blocked: one must be active"));
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

/// Where a record begins.
fn line(record: &csv::StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

impl Row {
    fn is_for(&self, api: &dyn Api) -> bool {
        self.api.is_empty() || self.api == api.name()
    }
}

/// Reads the simulator's accounts: columns `api`, `login`, `password`, `domain`, `state`, of
/// which `login` and `password` are required. Each comes with the API it is for (empty: all).
///
/// # Errors
/// When the file cannot be read, lacks a column, or names an unknown API or state.
pub fn read_store_accounts(path: &Path) -> Result<Vec<(String, Account)>, AccountsError> {
    let table = Table::read(path, &Machine)?;
    let account = |record| {
        let account = Account {
            login: table.value(record, "login").to_owned(),
            password: table.value(record, "password").to_owned(),
            domain: table.value(record, "domain").to_owned(),
            state: table.state(record)?,
        };
        Ok((table.value(record, "api").to_owned(), account))
    };
    let accounts: Vec<_> = table.records.iter().map(account).collect::<Result<_, _>>()?;
    Ok(accounts)
}

/// A CSV file with its header.
struct Table {
    file: String,
    header: Vec<String>,
    records: Vec<csv::StringRecord>,
}

impl Table {
    fn read(path: &Path, outside: &dyn Outside) -> Result<Self, AccountsError> {
        let mut table = Self {
            file: path.display().to_string(),
            header: Vec::new(),
            records: Vec::new(),
        };
        let text = outside
            .read(path)
            .map_err(|e| table.error("", format!("cannot be read: {e}")))?;
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(text);
        let header = reader.headers().map_err(|e| table.csv_error(&e))?;
        table.header = header.iter().map(str::to_lowercase).collect();
        for required in ["login", "password"] {
            if !table.header.iter().any(|name| name == required) {
                return Err(table.error("", table.lacks(required)));
            }
        }
        for record in reader.records() {
            let record = record.map_err(|e| table.csv_error(&e))?;
            table.records.push(record);
        }
        if table.records.is_empty() {
            return Err(
                table.error("", "no account in it: write at least one row below the header")
            );
        }
        table.check_logins()?;
        for record in &table.records {
            let api = table.value(record, "api");
            if !api.is_empty() && crate::api::find(api).is_none() {
                let known: Vec<_> = crate::api::REGISTRY.iter().map(|a| a.name()).collect();
                return Err(table.error_at(
                    record,
                    format!("unknown API \"{api}\": {}", super::error::advise(api, known)),
                ));
            }
        }
        Ok(table)
    }

    /// What to say of a column that is not there, without repeating what may be a password.
    fn lacks(&self, column: &str) -> String {
        let advice = match &self.header[..] {
            [] => "the file is empty".to_owned(),
            [one] if one.contains([';', '\t']) => {
                "its columns are to be parted by commas".to_owned()
            }
            columns => format!(
                "the first row is to name the columns, and none of its {} is that",
                columns.len()
            ),
        };
        format!("no column \"{column}\": {advice}")
    }

    /// Each account has a login of its own.
    fn check_logins(&self) -> Result<(), AccountsError> {
        let mut seen = HashMap::new();
        for record in &self.records {
            let login = self.value(record, "login");
            if login.is_empty() {
                return Err(self.error_at(record, "the login is empty"));
            }
            let account = (self.value(record, "api"), self.value(record, "domain"), login);
            if let Some(earlier) = seen.insert(account, line(record)) {
                return Err(self.error_at(record, format!("the same account as in line {earlier}")));
            }
        }
        Ok(())
    }

    fn value<'r>(&self, record: &'r csv::StringRecord, column: &str) -> &'r str {
        self.header
            .iter()
            .position(|name| name == column)
            .and_then(|index| record.get(index))
            .unwrap_or("")
    }

    fn state(&self, record: &csv::StringRecord) -> Result<AccountState, AccountsError> {
        match self.value(record, "state") {
            "" | "active" => Ok(AccountState::Active),
            "blocked_ip" => Ok(AccountState::BlockedIp),
            other => Err(self.error_at(
                record,
                format!("unknown state \"{other}\": write active or blocked_ip"),
            )),
        }
    }

    fn error_at(&self, record: &csv::StringRecord, message: impl Into<String>) -> AccountsError {
        self.error(&format!(":{}", line(record)), message)
    }

    fn csv_error(&self, error: &csv::Error) -> AccountsError {
        let at = error.position().map_or(String::new(), |p| format!(":{}", p.line()));
        let message = match error.kind() {
            csv::ErrorKind::Utf8 { .. } => "not UTF-8: save the file as UTF-8".to_owned(),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{len} values in a row of {expected_len} columns")
            }
            _ => error.to_string(),
        };
        self.error(&at, message)
    }

    fn error(&self, at: &str, message: impl Into<String>) -> AccountsError {
        AccountsError {
            file: self.file.clone(),
            at: at.to_owned(),
            message: message.into(),
        }
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
