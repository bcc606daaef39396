//! Files of accounts: a header, and a row for each account.

use std::collections::HashMap;
use std::path::Path;

use super::csv::{self, Row};
use super::error::advise;
use super::{Machine, Outside};
use crate::api::{self, Account, AccountState};

/// A file of accounts that cannot be used. What it says repeats no value of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{at}: {message}")]
pub struct AccountsError {
    file: String,
    at: String,
    message: String,
}

/// The columns that have a meaning of their own. Nobody can type a line end into any of them, so a
/// value with one is two rows between two stray quotation marks.
const NAMED: [&str; 5] = ["login", "password", "domain", "api", "state"];

/// Reads the simulator's accounts: columns `api`, `login`, `password`, `domain`, `state`, of
/// which `login` and `password` are required. Each comes with the API it is for (empty: all).
///
/// # Errors
/// When the file cannot be read, has no single meaning, lacks a column, or names an unknown API or
/// state.
pub fn read_store_accounts(path: &Path) -> Result<Vec<(String, Account)>, AccountsError> {
    let file = AccountsFile::read(path, &Machine)?;
    let table = file.table()?;
    let account = |row| {
        let account = Account {
            login: table.value(row, "login").to_owned(),
            password: table.value(row, "password").to_owned(),
            domain: table.value(row, "domain").to_owned(),
            state: table.state(row)?,
        };
        Ok((table.value(row, "api").to_owned(), account))
    };
    table.rows.iter().map(account).collect()
}

/// The text of a file.
pub(super) struct AccountsFile {
    name: String,
    text: String,
}

/// The rows of a file, each with a value for each column.
pub(super) struct Table<'f> {
    file: &'f AccountsFile,
    /// The names of the columns, in lower case, each once.
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row<'f>>,
}

impl AccountsFile {
    pub(super) fn read(path: &Path, outside: &dyn Outside) -> Result<Self, AccountsError> {
        let mut file = Self { name: path.display().to_string(), text: String::new() };
        let bytes = outside
            .read(path)
            .map_err(|error| file.error(format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
            file.error_at(line, "not UTF-8: save the file as UTF-8")
        })?;
        file.text = text;
        Ok(file)
    }

    /// What is in it, if there is one way to read it.
    pub(super) fn table(&self) -> Result<Table<'_>, AccountsError> {
        let text = self.text.strip_prefix('\u{FEFF}').unwrap_or(&self.text);
        let rows = csv::rows(text).map_err(|error| self.error_at(error.line, error.message))?;
        let mut rows = rows.into_iter();
        let header = rows.next().unwrap_or_else(|| Row { line: 1, values: Vec::new() });
        let table = Table {
            file: self,
            header: header.values.iter().map(|name| name.trim().to_lowercase()).collect(),
            rows: rows.collect(),
        };
        table.check_header(header.line)?;
        if table.rows.is_empty() {
            return Err(self.error("no account in it: write at least one row below the header"));
        }
        table.check_rows()?;
        Ok(table)
    }

    pub(super) fn error(&self, message: impl Into<String>) -> AccountsError {
        AccountsError {
            file: self.name.clone(),
            at: String::new(),
            message: message.into(),
        }
    }

    fn error_at(&self, line: usize, message: impl Into<String>) -> AccountsError {
        AccountsError { at: format!(":{line}"), ..self.error(message) }
    }
}

