//! What fuzzing compares with. A fuzz target is one line that calls one of these; they panic where
//! two ways to the same answer part.
//!
//! With the feature `arbitrary`, and in tests, where each runs over fixed seeds.

mod contract;
mod defect;
mod deviation;
#[cfg(test)]
mod dictionaries;
mod differential;
mod http_framing;
mod parse;
#[cfg(test)]
mod replay;
mod roundtrip;
mod scenario;
#[cfg(test)]
mod seeds;
mod session_model;
mod spelling;
mod surface;
mod template;
mod tokens;
mod tree;
mod typed;
mod values;
#[cfg(test)]
mod vote;
mod writing;

pub use differential::differential;
pub use http_framing::http_framing;
pub use parse::parse;
pub use roundtrip::roundtrip;
pub use scenario::scenario;
pub use session_model::session_model;
pub use surface::surface;
pub use template::template;
pub use tokens::tokens;

/// What a target calls with the bytes of one input; it panics where it finds something.
pub type Oracle = fn(&[u8]);

/// Every fuzz target: its name, which is that of its files and folders below `fuzz/`, and its
/// oracle.
pub const TARGETS: &[(&str, Oracle)] = &[
    ("differential", differential),
    ("http_framing", http_framing),
    ("parse", parse),
    ("roundtrip", roundtrip),
    ("scenario", scenario),
    ("session_model", session_model),
    ("surface", surface),
    ("template", template),
    ("tokens", tokens),
];
