//! One user: an account, a connection, and a journey played again and again.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrayvec::ArrayVec;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::Control;
use crate::api::{Answer, HttpRequest, MAX_FIELDS, Templates, Verdict, WriteError};
use crate::http::{Client, ClientSettings, ExchangeError};
use crate::measure::{JourneyEnd, Outcome, Pending, Recorder, Sample};
use crate::scenario::{Journey, Plan, Step, User};

/// What all users of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) recorder: Recorder,
    pub(super) control: Arc<Control>,
    /// How long users may take to close what they have opened when the run ends.
    pub(super) grace: Duration,
    /// By journey: where its requests go.
    pub(super) clients: Vec<Arc<ClientSettings>>,
    /// By journey: the shapes of its replies.
    pub(super) templates: Vec<Templates>,
    /// By journey: the number of its first step among all steps of the plan.
    pub(super) first_steps: Vec<usize>,
}

/// A user whose request could not be sent waits at least so long: a service that is down is not
/// helped by thousands of attempts a second, and the figures would only count our own haste.
const UNSENT_PAUSE: Duration = Duration::from_millis(100);

/// When the run ends, users who are thinking begin to log out within this time, and within half of
/// what they are given for it.
const CLOSING: Duration = Duration::from_millis(250);

/// A secret shorter than this cannot be masked in words, only hidden with them.
const SHORTEST_SECRET: usize = 3;

pub(super) struct VirtualUser {
    shared: Arc<Shared>,
    journey: usize,
    /// The account's columns, the user's number, and what replies have left.
    values: Vec<String>,
    /// How many of them do not come from replies.
    own_values: usize,
    /// By step: whether it was done in this journey and not taken back.
    done: Vec<bool>,
    rng: StdRng,
    /// How long this user goes on thinking when the run ends.
    closing: Duration,
    client: Client,
    request: HttpRequest,
}

/// Users differ, runs with the same seed do not; nor is one user of a seed another of the next.
fn seed_of_user(seed: u64, number: usize) -> u64 {
    // Multiplying by an odd number spreads neighbouring seeds over all 64 bits.
    seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number as u64
}

/// How a step went.
struct Played {
    /// As expected.
    expected: bool,
    /// There was a request, and a connection for it.
    sent: bool,
}

impl Played {
    /// Ends an exchange without a reply.
    fn failed(pending: Pending<'_>, sent: Option<Instant>, outcome: Outcome, words: &str) -> Self {
        pending.record(&Sample {
            sent,
            done: Instant::now(),
            bytes: 0,
            outcome,
            words,
            expected: false,
        });
        Self { expected: false, sent: sent.is_some() }
    }
}

impl VirtualUser {
    /// User `number` of the run, playing `journey` with `account`.
    pub(super) fn new(shared: &Arc<Shared>, journey: usize, number: usize, account: User) -> Self {
        let plan = &shared.plan;
        let mut values = account;
        values.push(number.to_string());
        let own_values = values.len();
        values.resize(plan.journeys[journey].slots.len(), String::new());
        let mut rng = StdRng::seed_from_u64(seed_of_user(plan.seed, number));
        let closing = rng.random_range(Duration::ZERO..=CLOSING.min(shared.grace / 2));
        shared.control.user_began();
        shared.recorder.add_user(journey);
        Self {
            journey,
            values,
            own_values,
            done: vec![false; plan.journeys[journey].steps.len()],
            rng,
            closing,
            client: Client::new(Arc::clone(&shared.clients[journey])),
            request: HttpRequest::default(),
            shared: Arc::clone(shared),
        }
    }

    /// Plays the journey once. If a login fails or the run ends, only what takes back earlier
    /// steps is still played.
    pub(super) async fn play(&mut self) {
        let shared = Arc::clone(&self.shared);
        if shared.control.is_stopping() {
            return;
        }
        let passage = Passage::begin(&shared, self.journey);
        let journey = &shared.plan.journeys[self.journey];
        self.done.fill(false);
        // What an earlier journey was told is no answer to this one.
        self.values[self.own_values..].iter_mut().for_each(String::clear);
        let (mut failed, mut closing, mut left_out) = (false, false, false);
        for (index, step) in journey.steps.iter().enumerate() {
            for _ in 0..step.repeat {
                closing |= shared.control.is_stopping();
                if closing && !step.undoes.is_some_and(|undone| self.done[undone]) {
                    left_out = true;
                    break;
                }
                let played = self.step(&shared, journey, index, step).await;
                failed |= !played.expected;
                closing |= !played.expected && journey.operation(step).opens.is_some();
                let mut pause = step.think.sample(&mut self.rng);
                if !played.sent {
                    pause = pause.max(UNSENT_PAUSE);
                }
                if !pause.is_zero() {
                    shared.control.pause(pause, self.closing).await;
                }
            }
        }
        passage.end(match (failed, left_out) {
            (true, _) => JourneyEnd::Failed,
            (false, true) => JourneyEnd::Stopped,
            (false, false) => JourneyEnd::Completed,
        });
    }