impl Table<'_> {
    /// Where the values of `column` are in a row.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name == column)
    }

    /// The value of `column` in a row; empty where there is no such column.
    pub(super) fn value<'r>(&self, row: &'r Row<'_>, column: &str) -> &'r str {
        self.place(column).map_or("", |place| &row.values[place])
    }

    pub(super) fn state(&self, row: &Row<'_>) -> Result<AccountState, AccountsError> {
        match self.value(row, "state") {
            "" | "active" => Ok(AccountState::Active),
            "blocked_ip" => Ok(AccountState::BlockedIp),
            _ => Err(self.error_at(row, "unknown state: write active or blocked_ip")),
        }
    }

    /// The columns that have to be there, and none without a name or twice. Columns are named by
    /// number: where the header is missing, the first row is an account.
    fn check_header(&self, line: usize) -> Result<(), AccountsError> {
        for required in ["login", "password"] {
            if self.place(required).is_none() {
                return Err(self.file.error(self.lacks(required)));
            }
        }
        let mut seen = HashMap::new();
        for (number, name) in (1..).zip(&self.header) {
            if name.is_empty() {
                let message = format!("column {number} has no name");
                return Err(self.file.error_at(line, message));
            }
            if let Some(earlier) = seen.insert(name, number) {
                let message = format!(
                    "columns {earlier} and {number} have the same name (case and blanks around it \
                     do not count)"
                );
                return Err(self.file.error_at(line, message));
            }
        }
        Ok(())
    }

    /// What to say of a column that is not there, without repeating what may be a password.
    fn lacks(&self, column: &str) -> String {
        let advice = match &self.header[..] {
            [] => "the file is empty".to_owned(),
            [one] if one.contains([';', '\t']) => "separate the columns by commas".to_owned(),
            columns => format!(
                "the first row is to name the columns, and none of its {} is that",
                columns.len()
            ),
        };
        format!("no column \"{column}\": {advice}")
    }

    /// Each row has a value for each column, and each account a login of its own.
    fn check_rows(&self) -> Result<(), AccountsError> {
        let named: Vec<_> =
            NAMED.into_iter().filter_map(|name| Some((name, self.place(name)?))).collect();
        let mut seen = HashMap::new();
        for row in &self.rows {
            self.check_length(row)?;
            if let Some((name, _)) =
                named.iter().find(|(_, place)| row.values[*place].contains(['\n', '\r']))
            {
                let message = format!(
                    "the {name} goes over the end of a line: is a quotation mark in it not doubled?"
                );
                return Err(self.error_at(row, message));
            }
            let (api, login) = (self.value(row, "api"), self.value(row, "login"));
            if login.is_empty() {
                return Err(self.error_at(row, "the login is empty"));
            }
            if !api.is_empty() && api::find(api).is_none() {
                let advice = advise(api, api::REGISTRY.iter().map(|api| api.name()));
                return Err(self.error_at(row, format!("unknown API: {advice}")));
            }
            let account = (api, self.value(row, "domain"), login);
            if let Some(earlier) = seen.insert(account, row.line) {
                return Err(self.error_at(row, format!("the same account as in line {earlier}")));
            }
        }
        Ok(())
    }

    fn check_length(&self, row: &Row<'_>) -> Result<(), AccountsError> {
        let (found, columns) = (row.values.len(), self.header.len());
        let advice = match found.cmp(&columns) {
            std::cmp::Ordering::Equal => return Ok(()),
            std::cmp::Ordering::Less => "leave nothing between two commas where a value is empty",
            std::cmp::Ordering::Greater => "put a value with a comma in it in quotation marks",
        };
        let noun = if found == 1 { "value" } else { "values" };
        Err(self.error_at(row, format!("{found} {noun} in a row of {columns} columns: {advice}")))
    }

    fn error_at(&self, row: &Row<'_>, message: impl Into<String>) -> AccountsError {
        self.file.error_at(row.line, message)
    }
}

#[cfg(test)]
mod tests {
    use std::env::VarError;
    use std::io;

    use super::*;
    use crate::scenario::Accounts;

    /// A machine whose every file is this one.
    struct Only(Vec<u8>);

    impl Outside for Only {
        fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
            Ok(self.0.clone())
        }

