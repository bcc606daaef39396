//! An HTTP/1.1 client for one exchange at a time: a codec without I/O, and a connection over it.
//!
//! Of our own because the generator's CPU time decides what it can measure: a request is one
//! buffer and one write, a reply is usually one read and is judged where it lies.

#[cfg(feature = "cli")]
mod addresses;
#[cfg(feature = "cli")]
mod client;
#[cfg(feature = "scenario")]
mod connections;
mod framing;
#[cfg(feature = "cli")]
mod gzip;
#[cfg(feature = "scenario")]
mod header;
#[cfg(feature = "cli")]
mod host;
#[cfg(feature = "cli")]
mod local_error;
mod request;
mod response;
#[cfg(feature = "cli")]
mod stream;
#[cfg(feature = "scenario")]
mod target;
#[cfg(feature = "cli")]
mod time_limit;
#[cfg(feature = "cli")]
mod tls;
#[cfg(feature = "scenario")]
mod trust;

#[cfg(feature = "cli")]
pub use addresses::{Addresses, Renewal, Resolver};
#[cfg(feature = "cli")]
pub use client::{Client, ClientSettings, ExchangeError, Reply, StallClock};
#[cfg(feature = "scenario")]
pub use connections::Connections;
#[cfg(feature = "scenario")]
pub use header::{Header, HeaderError, common_lines};
#[cfg(feature = "cli")]
pub(crate) use host::{are_loopback, redirect_host, same_host};
#[cfg(feature = "cli")]
pub(crate) use local_error::describe as describe_io_error;
pub use request::RequestHead;
pub use response::{DecodeError, Decoder, Limits, Progress};
#[cfg(feature = "cli")]
pub use stream::dial;
#[cfg(feature = "scenario")]
pub use target::{Target, TargetError};
#[cfg(feature = "cli")]
pub use tls::{Identity, Tls};
#[cfg(feature = "scenario")]
pub use trust::{TlsError, Trust, server_name};
