//! Which fault, to which requests, how often and when.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use super::fault::Fault;
use super::window::{Turns, Window};
use crate::api::{self, Api, REGISTRY};
use crate::units::parse_duration;

/// A fault that the simulator is to have.
#[derive(Clone)]
pub struct FaultRule {
    /// As it was written.
    text: String,
    scope: Scope,
    pub(super) fault: Fault,
    /// From 0 to 1.
    pub(super) probability: f64,
    pub(super) window: Window,
}

#[derive(Clone, Copy)]
enum Scope {
    All,
    Api(&'static dyn Api),
    Operation(&'static dyn Api, usize),
}

/// What a request is for: an operation of an API.
pub(in crate::simulator) type Asked = Option<(&'static dyn Api, usize)>;

/// How often and when, as it was written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modifiers<'a> {
    pub(super) probability: Option<f64>,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) every: Option<&'a str>,
    pub(super) lasting: Option<&'a str>,
}

impl FaultRule {
    /// Reads `eltex.sp_login:latency=lognormal(20ms, 0.5),p=0.1,from=10s,to=20s`: an operation, an
    /// API or `*`; a fault; then how often and when.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (scope, rest) = text.split_once(':').ok_or(
            "write what it is about, a colon and a fault, such as \"eltex.sp_login:status=503\" or \
             \"*:latency=20ms\"",
        )?;
        let parts = split(rest);
        let mut modifiers = Modifiers::default();
        let mut seen = HashSet::new();
        for part in &parts[1..] {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim());
            if !seen.insert(name) {
                return Err(format!("\"{name}\" is there twice"));
            }
            match name {
                "p" => modifiers.probability = Some(value.parse().map_err(|_| probability(value))?),
                "from" => modifiers.from = Some(value),
                "to" => modifiers.to = Some(value),
                "every" => modifiers.every = Some(value),
                "for" => modifiers.lasting = Some(value),
                other => {
                    return Err(format!(
                        "\"{other}\": after the fault come p, from, to, every or for"
                    ));
                }
            }
        }
        Self::new(scope.trim(), parts[0], modifiers)
    }

    pub(super) fn new(scope: &str, fault: &str, modifiers: Modifiers<'_>) -> Result<Self, String> {
        let text = format!("{scope}:{}{modifiers}", fault.trim());
        let scope = Scope::parse(scope)?;
        let fault = Fault::parse(fault)?;
        let probability = match modifiers.probability {
            None => 1.0,
            Some(p) if (0.0..=1.0).contains(&p) => p,
            Some(p) => return Err(probability(&p.to_string())),
        };
        if fault.is_of_the_server() && !matches!(scope, Scope::All) {
            return Err("it is about the whole server: write *:".to_owned());
        }
        if fault.is_of_the_server() && modifiers.probability.is_some() {
            return Err("it has no probability: write from= or every=".to_owned());
        }
        if matches!(fault, Fault::Soap(_)) && !scope.speaks_soap() {
            return Err("that API does not speak SOAP".to_owned());
        }
        if matches!(fault, Fault::Session(_)) && !scope.opens_sessions() {
            return Err("that operation opens no session".to_owned());
        }
        Ok(Self {
            text,
            scope,
            fault,
            probability,
            window: window(fault, modifiers)?,
        })
    }

    /// Whether it is about a request for this.
    pub(super) fn is_about(&self, asked: Asked) -> bool {
        match (self.scope, asked) {
            (Scope::All, _) => true,
            (_, None) => false,
            (Scope::Api(api), Some((other, _))) => api.name() == other.name(),
            (Scope::Operation(api, operation), Some((other, asked))) => {
                api.name() == other.name() && operation == asked
            }
        }
    }
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Modifiers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(p) = self.probability {
            write!(f, ",p={p}")?;
        }
        let times =
            [("from", self.from), ("to", self.to), ("every", self.every), ("for", self.lasting)];
        for (name, time) in times {
            if let Some(time) = time {
                write!(f, ",{name}={time}")?;
            }
        }
        Ok(())
    }
}