    /// One request and its reply.
    async fn step(
        &mut self,
        shared: &Shared,
        journey: &Journey,
        index: usize,
        step: &Step,
    ) -> Played {
        let number = shared.first_steps[self.journey] + index;
        let pending = shared.recorder.begin(number, Instant::now());
        if let Err(error) = write(journey, step, &self.values, &mut self.request) {
            return Played::failed(pending, None, Outcome::Unsent, &error.to_string());
        }
        let request = &self.request;
        let exchanged = self
            .client
            .exchange(request.method.as_str(), &request.path, request.headers, &request.body)
            .await;
        // Stamped before parsing: our CPU time is not the server's.
        let done = Instant::now();
        let reply = match exchanged {
            Ok(reply) => reply,
            Err(error) => {
                let (outcome, words) = describe_failure(&error);
                return Played::failed(pending, self.client.sent(), outcome, &words);
            }
        };
        let templates = &shared.templates[self.journey];
        let answer = templates.judge(step.operation, journey.binding, reply.status, reply.body);
        let expected = step.expect.is_met_by(&answer.verdict);
        let (outcome, words) = describe(&answer.verdict);
        let words = mask(words, journey, step, &self.values, &answer);
        keep(step, &answer, &mut self.values);
        pending.record(&Sample {
            sent: Some(reply.sent),
            done,
            bytes: reply.bytes,
            outcome,
            words: &words,
            expected,
        });
        note_done(&mut self.done, index, step, outcome);
        Played { expected, sent: true }
    }
}

impl Drop for VirtualUser {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Goose would go on without this user, and nobody would know.
            self.shared.control.note_panic();
        }
        self.shared.control.user_ended();
    }
}

/// A journey under way. If it is dropped before its end, it counts as cut.
struct Passage<'s> {
    recorder: &'s Recorder,
    journey: usize,
    over: bool,
}

impl<'s> Passage<'s> {
    fn begin(shared: &'s Shared, journey: usize) -> Self {
        shared.recorder.begin_journey(journey);
        Self { recorder: &shared.recorder, journey, over: false }
    }

    fn end(mut self, end: JourneyEnd) {
        self.over = true;
        self.recorder.end_journey(self.journey, end);
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.recorder.end_journey(self.journey, JourneyEnd::Cut);
        }
    }
}

/// Writes the request of a step with a user's values.
fn write(
    journey: &Journey,
    step: &Step,
    values: &[String],
    out: &mut HttpRequest,
) -> Result<(), WriteError> {
    let filled: ArrayVec<Cow<'_, str>, MAX_FIELDS> =
        step.inputs.iter().map(|input| input.fill(values)).collect();
    let inputs: ArrayVec<&str, MAX_FIELDS> = filled.iter().map(AsRef::as_ref).collect();
    journey.api.write_request(step.operation, journey.binding, &inputs, out)
}

/// Remembers what is to be taken back, and what has been.
fn note_done(done: &mut [bool], index: usize, step: &Step, outcome: Outcome) {
    done[index] |= outcome == Outcome::Accepted;
    // Who is refused has nothing left to take back.
    if let Some(undone) = step.undoes
        && matches!(outcome, Outcome::Accepted | Outcome::Refused)
    {
        done[undone] = false;
    }
}

/// Copies what later requests need out of a reply.
fn keep(step: &Step, answer: &Answer<'_>, values: &mut [String]) {
    for (name, slot) in &step.captures {
        if let Some(value) = answer.field(name) {
            values[*slot].clear();
            values[*slot].push_str(value);
        }
    }
}

/// The outcome a verdict counts as, and the service's own words, if it was not simply accepted.
fn describe<'v>(verdict: &'v Verdict<'_>) -> (Outcome, Cow<'v, str>) {
    match verdict {
        Verdict::Accepted(word) => (Outcome::Accepted, Cow::Borrowed(word.unwrap_or(""))),
        Verdict::Refused { code, message } => (Outcome::Refused, join(code, " ", message)),
        Verdict::Fault { code, message } => (Outcome::Fault, join(code, ": ", message)),
        Verdict::Malformed(error) => (Outcome::Malformed, Cow::Owned(error.to_string())),
        Verdict::Http(status) => (Outcome::Http, Cow::Owned(status.to_string())),
    }
}

fn join<'v>(code: &'v str, between: &str, message: &'v str) -> Cow<'v, str> {
    match (code.is_empty(), message.is_empty()) {
        (true, true) => Cow::Borrowed("without a description"),
        (false, true) => Cow::Borrowed(code),
        (true, false) => Cow::Borrowed(message),
        (false, false) => Cow::Owned(format!("{code}{between}{message}")),
    }
}

