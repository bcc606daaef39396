//! Plays a plan: virtual users on Goose, each with its own connection.
//!
//! Goose launches the users, gives each its journey, and loops; one journey is one Goose
//! transaction. When it starts, transport, judging and counting are ours. In the closed model a user
//! starts when it has finished the journey before; in the open model a schedule says when, and
//! users of a pool take the tickets.

mod captures;
mod control;
mod engine;
mod goose_adapter;
mod health;
mod mix_up;
mod outcome;
mod ramp;
mod redact;
mod resources;
mod result;
mod schedule;
mod seat;
mod seed;
mod start_line;
mod target;
mod tickets;
mod timeline;
mod transport;
mod valve;
mod virtual_user;

pub use captures::Captures;
pub use control::Control;
pub use engine::{LoadError, Settings, run};
pub use resources::{ResourceShortage, Resources, Reuse};
pub use target::{Guard, Route, TargetRefused};
pub use transport::MAX_RATE_ELSEWHERE;
