//! Scenario files: TOML in, a valid [`Plan`] out.
//!
//! [`file`] is what may be written, [`Plan`] what will be played; whatever is wrong is found
//! between the two and named with its line.

mod accounts;
mod accounts_file;
mod compile;
mod csv;
mod error;
mod expect;
mod file;
mod library;
mod normal;
mod outside;
mod plan;
mod print;
mod profile;
mod share;
mod template;
mod transport;

pub use accounts::{Accounts, Lending, User};
pub use accounts_file::{AccountsError, read_store_accounts};
#[cfg(feature = "cli")]
pub use compile::open;
pub use compile::{MAX_USERS, Overrides, parse_tolerance, understand};
pub use error::{Problem, ScenarioError, advise};
pub use expect::Expect;
pub use library::{BUILT_IN, BuiltIn, find};
pub use normal::normal_form;
pub use outside::{Machine, Outside};
pub use plan::{Arrivals, Journey, Load, Model, Open, Plan, Source, Step};
pub use profile::{Profile, Stage};
pub use template::{Slots, Template};
pub use transport::{
    LONGEST_TIMEOUT, Transport, TransportOverrides, parse_connections, parse_max_reply,
    parse_timeout,
};

#[cfg(all(test, feature = "cli"))]
mod tests;
