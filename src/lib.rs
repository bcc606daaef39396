//! Load testing for XML session APIs, and the parsers it stands on.
//!
//! `gander` plays realistic login → check_session → logout flows against a service, reads every
//! reply to its last byte, and says what happened. The parts, in the order in which data flows:
//!
//! - [`scenario`]: a TOML file becomes a valid [`Plan`](scenario::Plan) of journeys and steps.
//! - [`load`]: virtual users on Goose play the plan, each with its own connection.
//! - [`api`]: what the three APIs ask and answer, typed, both halves. A fourth one is a folder
//!   there and a line in its [`REGISTRY`](api::REGISTRY).
//! - [`xml`]: the strict reader and writer under it.
//! - [`http`]: requests into bytes, bytes into replies, over TCP or TLS.
//! - [`measure`]: every exchange counted once, latencies in histograms, and the
//!   [`Run`](measure::Run) that all of it becomes.
//! - [`judge`]: whether that is a pass.
//! - [`report`]: the run as a terminal summary and as `run.json`.
//! - [`simulator`]: a server of the APIs, to rehearse against.
//! - `oracle`, with the feature `arbitrary`: what fuzz targets compare with.
//! - [`cli`]: arguments in, exit code out.
//!
//! Without the default feature `cli` the library is [`api`], [`xml`] and the HTTP codec alone; with
//! `scenario`, it reads scenario files too.
//!
//! ```
//! use gander::api::{self, Binding};
//!
//! let eltex = api::find("eltex").expect("one of the three");
//! let login = eltex.operation_named("sp_login").expect("documented");
//! let body = br#"<out><response><error description="not_exists"/></response></out>"#;
//! let answer = eltex.judge(login, Binding::Xml, 200, body);
//! assert_eq!(answer.verdict.to_string(), "refused: not_exists");
//! ```

pub mod api;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
mod cpu;
#[cfg(feature = "scenario")]
pub mod distribution;
pub mod http;
#[cfg(feature = "scenario")]
mod input_file;
#[cfg(feature = "cli")]
pub mod judge;
#[cfg(feature = "cli")]
pub mod load;
#[cfg(feature = "cli")]
pub mod measure;
#[cfg(any(feature = "arbitrary", all(test, feature = "scenario")))]
pub mod oracle;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "scenario")]
pub mod scenario;
#[cfg(feature = "scenario")]
pub mod secret;
#[cfg(feature = "cli")]
pub mod simulator;
#[cfg(feature = "cli")]
mod terminal_text;
#[cfg(feature = "cli")]
mod timer;
#[cfg(feature = "scenario")]
pub mod units;
pub mod xml;