impl Scope {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::All);
        }
        let (name, operation) = match text.split_once('.') {
            Some((name, operation)) => (name, Some(operation)),
            None => (text, None),
        };
        let api = api::find(name).ok_or_else(|| {
            let names: Vec<_> = REGISTRY.iter().map(|api| api.name()).collect();
            format!("there is no API \"{name}\": write {} or *", names.join(", "))
        })?;
        let Some(operation) = operation else { return Ok(Self::Api(api)) };
        let index = api.operation_named(operation).ok_or_else(|| {
            let names: Vec<_> = api.operations().iter().map(|o| o.name).collect();
            format!("{name} has no operation \"{operation}\": write {}", names.join(", "))
        })?;
        Ok(Self::Operation(api, index))
    }

    fn speaks_soap(self) -> bool {
        match self {
            Self::All => true,
            Self::Api(api) | Self::Operation(api, _) => {
                api.bindings().contains(&api::Binding::Soap11)
            }
        }
    }

    fn opens_sessions(self) -> bool {
        match self {
            Self::All | Self::Api(_) => true,
            Self::Operation(api, index) => api.operations()[index].opens.is_some(),
        }
    }
}

fn window(fault: Fault, modifiers: Modifiers<'_>) -> Result<Window, String> {
    let read = |name: &str, text: Option<&str>| match text.map(parse_duration) {
        None => Ok(None),
        Some(Ok(time)) => Ok(Some(time)),
        Some(Err(message)) => Err(format!("{name}: {message}")),
    };
    let from = read("from", modifiers.from)?;
    let to = read("to", modifiers.to)?;
    let every = read("every", modifiers.every)?;
    let mut lasting = read("for", modifiers.lasting)?;
    if let Fault::Stall(time) | Fault::Refuse(time) = fault {
        // How long it lasts is its value.
        if lasting.is_some() || to.is_some() {
            return Err("its value is how long it lasts: leave out for= and to=".to_owned());
        }
        if every.is_none() {
            let from = from.ok_or("say when: from=10s, or every=60s")?;
            return Ok(Window { from, to: Some(from.saturating_add(time)), turns: None });
        }
        lasting = Some(time);
    }
    let turns = match (every, lasting) {
        (None, None) => None,
        (Some(every), Some(lasting)) if lasting < every && lasting > Duration::ZERO => {
            Some(Turns { every, lasting })
        }
        (Some(_), Some(_)) => return Err("it has to last shorter than every".to_owned()),
        (Some(_), None) => return Err("with every= write for=, how long it lasts".to_owned()),
        (None, Some(_)) => return Err("with for= write every=, or from= and to=".to_owned()),
    };
    if to.is_some_and(|to| to <= from.unwrap_or_default()) {
        return Err("it would end before it begins: write a later to=".to_owned());
    }
    Ok(Window { from: from.unwrap_or_default(), to, turns })
}

fn probability(text: &str) -> String {
    format!("p: \"{text}\" is no probability: write a number from 0 to 1, such as 0.05")
}

