//! A server of all three APIs, to rehearse against.
//!
//! hyper reads and writes HTTP; what is answered is decided by each API's model out of its
//! [`Store`](crate::api::Store), and when by a [queueing model](capacity) if there is one; what goes
//! wrong then is decided by [rules](faults). It says at `/_simulator/stats` what it was
//! [asked and answered](statistics).

mod accounts;
mod attended;
mod body;
pub mod capacity;
mod control;
mod descriptors;
mod exchange;
pub mod faults;
mod host;
mod patience;
mod server;
mod services;
pub mod statistics;
mod tally;

pub use accounts::{AccountSet, DEFAULT_USERS};
pub use patience::Patience;
pub use server::{Settings, Simulator};
