//! gander.
pub mod xml;
