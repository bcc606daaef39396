//! gander.
pub mod api;
pub mod xml;
