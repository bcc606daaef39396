//! Scenario files: TOML in, a valid [`Plan`] out.
//!
//! [`file`] is what may be written, [`Plan`] what will be played; whatever is wrong is found
//! between the two and named with its line.

mod accounts;
mod compile;
mod error;
mod expect;
mod file;
mod library;
mod plan;
mod profile;
mod share;
mod template;
mod transport;

pub use accounts::{Accounts, AccountsError, Lending, User, read_store_accounts};
pub use compile::{MAX_USERS, Overrides, open};
pub use error::{Problem, ScenarioError, advise};
pub use expect::Expect;
pub use library::{BUILT_IN, BuiltIn, find};
pub use plan::{Arrivals, Journey, Load, Model, Open, Plan, Source, Step};
pub use profile::{Profile, Stage};
pub use template::{Slots, Template};
pub use transport::{
    LONGEST_TIMEOUT, Transport, TransportOverrides, parse_connections, parse_max_reply,
    parse_timeout,
};

#[cfg(test)]
mod tests;
