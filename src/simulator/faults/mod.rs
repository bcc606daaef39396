//! Faults on demand, so that clients can be tested: which requests they are for, how often and when
//! is a [`FaultRule`]; what is drawn at random follows from the seed and the order of requests.
//!
//! What changes the answer is done above HTTP (`Decision`); what lies about its bytes is done below,
//! by the stream under it (`Lying`).

mod catalogue;
mod fault;
mod file;
mod lying;
mod rule;
mod session;
mod window;
mod wire;

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

pub use fault::FAULTS;
pub use file::read_faults;
pub(super) use lying::{Lie, Lying};
pub(super) use rule::Asked;
pub use rule::FaultRule;
pub(super) use wire::Wire;

use crate::api::soap::{self, Version};
use crate::api::{Incoming, Meaning, Outgoing};
use catalogue::{CATALOGUE, HTML_PAGE, Malformation};
use fault::{Fault, SoapCode, WrongSession};
use session::Sessions;

/// The faults of a simulator that runs.
#[derive(Debug)]
pub(super) struct Faults {
    rules: Vec<Counted>,
    seed: u64,
    began: Instant,
    sessions: Sessions,
}

#[derive(Debug)]
struct Counted {
    rule: FaultRule,
    /// How many requests it was drawn for.
    drawn: AtomicU64,
    /// How many it happened to.
    happened: AtomicU64,
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Decision {
    /// How much later it is answered.
    pub(super) delay: Duration,
    /// What is answered in place of asking the service.
    instead: Option<Instead>,
    malformed: Option<Malformation>,
    session: Option<WrongSession>,
    framing: Option<Framing>,
    /// What is lied about the reply's bytes.
    pub(super) wire: Option<Wire>,
}

#[derive(Clone, Copy, Debug)]
enum Instead {
    Status { status: u16, page: bool },
    SoapFault(SoapCode, Version),
}

/// How a body goes over the wire where not by its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Chunked,
    /// In gzip, which the body is by then.
    Gzip,
}

impl Faults {
    /// Faults by these rules, of which what is random is drawn from `seed`.
    pub(super) fn new(rules: &[FaultRule], seed: u64) -> Self {
        let counted = |rule: &FaultRule| Counted {
            rule: rule.clone(),
            drawn: AtomicU64::new(0),
            happened: AtomicU64::new(0),
        };
        Self {
            rules: rules.iter().map(counted).collect(),
            seed,
            began: Instant::now(),
            sessions: Sessions::default(),
        }
    }

    /// What goes wrong with a request. Of rules that exclude each other the first one counts.
    pub(super) fn decide(&self, asked: Asked, request: &Incoming<'_>) -> Decision {
        let now = self.began.elapsed();
        let mut decision = Decision::default();
        for (index, counted) in self.rules.iter().enumerate() {
            let rule = &counted.rule;
            if rule.fault.is_of_the_server() || !rule.is_about(asked) || !rule.window.is_open(now) {
                continue;
            }
            let number = counted.drawn.fetch_add(1, Relaxed);
            let mut random = StdRng::from_seed(seed_of(self.seed, index, number));
            if random.random::<f64>() < rule.probability
                && decision.take(rule.fault, request, &mut random)
            {
                counted.happened.fetch_add(1, Relaxed);
            }
        }
        decision
    }

    /// What is answered in place of asking the service, if anything is.
    pub(super) fn instead(decision: &Decision) -> Option<Outgoing> {
        Some(match decision.instead? {
            Instead::Status { status, page: false } => Outgoing::empty(status),
            Instead::Status { status, page: true } => {
                Outgoing::new(status, "text/html; charset=utf-8", HTML_PAGE.as_bytes().to_vec())
            }
            Instead::SoapFault(code, version) => {
                let fault = soap::Fault {
                    version,
                    code: code.name(version).into(),
                    message: "Server was unable to process request. ---> Out of order.".into(),
                };
                let mut body = Vec::new();
                soap::write_fault(&mut body, &fault).expect("these texts can be written");
                Outgoing::new(500, version.content_type(), body).meaning(Meaning::Fault)
            }
        })
    }

    /// The service's reply as it is to go out, and how.
    pub(super) fn spoil(
        &self,
        decision: &Decision,
        asked: Asked,
        mut reply: Outgoing,
    ) -> (Outgoing, Option<Framing>) {
        if let Some((api, operation)) = asked {
            self.sessions.note(api, operation, &mut reply.body, decision.session);
        }
        if let Some(case) = decision.malformed
            && !reply.body.is_empty()
        {
            reply.body = case.spoil(&reply.body);
            reply.meaning = Meaning::Other;
            if case == Malformation::HtmlPage {
                reply.content_type = Some("text/html; charset=utf-8");
            }
        }
        if decision.framing == Some(Framing::Gzip) {
            reply.body = gzip(&reply.body);
            reply.meaning = Meaning::Other;
        }
        if decision.wire.is_some_and(Wire::loses_the_reply) {
            reply.meaning = Meaning::Other;
        }
        (reply, decision.framing)
    }

    /// Waits while the whole server stalls.
    pub(super) async fn stall(&self) {
        while let Some(until) = self.open_until(|fault| matches!(fault, Fault::Stall(_))) {
            tokio::time::sleep_until(until.into()).await;
        }
    }

    /// When nobody listens next, from and to before; `None` if always somebody will.
    pub(super) fn next_refusal(&self) -> Option<(Instant, Instant)> {
        let now = self.began.elapsed();
        let refusals = self.of_the_server(|fault| matches!(fault, Fault::Refuse(_)));
        let (start, end) = refusals.filter_map(|rule| rule.window.next(now)).min()?;
        Some((self.began + start, self.began + end))
    }