fn describe_failure(error: &ExchangeError) -> (Outcome, String) {
    let outcome = match error {
        ExchangeError::Connect(_) | ExchangeError::ConnectTimeout => Outcome::Connect,
        ExchangeError::Timeout => Outcome::Timeout,
        ExchangeError::Reset(_) => Outcome::Reset,
        ExchangeError::Protocol(_) => Outcome::Protocol,
    };
    (outcome, error.to_string())
}

/// A service may repeat what it was sent, now or earlier: passwords and sessions do not reach the
/// report, nor do whole pages.
fn mask<'w>(
    words: Cow<'w, str>,
    journey: &Journey,
    step: &Step,
    values: &[String],
    answer: &Answer<'_>,
) -> Cow<'w, str> {
    if words.is_empty() {
        return words;
    }
    let operation = journey.operation(step);
    let sent = operation.inputs.iter().zip(&step.inputs);
    let sent = sent.filter(|(input, _)| input.is_secret()).map(|(_, value)| value.fill(values));
    let opened = operation.opens.and_then(|name| answer.field(name)).map(Cow::Borrowed);
    let kept = journey.secrets.iter().map(|slot| Cow::Borrowed(values[*slot].as_str()));
    let mut words = words;
    for secret in sent.chain(opened).chain(kept).filter(|secret| !secret.is_empty()) {
        if let Some(masked) = without(&words, &secret) {
            if secret.len() < SHORTEST_SECRET {
                return Cow::Borrowed("(words that may hold a secret)");
            }
            words = Cow::Owned(masked);
        }
    }
    tidy(&words).map_or(words, Cow::Owned)
}

/// `words` with `secret` masked, in upper or lower case; `None` if it is not in them.
fn without(words: &str, secret: &str) -> Option<String> {
    let (lower_words, lower_secret) = (words.to_ascii_lowercase(), secret.to_ascii_lowercase());
    if !lower_words.contains(&lower_secret) {
        return None;
    }
    // Lower case in ASCII has the same bytes at the same places.
    let mut masked = String::new();
    let mut from = 0;
    for (at, found) in lower_words.match_indices(&lower_secret) {
        masked.push_str(&words[from..at]);
        masked.push_str("***");
        from = at + found.len();
    }
    masked.push_str(&words[from..]);
    Some(masked)
}

/// What of a service's words may be shown, if not all: one line of a bearable length, without what
/// a terminal obeys, and without what looks like a key, whoever's it is.
fn tidy(words: &str) -> Option<String> {
    const LONGEST: usize = 120;
    const KEY: usize = 16;
    let mut shown = String::new();
    let is_key_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '=');
    let line = words.trim().lines().next().unwrap_or("");
    for run in line.split_inclusive(|c| !is_key_char(c)) {
        let word = run.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if word.len() >= KEY && word.bytes().any(|b| b.is_ascii_digit()) {
            shown.push_str("***");
            shown.push_str(&run[word.len()..]);
        } else {
            shown.push_str(run);
        }
    }
    let is_obeyed =
        |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    shown = shown.chars().map(|c| if is_obeyed(c) { '\u{FFFD}' } else { c }).collect();
    if shown.chars().count() > LONGEST {
        shown = shown.chars().take(LONGEST).collect();
        shown.push('…');
    } else if line.len() < words.trim().len() {
        shown.push('…');
    }
    (shown != words).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_without_keys_and_controls() {
        for (words, shown) in [
            ("99 No such user/password!", "99 No such user/password!"),
            ("session 356a192b7913b04c54574d18c28d46e6 is open", "session *** is open"),
            ("356A192B-7913-B04C-5457, again", "***, again"),
            ("Unauthorized-User-Without-Digits", "Unauthorized-User-Without-Digits"),
            ("one\ntwo", "one…"),
            ("a\tb\u{9b}31m\u{202E}", "a\u{FFFD}b\u{FFFD}31m\u{FFFD}"),
            (" trimmed ", "trimmed"),
        ] {
            assert_eq!(tidy(words).as_deref().unwrap_or(words), shown, "{words:?}");
        }
        assert_eq!(tidy(&"x".repeat(500)).map(|words| words.chars().count()), Some(121));
    }

    #[test]
    fn secrets_are_found_in_any_case() {
        for (words, masked) in [
            ("no S3CRET here", "no *** here"),
            ("s3cret,s3cret", "***,***"),
            ("nothing", "nothing"),
            ("я S3cret я", "я *** я"),
        ] {
            assert_eq!(without(words, "s3cret").as_deref().unwrap_or(words), masked);
        }
    }
}