        fn variable(&self, _: &str) -> Result<String, VarError> {
            Err(VarError::NotPresent)
        }
    }

    fn read(bytes: impl Into<Vec<u8>>) -> Result<Accounts, String> {
        Accounts::read(Path::new("a.csv"), &Only(bytes.into())).map_err(|error| error.to_string())
    }

    #[test]
    fn accounts_are_read_as_they_are_written() {
        let eltex = api::find("eltex").expect("one of the three");
        let one = |login: &str, password: &str, line: usize| {
            (login.to_owned(), password.to_owned(), Some(line))
        };
        for (text, expected) in [
            ("login,password\nu,p", vec![one("u", "p", 2)]),
            ("\u{FEFF}login,password\r\nu,p\r\n", vec![one("u", "p", 2)]),
            ("login,password\ru,p\rv,q\r", vec![one("u", "p", 2), one("v", "q", 3)]),
            ("\n\n PassWord , LOGIN\n\n p ,u\n\n", vec![one("u", " p ", 5)]),
            (
                "login,password\nu,\"a,\"\"b\"\nv,c\"d\n",
                vec![one("u", "a,\"b", 2), one("v", "c\"d", 3)],
            ),
            (
                "login,password,note\nu,p,\"a\nb\"\nv,,\n",
                vec![one("u", "p", 2), one("v", "", 4)],
            ),
            ("login,password,state\nu,p,blocked_ip\nv,q,active\n", vec![one("v", "q", 3)]),
            ("login,password,api\nu,p,related\nv,q,eltex\n", vec![one("v", "q", 3)]),
        ] {
            let accounts = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            let users = accounts.take(eltex, 9);
            let found: Vec<_> = users
                .iter()
                .map(|user| {
                    let [login, password] = [0, 1].map(|i| user.values[i].expose().to_owned());
                    (login, password, user.line)
                })
                .collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    /// With the line, and without what may be a password.
    #[test]
    fn what_has_no_single_meaning_is_refused() {
        let rows: &[(&[u8], &str)] = &[
            (b"", "a.csv: no column \"login\": the file is empty"),
            (
                b"hunter2,b\n",
                "a.csv: no column \"login\": the first row is to name the columns",
            ),
            (
                b"login;password\na;hunter2\n",
                "a.csv: no column \"login\": separate the columns by commas",
            ),
            (b"login,password\n\n", "a.csv: no account in it"),
            (b"login,password\na,\"hunter2\nb,c\n", "a.csv:2: the quotation mark that opens"),
            (b"login,password\na,b\nc,\"hunter2\"3\n", "a.csv:3: text follows the closing"),
            (b"login,password\na, \"hunter2\"\n", "a.csv:2: a blank comes before"),
            (
                b"login,password\na,\"hunter2\nb,hunter2\"\n",
                "a.csv:2: the password goes over the end",
            ),
            (b"login,password\na,hunter2\0\n", "a.csv:2: a control character"),
            (b"login,password\na,hunter2\xE9\n", "a.csv:2: not UTF-8"),
            (b"\xFF\xFEl\0o\0", "a.csv:1: not UTF-8"),
            (
                b"login,password,Login\na,b,hunter2\n",
                "a.csv:1: columns 1 and 3 have the same name",
            ),
            (
                b"\nlogin,password,hunter2, hunter2\na,b,c,d\n",
                "a.csv:2: columns 3 and 4 have the same name",
            ),
            (b"login,password,\na,b,hunter2\n", "a.csv:1: column 3 has no name"),
            (b"login, ,password\na,b,hunter2\n", "a.csv:1: column 2 has no name"),
            (b"login,password\na,b\nhunter2\n", "a.csv:3: 1 value in a row of 2 columns"),
            (b"login,password\na,hunter2,2\n", "a.csv:2: 3 values in a row of 2 columns: put"),
            (b"login,password\na,b,\n", "a.csv:2: 3 values in a row of 2 columns"),
            (b"login,password\n,hunter2\n", "a.csv:2: the login is empty"),
            (b"login,password\na,b\na,hunter2\n", "a.csv:3: the same account as in line 2"),
            (
                b"login,password,state\na,b,hunter2\n",
                "a.csv:2: unknown state: write active or",
            ),
            (
                b"login,password,api\na,b,hunter2\n",
                "a.csv:2: unknown API: write one of: leadertask",
            ),
            (
                b"login,password,api\na,b,eltx\n",
                "a.csv:2: unknown API: did you mean \"eltex\"?",
            ),
        ];
        for (text, words) in rows {
            let shown = String::from_utf8_lossy(text);
            let error = read(*text).expect_err(&shown);
            assert!(error.starts_with(words), "{shown:?}: {error}");
            assert!(!error.contains("hunter2"), "{shown:?}: {error}");
        }
    }
}