    /// How often each rule has happened.
    pub(super) fn happened(&self) -> impl Iterator<Item = (String, u64)> {
        let requests = self.rules.iter().filter(|counted| !counted.rule.fault.is_of_the_server());
        requests.map(|counted| (counted.rule.to_string(), counted.happened.load(Relaxed)))
    }

    /// Draws and counts anew; windows go on.
    pub(super) fn restart(&self) {
        for counted in &self.rules {
            counted.drawn.store(0, Relaxed);
            counted.happened.store(0, Relaxed);
        }
        self.sessions.forget();
    }

    fn open_until(&self, is_it: impl Fn(&Fault) -> bool) -> Option<Instant> {
        let now = self.began.elapsed();
        let open = self.of_the_server(is_it).filter(|rule| rule.window.is_open(now));
        let ends = open.filter_map(|rule| rule.window.next(now)).map(|(_, end)| end);
        ends.max().map(|end| self.began + end)
    }

    fn of_the_server(&self, is_it: impl Fn(&Fault) -> bool) -> impl Iterator<Item = &FaultRule> {
        self.rules
            .iter()
            .map(|counted| &counted.rule)
            .filter(move |rule| is_it(&rule.fault))
    }
}

/// Independent of every other draw, and the same in every run.
fn seed_of(seed: u64, rule: usize, number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&(rule as u64).to_le_bytes());
    bytes[16..24].copy_from_slice(&number.to_le_bytes());
    bytes
}

impl Decision {
    /// Adds a fault; `false` if it cannot happen to this request, or another excludes it.
    fn take(&mut self, fault: Fault, request: &Incoming<'_>, random: &mut StdRng) -> bool {
        match fault {
            Fault::Latency(times) => {
                self.delay = self.delay.saturating_add(times.sample(random));
                true
            }
            Fault::Status { status, page } => {
                set(&mut self.instead, Instead::Status { status, page })
            }
            Fault::Soap(code) => soap_version(request)
                .is_some_and(|version| set(&mut self.instead, Instead::SoapFault(code, version))),
            Fault::Malformed(case) => {
                let any = CATALOGUE[random.random_range(..CATALOGUE.len())].1;
                set(&mut self.malformed, case.unwrap_or(any))
            }
            Fault::Session(whose) => set(&mut self.session, whose),
            Fault::Gzip => set(&mut self.framing, Framing::Gzip),
            // A lie is told about a reply whose length is known.
            Fault::Chunked => self.wire.is_none() && set(&mut self.framing, Framing::Chunked),
            Fault::Wire(wire) => {
                self.framing != Some(Framing::Chunked) && set(&mut self.wire, wire)
            }
            Fault::Stall(_) | Fault::Refuse(_) => false,
        }
    }
}

fn set<T>(place: &mut Option<T>, value: T) -> bool {
    let is_free = place.is_none();
    place.get_or_insert(value);
    is_free
}

/// The SOAP that a request speaks, if any.
fn soap_version(request: &Incoming<'_>) -> Option<Version> {
    let media_type = request.content_type?.split(';').next()?.trim();
    match media_type {
        "application/soap+xml" => Some(Version::V12),
        "text/xml" if request.soap_action.is_some() => Some(Version::V11),
        _ => None,
    }
}

impl SoapCode {
    fn name(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::Client, Version::V11) => "soap:Client",
            (Self::Server, Version::V11) => "soap:Server",
            (Self::Client, Version::V12) => "soap:Sender",
            (Self::Server, Version::V12) => "soap:Receiver",
        }
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("memory takes everything")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api;

    fn faults(rules: &[&str], seed: u64) -> Faults {
        let rules: Vec<_> =
            rules.iter().map(|text| FaultRule::parse(text).expect("a rule")).collect();
        Faults::new(&rules, seed)
    }

    /// What is decided about so many requests.
    fn decisions(rules: &[&str], seed: u64) -> Vec<String> {
        let faults = faults(rules, seed);
        let asked = api::find("eltex").map(|api| (api, 0));
        (0..300)
            .map(|_| format!("{:?}", faults.decide(asked, &Incoming::default())))
            .collect()
    }

    #[test]
    fn the_seed_decides_and_rules_do_not_disturb_each_other() {
        let rules = ["*:latency=exponential(5ms),p=0.5", "eltex:malformed=any,p=0.3"];
        assert_eq!(decisions(&rules, 1), decisions(&rules, 1));
        assert_ne!(decisions(&rules, 1), decisions(&rules, 2));
        let alone = decisions(&rules[..1], 1);
        let delays = |all: &[String]| -> Vec<_> {
            all.iter().map(|d| d.split(", instead").next().map(str::to_owned)).collect()
        };
        assert_eq!(delays(&alone), delays(&decisions(&rules, 1)));
    }

    #[test]
    fn the_first_of_two_counts_and_probabilities_hold() {
        let faults = faults(
            &["eltex:status=503,p=0.25", "*:status=404", "related:gzip", "*:soap-fault=Server"],
            7,
        );
        let asked = api::find("eltex").map(|api| (api, 0));
        let statuses: Vec<_> = (0..4000)
            .map(|_| {
                let decision = faults.decide(asked, &Incoming::default());
                Faults::instead(&decision).expect("one of them").status
            })
            .collect();
        let first = statuses.iter().filter(|status| **status == 503).count();
        assert!((900..1100).contains(&first), "{first}");
        let happened: Vec<_> = faults.happened().map(|(_, times)| times).collect();
        assert_eq!(happened, [first as u64, 4000 - first as u64, 0, 0]);
        faults.restart();
        assert!(faults.happened().all(|(_, times)| times == 0));
    }
}
