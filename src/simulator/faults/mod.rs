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
use crate::api::{Api, Binding, Incoming, Meaning, Outgoing};
use crate::timer::wait_until;
use catalogue::{CATALOGUE, HTML_PAGE, Malformation};
use fault::{Fault, SoapCode, WrongSession};
use session::Sessions;

const HTML: &str = "text/html; charset=utf-8";

/// The faults of a simulator that runs.
#[derive(Debug)]
pub(super) struct Faults {
    rules: Vec<Counted>,
    seed: u64,
    began: Instant,
    /// What sessions were given, where a rule wants to know.
    sessions: Option<Sessions>,
}

#[derive(Debug)]
struct Counted {
    rule: FaultRule,
    /// How many requests it was drawn for.
    drawn: AtomicU64,
    /// How many it happened to.
    happened: AtomicU64,
}

/// What is to go wrong with one request: of each kind one at most, and the rule that says so.
#[derive(Clone, Copy, Debug, Default)]
struct Decision {
    /// How much later it is answered.
    delay: Duration,
    /// What is answered in place of asking the service.
    instead: Option<(Instead, usize)>,
    malformed: Option<(Malformation, usize)>,
    session: Option<(WrongSession, usize)>,
    framing: Option<(Framing, usize)>,
    wire: Option<(Wire, usize)>,
}

#[derive(Clone, Copy, Debug)]
enum Instead {
    Status { status: u16, page: bool },
    SoapFault(SoapCode, Version),
}

/// A reply with what went wrong, and what is still to go wrong on its way.
#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) reply: Outgoing,
    pub(super) framing: Option<Framing>,
    pub(super) wire: Option<Wire>,
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
            sessions: rules
                .iter()
                .any(|rule| matches!(rule.fault, Fault::Session(_)))
                .then(Sessions::default),
        }
    }

    /// Answers a request with what goes wrong, when it is to be answered; `serve` is how the service
    /// does.
    pub(super) async fn answer(
        &self,
        asked: Asked,
        request: &Incoming<'_>,
        serve: impl Future<Output = Outgoing>,
    ) -> Faulty {
        let decision = self.decide(asked, request);
        let reply = match decision.instead {
            Some((instead, rule)) => {
                self.count(rule);
                instead.reply()
            }
            None => self.spoil(&decision, asked, request, serve.await),
        };
        let mut faulty = Faulty { reply, framing: None, wire: None };
        if let Some((wire, rule)) = decision.wire {
            self.count(rule);
            faulty.wire = Some(wire);
        }
        faulty.reply.meaning = meaning(asked, request, &faulty);
        if let Some((framing, rule)) = decision.framing
            && !faulty.reply.body.is_empty()
        {
            self.count(rule);
            faulty.framing = Some(framing);
            if framing == Framing::Gzip {
                faulty.reply.body = gzip(&faulty.reply.body);
            }
        }
        if !decision.delay.is_zero() {
            wait_until(Instant::now() + decision.delay).await;
        }
        self.stall().await;
        faulty
    }

    /// What is to go wrong with a request. Of rules that exclude each other the first one counts.
    fn decide(&self, asked: Asked, request: &Incoming<'_>) -> Decision {
        let now = self.began.elapsed();
        let mut decision = Decision::default();
        for (index, counted) in self.rules.iter().enumerate() {
            let rule = &counted.rule;
            if rule.fault.is_of_the_server() || !rule.is_about(asked) || !rule.window.is_open(now) {
                continue;
            }
            let number = counted.drawn.fetch_add(1, Relaxed);
            let mut random = StdRng::from_seed(seed_of(self.seed, index, number));
            if random.random::<f64>() >= rule.probability {
                continue;
            }
            if let Fault::Latency(times) = rule.fault {
                decision.delay = decision.delay.saturating_add(times.sample(&mut random));
                self.count(index);
            } else {
                decision.take(rule.fault, index, request, &mut random);
            }
        }
        decision
    }

    /// The service's reply as it is to go out.
    fn spoil(
        &self,
        decision: &Decision,
        asked: Asked,
        request: &Incoming<'_>,
        mut reply: Outgoing,
    ) -> Outgoing {
        if let (Some(sessions), Some((api, operation))) = (&self.sessions, asked) {
            let binding = binding_of(api, request);
            let wrong = decision.session.map(|(wrong, _)| wrong);
            let is_wrong = sessions.note(api, operation, binding, request, &mut reply.body, wrong);
            if let Some((_, rule)) = decision.session
                && is_wrong
            {
                self.count(rule);
            }
        }
        if let Some((case, rule)) = decision.malformed
            && !reply.body.is_empty()
        {
            self.count(rule);
            reply.body = case.spoil(&reply.body);
            if case == Malformation::HtmlPage {
                reply.content_type = Some(HTML);
            }
        }
        reply
    }

    fn count(&self, rule: usize) {
        self.rules[rule].happened.fetch_add(1, Relaxed);
    }

    /// Waits while the whole server stalls.
    async fn stall(&self) {
        while let Some(until) = self.open_until(|fault| matches!(fault, Fault::Stall(_))) {
            wait_until(until).await;
        }
    }

    /// When nobody listens next, from and to before; `None` if always somebody will.
    pub(super) fn next_refusal(&self) -> Option<(Instant, Instant)> {
        let now = self.began.elapsed();
        let refusals = self.of_the_server(|fault| matches!(fault, Fault::Refuse(_)));
        let (start, end) = refusals.filter_map(|rule| rule.window.next(now)).min()?;
        Some((self.began + start, self.began + end))
    }

    /// How often each rule has happened: to so many requests, or so many times.
    pub(super) fn happened(&self) -> impl Iterator<Item = (String, u64)> {
        let now = self.began.elapsed();
        self.rules.iter().map(move |Counted { rule, happened, .. }| {
            let times = if rule.fault.is_of_the_server() {
                rule.window.opened(now)
            } else {
                happened.load(Relaxed)
            };
            (rule.to_string(), times)
        })
    }

    /// Draws and counts anew; windows go on.
    pub(super) fn restart(&self) {
        for counted in &self.rules {
            counted.drawn.store(0, Relaxed);
            counted.happened.store(0, Relaxed);
        }
        if let Some(sessions) = &self.sessions {
            sessions.forget();
        }
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
    /// Adds what a rule says, if that can happen to this request and no other rule excludes it.
    fn take(&mut self, fault: Fault, rule: usize, request: &Incoming<'_>, random: &mut StdRng) {
        match fault {
            Fault::Status { status, page } => {
                set(&mut self.instead, Instead::Status { status, page }, rule);
            }
            Fault::Soap(code) => {
                if let Some(version) = soap_version(request) {
                    set(&mut self.instead, Instead::SoapFault(code, version), rule);
                }
            }
            Fault::Malformed(case) => {
                let any = CATALOGUE[random.random_range(..CATALOGUE.len())].1;
                set(&mut self.malformed, case.unwrap_or(any), rule);
            }
            Fault::Session(whose) => set(&mut self.session, whose, rule),
            Fault::Gzip => set(&mut self.framing, Framing::Gzip, rule),
            // A lie is told about a reply whose length is known.
            Fault::Chunked if self.wire.is_none() => {
                set(&mut self.framing, Framing::Chunked, rule);
            }
            // Nor about one that has a length and no body.
            Fault::Wire(wire) if !self.is_chunked() && request.method != "HEAD" => {
                set(&mut self.wire, wire, rule);
            }
            Fault::Chunked
            | Fault::Wire(_)
            | Fault::Latency(_)
            | Fault::Stall(_)
            | Fault::Refuse(_) => {}
        }
    }

    fn is_chunked(&self) -> bool {
        matches!(self.framing, Some((Framing::Chunked, _)))
    }
}

