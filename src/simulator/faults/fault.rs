//! What can go wrong.

use std::time::Duration;

use super::catalogue::Malformation;
use super::wire::{Amount, Wire};
use crate::distribution::Distribution;
use crate::units::parse_positive_duration;

/// What goes wrong with a request, a connection or the whole server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// The answer takes so much longer.
    Latency(Distribution),
    /// The whole server answers nothing for so long.
    Stall(Duration),
    /// Nobody listens for so long, and whoever is connected is cut off.
    Refuse(Duration),
    /// This status in place of the answer, which is not asked for; with an error page or without a
    /// body.
    Status {
        /// The status.
        status: u16,
        /// Whether an HTML page comes with it.
        page: bool,
    },
    /// A fault with this code in place of the answer, which is not asked for.
    Soap(SoapCode),
    /// The body is no longer what the contract says; `None` is any of the catalogue.
    Malformed(Option<Malformation>),
    /// The session that a login gives is not the one that it opened.
    Session(WrongSession),
    /// The body in gzip, whether or not the client can read it.
    Gzip,
    /// The body in chunks.
    Chunked,
    /// What goes over the wire is not what HTTP wrote.
    Wire(Wire),
}

/// Who a SOAP fault blames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SoapCode {
    Client,
    Server,
}

/// Whose session a login gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrongSession {
    /// Nobody's.
    Stale,
    /// That of the login before, someone else's.
    Other,
}

/// What `--fault` takes, as its help shows it.
pub const FAULTS: &str = "\
latency=TIME    answer so much later: 20ms, uniform(5ms, 50ms), exponential(20ms) or
                lognormal(20ms, 0.5), which is median and spread of the logarithm
stall=TIME      the whole server answers nothing for TIME; say from= or every=
refuse=TIME     nobody listens for TIME, and whoever is connected is cut off
status=N        status N without a body, and the service is not asked
error-page=N    the same with an HTML page
soap-fault=WHO  a SOAP fault, Client or Server, to SOAP requests; the service is not asked
malformed=CASE  a body that breaks XML or the contract: unclosed-root, wrong-namespace,
                entity-bomb, doctype, invalid-utf8, control-character, utf-16,
                huge-attribute (over 1 MiB), deep-nesting, html-page, missing-quote, or any
session=WHOSE   a login gives a session that is stale, or the other user's last seen
chunked, gzip   other ways to send the body
close-delimited the body has no length, and ends with the connection
reset=WHERE     the connection is reset before, inside or after the reply
truncate=PART   the connection ends after so much of the body: bytes, or 50%
drip=TIME       one byte each TIME
content-length=+N or -N
                Content-Length is so much too high or too low

Of status, error-page and soap-fault only one happens to a request, and none with malformed or
session; of chunked and gzip one; of those from close-delimited on one, and none with chunked.";

impl Fault {
    /// Reads `latency=20ms`, `gzip` and the like.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (text.trim(), None),
        };
        if matches!(name, "gzip" | "chunked" | "close-delimited") && value.is_some() {
            return Err(format!("{name} takes no value"));
        }
        let value =
            |example: &str| value.ok_or_else(|| format!("write {name}=…, such as {example}"));
        Ok(match name {
            "latency" => Self::Latency(Distribution::parse(value("latency=20ms")?)?),
            "stall" => Self::Stall(parse_positive_duration(value("stall=1s")?)?),
            "refuse" => Self::Refuse(parse_positive_duration(value("refuse=2s")?)?),
            "status" => Self::Status { status: status(value("status=503")?)?, page: false },
            "error-page" => Self::Status { status: status(value("error-page=502")?)?, page: true },
            "soap-fault" => Self::Soap(match value("soap-fault=Server")? {
                "Client" => SoapCode::Client,
                "Server" => SoapCode::Server,
                other => return Err(format!("\"{other}\" is no code: write Client or Server")),
            }),
            "malformed" => Self::Malformed(match value("malformed=any")? {
                "any" => None,
                name => Some(Malformation::named(name)?),
            }),
            "session" => Self::Session(match value("session=stale")? {
                "stale" => WrongSession::Stale,
                "other" => WrongSession::Other,
                other => return Err(format!("\"{other}\": write stale or other")),
            }),
            "gzip" => Self::Gzip,
            "chunked" => Self::Chunked,
            "close-delimited" => Self::Wire(Wire::CloseDelimited),
            "reset" => Self::Wire(match value("reset=inside")? {
                "before" => Wire::ResetBefore,
                "inside" => Wire::ResetInside,
                "after" => Wire::ResetAfter,
                other => return Err(format!("\"{other}\": write before, inside or after")),
            }),
            "truncate" => Self::Wire(Wire::Truncate(Amount::parse(value("truncate=50%")?)?)),
            "drip" => Self::Wire(Wire::Drip(parse_positive_duration(value("drip=5ms")?)?)),
            "content-length" => {
                Self::Wire(Wire::ContentLength(difference(value("content-length=+10")?)?))
            }
            _ => return Err(format!("there is no fault \"{name}\"; see gander serve --help")),
        })
    }

    /// Whether it is about the server, and not about one request.
    pub(super) const fn is_of_the_server(&self) -> bool {
        matches!(self, Self::Stall(_) | Self::Refuse(_))
    }
}

fn difference(text: &str) -> Result<i64, String> {
    match text.parse() {
        Ok(difference)
            if text.starts_with(['+', '-'])
                && (-9_999..=9_999).contains(&difference)
                && difference != 0 =>
        {
            Ok(difference)
        }
        _ => Err("write a difference of up to 9999, with its sign, such as +10 or -10".to_owned()),
    }
}

fn status(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(204 | 304) => Err("204 and 304 have no body: write another status".to_owned()),
        // Below 200 it would be no answer.
        Ok(status) if (200..600).contains(&status) => Ok(status),
        _ => Err(format!("\"{text}\" is no status: write one from 200 to 599, such as 503")),
    }
}
