//! A server of all three APIs, to rehearse against.
//!
//! hyper reads and writes HTTP; what is answered is decided by each API's model out of its
//! [`Store`](crate::api::Store).

mod accounts;
mod attended;
mod descriptors;
mod patience;
mod server;
mod services;

pub use accounts::{AccountSet, DEFAULT_USERS};
pub use patience::Patience;
pub use server::{Settings, Simulator};
