//! The messages that the API's own documents print.

use super::Binding;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From client to server.
    Request,
    /// From server to client.
    Reply,
}

/// A message of the documents.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The file's name.
    pub name: &'static str,
    /// The operation it belongs to.
    pub operation: &'static str,
    /// The binding it travels over.
    pub binding: Binding,
    /// Which way it goes.
    pub direction: Direction,
    /// The message.
    pub bytes: &'static [u8],
}

/// A [`Sample`] from the `samples` folder beside the caller.
macro_rules! sample {
    ($name:literal, $operation:literal, $binding:ident, $direction:ident) => {
        $crate::api::Sample {
            name: $name,
            operation: $operation,
            binding: $crate::api::Binding::$binding,
            direction: $crate::api::Direction::$direction,
            bytes: include_bytes!(concat!("samples/", $name)),
        }
    };
}
pub(super) use sample;
