//! Plays a plan: virtual users on Goose, each with its own connection.
//!
//! Goose launches the users, shares them out among the journeys by weight, ramps and loops; one
//! journey is one Goose transaction. Transport, waiting, judging and counting are ours.

mod captures;
mod control;
mod engine;
mod goose_adapter;
mod mix_up;
mod result;
mod target;
mod transport;
mod valve;
mod virtual_user;
mod words;

pub use captures::Captures;
pub use control::Control;
pub use engine::{LoadError, Settings, run};
pub use target::{Guard, Route, TargetRefused};
pub use transport::{MAX_RATE_ELSEWHERE, Transport};