fn set<T>(place: &mut Option<(T, usize)>, value: T, rule: usize) {
    place.get_or_insert((value, rule));
}

/// The SOAP that a request speaks, if any.
fn soap_version(request: &Incoming<'_>) -> Option<Version> {
    let media_type = request.content_type?.split(';').next()?.trim();
    if media_type.eq_ignore_ascii_case("application/soap+xml") {
        return Some(Version::V12);
    }
    let is_soap11 = media_type.eq_ignore_ascii_case("text/xml") && request.soap_action.is_some();
    is_soap11.then_some(Version::V11)
}

/// The binding that a request came over.
fn binding_of(api: &dyn Api, request: &Incoming<'_>) -> Binding {
    let is_service = request.path.eq_ignore_ascii_case(api.service_path());
    match (api.bindings(), soap_version(request), request.method) {
        ([only], ..) => *only,
        // Without an action it is SOAP 1.1 all the same: its parameters would have a path below.
        (_, None, "POST") if is_service => Binding::Soap11,
        (_, Some(Version::V11), _) => Binding::Soap11,
        (_, Some(Version::V12), _) => Binding::Soap12,
        (_, None, "GET") => Binding::Get,
        (_, None, _) => Binding::Post,
    }
}

/// What a client can read of a reply that something went wrong with.
fn meaning(asked: Asked, request: &Incoming<'_>, faulty: &Faulty) -> Meaning {
    let Some((api, operation)) = asked else { return faulty.reply.meaning };
    let body = match faulty.wire {
        Some(wire) => wire.seen(&faulty.reply.body),
        None => Some(&faulty.reply.body[..]),
    };
    let Some(body) = body else { return Meaning::Other };
    let binding = binding_of(api, request);
    Meaning::from(&api.judge(operation, binding, faulty.reply.status, body).verdict)
}

impl Instead {
    fn reply(self) -> Outgoing {
        match self {
            Self::Status { status, page: false } => Outgoing::empty(status),
            Self::Status { status, page: true } => {
                Outgoing::new(status, HTML, HTML_PAGE.as_bytes().to_vec())
            }
            Self::SoapFault(code, version) => {
                let fault = soap::Fault {
                    version,
                    code: code.name(version).into(),
                    message: "Server was unable to process request. ---> Out of order.".into(),
                };
                let mut body = Vec::new();
                soap::write_fault(&mut body, &fault).expect("these texts can be written");
                Outgoing::new(500, version.content_type(), body)
            }
        }
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
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let mut first = 0;
        for _ in 0..4000 {
            let request = Incoming::default();
            let serve = async { unreachable!("the service is not asked") };
            let answered = runtime.block_on(faults.answer(asked, &request, serve));
            first += u64::from(answered.reply.status == 503);
        }
        assert!((900..1100).contains(&first), "{first}");
        let happened: Vec<_> = faults.happened().map(|(_, times)| times).collect();
        assert_eq!(happened, [first, 4000 - first, 0, 0]);
        faults.restart();
        assert!(faults.happened().all(|(_, times)| times == 0));
    }
}
