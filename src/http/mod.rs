//! An HTTP/1.1 client for one exchange at a time: a codec without I/O, and a connection over it.
//!
//! Of our own because the generator's CPU time decides what it can measure: a request is one
//! buffer and one write, a reply is usually one read and is judged where it lies.

#[cfg(feature = "cli")]
mod addresses;
#[cfg(feature = "cli")]
mod client;
#[cfg(feature = "cli")]
mod connections;
mod framing;
#[cfg(feature = "cli")]
mod gzip;
#[cfg(feature = "cli")]
mod header;
mod request;
mod response;
#[cfg(feature = "cli")]
mod stream;
#[cfg(feature = "cli")]
mod target;
#[cfg(feature = "cli")]
mod time_limit;
#[cfg(feature = "cli")]
mod tls;

#[cfg(feature = "cli")]
pub use addresses::{Addresses, Renewal, Resolver};
#[cfg(feature = "cli")]
pub use client::{Client, ClientSettings, ExchangeError, Reply};
#[cfg(feature = "cli")]
pub use connections::Connections;
#[cfg(feature = "cli")]
pub use header::{Header, HeaderError, common_lines};
pub use request::RequestHead;
pub use response::{DecodeError, Decoder, Limits, Progress};
#[cfg(feature = "cli")]
pub use stream::dial;
#[cfg(feature = "cli")]
pub use target::{Target, TargetError};
#[cfg(feature = "cli")]
pub(crate) use target::{are_loopback, redirect_host, same_host};
#[cfg(feature = "cli")]
pub use tls::{Identity, Tls, TlsError, Trust, server_name};
