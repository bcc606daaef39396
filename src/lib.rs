//! gander.
pub mod api;
pub mod http;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod judge;
#[cfg(feature = "cli")]
pub mod load;
#[cfg(feature = "cli")]
pub mod measure;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod scenario;
#[cfg(feature = "cli")]
pub mod simulator;
pub mod xml;