/// The parts between commas, but not between those in brackets.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fault::{SoapCode, WrongSession};
    use super::super::wire::{Amount, Wire};
    use super::*;
    use crate::distribution::Distribution;

    #[test]
    fn rules_are_read() {
        let ms = Duration::from_millis;
        for (text, fault, probability) in [
            (
                "eltex.sp_login:latency=lognormal(20ms,0.5),p=0.25",
                Fault::Latency(Distribution::LogNormal { median: ms(20), sigma: 0.5 }),
                0.25,
            ),
            ("*: stall=1s, every=60s", Fault::Stall(ms(1000)), 1.0),
            ("*:refuse=2s,from=5s", Fault::Refuse(ms(2000)), 1.0),
            ("related:status=503", Fault::Status { status: 503, page: false }, 1.0),
            ("related:error-page=502,to=9s", Fault::Status { status: 502, page: true }, 1.0),
            ("related.Login:soap-fault=Server", Fault::Soap(SoapCode::Server), 1.0),
            ("eltex:malformed=any,every=2s,for=1s", Fault::Malformed(None), 1.0),
            ("eltex.sp_login:session=other", Fault::Session(WrongSession::Other), 1.0),
            ("*:gzip", Fault::Gzip, 1.0),
            ("*:chunked,p=0", Fault::Chunked, 0.0),
            ("*:reset=inside", Fault::Wire(Wire::ResetInside), 1.0),
            ("*:truncate=50%", Fault::Wire(Wire::Truncate(Amount::Percent(50))), 1.0),
            ("*:drip=5ms", Fault::Wire(Wire::Drip(ms(5))), 1.0),
            ("*:content-length=-7", Fault::Wire(Wire::ContentLength(-7)), 1.0),
        ] {
            let rule = FaultRule::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!((rule.fault, rule.probability), (fault, probability), "{text}");
            assert!(FaultRule::parse(&rule.to_string()).is_ok(), "{rule}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_write() {
        for (text, message) in [
            ("status=503", "write what it is about"),
            (
                "nobody:gzip",
                "there is no API \"nobody\": write leadertask, related, eltex or *",
            ),
            ("related.login:gzip", "related has no operation \"login\": write Login, Logout"),
            ("*:slow", "there is no fault \"slow\""),
            ("*:latency", "write latency=…, such as latency=20ms"),
            ("*:latency=fast", "\"fast\" is no duration"),
            ("*:status=99", "\"99\" is no status"),
            ("*:status=204", "204 and 304 have no body"),
            ("*:truncate=100%", "\"100%\": write bytes or per cent"),
            ("*:content-length=0", "write a difference"),
            ("*:malformed=bad", "\"bad\" is not in the catalogue: write unclosed-root, "),
            ("*:gzip=1", "gzip takes no value"),
            ("*:content-length=5", "write a difference"),
            ("*:chunked,p=0.1,p=0.2", "\"p\" is there twice"),
            ("*:gzip,p=2", "p: \"2\" is no probability"),
            ("*:gzip,q=2", "\"q\": after the fault come p, from, to, every or for"),
            ("*:gzip,from=x", "from: \"x\" is no duration"),
            ("*:gzip,from=2s,to=1s", "it would end before it begins"),
            ("*:gzip,every=2s", "with every= write for="),
            ("*:gzip,every=2s,for=2s", "it has to last shorter than every"),
            ("*:gzip,for=2s", "with for= write every="),
            ("*:stall=1s", "say when: from=10s, or every=60s"),
            ("*:stall=0s,from=1s", "write a time above 0"),
            ("*:stall=1s,every=60s,p=0.5", "it has no probability"),
            ("eltex:stall=1s,every=60s", "it is about the whole server: write *:"),
            ("*:refuse=1s,from=1s,to=3s", "its value is how long it lasts"),
            ("eltex:soap-fault=Server", "that API does not speak SOAP"),
            ("related.Logout:session=stale", "that operation opens no session"),
        ] {
            let error = FaultRule::parse(text).expect_err(text);
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }

    #[test]
    fn rules_are_about_what_they_name() {
        let eltex = api::find("eltex").expect("known");
        let related = api::find("related").expect("known");
        for (scope, about) in [
            ("*", [true, true, true, true]),
            ("eltex", [true, true, false, false]),
            ("eltex.sp_check_session", [false, true, false, false]),
        ] {
            let rule = FaultRule::parse(&format!("{scope}:gzip")).expect("a rule");
            let asked = [Some((eltex, 0)), Some((eltex, 1)), Some((related, 1)), None];
            assert_eq!(asked.map(|asked| rule.is_about(asked)), about, "{scope}");
        }
    }
}
