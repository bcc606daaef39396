//! One user: an account, a connection, and a journey played again and again.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrayvec::ArrayVec;
use rand::Rng;
use rand::rngs::StdRng;

use super::Control;
use super::captures::{Captures, Kind};
use super::mix_up::Logins;
use super::outcome::{describe_failure, describe_reply, tidy};
use super::redact::{Form, RecentSessions, Redactor, of_exchange};
use super::seed::{Chooser, rng};
use super::start_line::StartLine;
use super::tickets::{Ticket, Tickets};
use super::valve::Valve;
use crate::api::{Answer, HttpRequest, MAX_FIELDS, Templates, Verdict, WriteError};
use crate::http::{Client, ClientSettings};
use crate::measure::{JourneyEnd, Outcome, Pending, Recorder, Sample};
use crate::scenario::{Journey, Plan, Step};
use crate::secret::Secret;

/// What all users of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) recorder: Recorder,
    pub(super) control: Arc<Control>,
    pub(super) line: StartLine,
    /// By journey: its starts, if it is an open one.
    pub(super) tickets: Vec<Option<Tickets>>,
    /// By journey: the number of its first user among all users.
    pub(super) first_users: Vec<usize>,
    /// How long users may take to close what they have opened when the run ends.
    pub(super) grace: Duration,
    /// By journey: where its requests go.
    pub(super) clients: Vec<Arc<ClientSettings>>,
    /// By journey: what holds its requests back.
    pub(super) valves: Vec<Valve>,
    /// Who takes part.
    pub(super) logins: Logins,
    /// Masks what is known before the run: passwords and headers.
    pub(super) redactor: Redactor,
    /// What any user was told.
    pub(super) recent: RecentSessions,
    /// Where bad replies are kept, if anybody wants them.
    pub(super) captures: Option<Arc<Captures>>,
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

pub(super) struct VirtualUser {
    shared: Arc<Shared>,
    journey: usize,
    /// The account's columns, the user's number, and what replies have left.
    values: Vec<Secret>,
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

/// Why a user plays its journey now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// It has finished the one before. It leaves at an instant, if at one.
    Closed { leaves: Option<Instant> },
    /// The journey is due.
    Open(Ticket),
}

impl Turn {
    fn leaves(&self) -> Option<Instant> {
        match self {
            Self::Closed { leaves } => *leaves,
            Self::Open(_) => None,
        }
    }
}

/// How a step went.
struct Played {
    /// As expected.
    expected: bool,
    /// There was a request, and a connection for it.
    sent: bool,
    /// The run ended before the request was allowed to begin.
    left_out: bool,
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
        Self { expected: false, sent: sent.is_some(), left_out: false }
    }

    /// An exchange that never began.
    const LEFT_OUT: Self = Self { expected: true, sent: true, left_out: true };
}

impl VirtualUser {
    /// The user in place `place` of those that play `journey`.
    pub(super) fn new(shared: &Arc<Shared>, journey: usize, place: usize) -> Self {
        let plan = &shared.plan;
        let number = shared.first_users[journey] + place;
        let account = plan.journeys[journey]
            .accounts
            .get(place)
            .expect("a plan has an account for each of its users");
        let mut values = account.values.clone();
        values.push(Secret::new(number.to_string()));
        let own_values = values.len();
        values.resize(plan.journeys[journey].slots.len(), Secret::default());
        let mut rng = rng(plan.seed, Chooser::User(number));
        let closing = rng.random_range(Duration::ZERO..=CLOSING.min(shared.grace / 2));
        shared.recorder.add_user(journey);
        Self {
            journey,
            values,
            own_values,
            done: vec![false; plan.journeys[journey].steps.len()],
            rng,
            closing,
            client: Client::new(Arc::clone(&shared.clients[journey]), account.tls.as_ref()),
            request: HttpRequest::default(),
            shared: Arc::clone(shared),
        }
    }

    /// Plays the journey once. If a login fails or the run ends, only what takes back earlier
    /// steps is still played.
    pub(super) async fn play(&mut self, turn: &Turn) {
        let shared = Arc::clone(&self.shared);
        let mut ticket = match turn {
            Turn::Open(ticket) => Some(*ticket),
            Turn::Closed { .. } => None,
        };
        let due = ticket.map_or_else(Instant::now, |ticket| ticket.due);
        match ticket {
            // What a user thinks depends on the start, not on who makes it.
            Some(ticket) => {
                let start = Chooser::Start(self.journey, ticket.number);
                self.rng = rng(shared.plan.seed, start);
            }
            None => shared.recorder.arrive(self.journey, due),
        }
        let passage = Passage::begin(&shared, self.journey, due);
        let journey = &shared.plan.journeys[self.journey];
        self.done.fill(false);
        // What an earlier journey was told is no answer to this one.
        self.values[self.own_values..].iter_mut().for_each(|value| value.set(""));
        let (mut failed, mut closing, mut left_out) = (false, false, false);
        for (index, step) in journey.steps.iter().enumerate() {
            for _ in 0..step.repeat {
                closing |= shared.control.is_stopping();
                closing |= turn.leaves().is_some_and(|at| at <= Instant::now());
                if closing && !step.undoes.is_some_and(|undone| self.done[undone]) {
                    left_out = true;
                    break;
                }
                let played = self.step(&shared, journey, index, step, ticket.take()).await;
                if played.left_out {
                    left_out = true;
                    break;
                }
                failed |= !played.expected;
                closing |= !played.expected && journey.operation(step).opens.is_some();
                let mut pause = step.think.sample(&mut self.rng);
                if !played.sent {
                    pause = pause.max(UNSENT_PAUSE);
                }
                if let Some(leaves) = turn.leaves() {
                    pause = pause.min(leaves.saturating_duration_since(Instant::now()));
                }
                if !pause.is_zero() {
                    self.think(pause).await;
                }
            }
        }
        self.client.end_journey().await;
        passage.end(match (failed, left_out) {
            (true, _) => JourneyEnd::Failed,
            (false, true) => JourneyEnd::Stopped,
            (false, false) => JourneyEnd::Completed,
        });
    }

    async fn think(&mut self, pause: Duration) {
        let meant = Instant::now() + pause;
        if self.shared.control.pause(pause, self.closing).await {
            self.shared.recorder.record_pause(meant, Instant::now());
        }
    }

    /// One request and its reply. The first of an open journey was due with its ticket, others are
    /// due when the user has done thinking.
    async fn step(
        &mut self,
        shared: &Shared,
        journey: &Journey,
        index: usize,
        step: &Step,
        ticket: Option<Ticket>,
    ) -> Played {
        let number = shared.first_steps[self.journey] + index;
        let due = ticket.map_or_else(Instant::now, |ticket| ticket.due);
        let begin = || shared.recorder.begin(number, due);
        if let Err(error) = write(journey, step, &self.values, &mut self.request) {
            return Played::failed(begin(), None, Outcome::Unsent, &error.to_string());
        }
        if let Some(ticket) = ticket {
            // Before the connection, whose time is the target's.
            shared.recorder.record_start(due, ticket.free, Instant::now());
        }
        let request = &self.request;
        let _in_flight = tokio::select! {
            biased;
            permit = shared.valves[self.journey].pass() => permit,
            // What was opened is still closed.
            () = shared.control.stopped(), if step.undoes.is_none() => return Played::LEFT_OUT,
        };
        let pending = begin();
        let exchanged = self
            .client
            .exchange(request.method.as_str(), &request.path, request.headers, &request.body)
            .await;
        let reply = match exchanged {
            Ok(reply) => reply,
            Err(error) => {
                let (outcome, words) = describe_failure(&error);
                let secrets = || of_exchange(journey, step, &self.values, None);
                if let Some(captures) = &shared.captures {
                    let kind = kind(journey, step, outcome, Form::Received);
                    captures.keep(kind, b"", self.client.received(), secrets());
                }
                let words = tidy(shared.redactor.words(words.into(), secrets()));
                return Played::failed(pending, self.client.sent(), outcome, &words);
            }
        };
        let mut answer = Answer::bare(Verdict::Http(reply.status));
        shared.templates[self.journey].judge_into(
            step.operation,
            journey.binding,
            reply.status,
            reply.body,
            &mut answer,
        );
        let mixed_up = shared.logins.are_mixed_up(journey, step, &self.values, &answer);
        let expected = !mixed_up && step.expect.is_met_by(&answer.verdict);
        let (outcome, words) = if mixed_up {
            (Outcome::MixedUp, Cow::Borrowed("the reply is another user's"))
        } else {
            describe_reply(&answer.verdict, reply.location)
        };
        let secrets = || of_exchange(journey, step, &self.values, Some(&answer));
        if let Some(captures) = shared.captures.as_ref().filter(|_| !expected) {
            let kind = kind(journey, step, outcome, Form::Body);
            captures.keep(kind, reply.head, reply.body, secrets());
        }
        // Nearly all replies are without words, and cost nothing.
        let words =
            if words.is_empty() { words } else { tidy(shared.redactor.words(words, secrets())) };
        if let Some(session) = journey.operation(step).opens.and_then(|name| answer.field(name)) {
            shared.recent.push(session);
        }
        keep(step, &answer, &mut self.values);
        pending.record(&Sample {
            sent: Some(reply.sent),
            done: reply.done,
            bytes: reply.bytes,
            outcome,
            words: &words,
            expected,
        });
        note_done(&mut self.done, index, step, outcome);
        Played { expected, sent: true, left_out: false }
    }
}

/// A journey under way. If it is dropped before its end, it counts as cut.
struct Passage<'s> {
    recorder: &'s Recorder,
    journey: usize,
    due: Instant,
    began: Instant,
    over: bool,
}

impl<'s> Passage<'s> {
    fn begin(shared: &'s Shared, journey: usize, due: Instant) -> Self {
        let began = Instant::now();
        shared.recorder.begin_journey(journey, due);
        Self { recorder: &shared.recorder, journey, due, began, over: false }
    }

    fn end(mut self, end: JourneyEnd) {
        self.record(end);
    }

    fn record(&mut self, end: JourneyEnd) {
        self.over = true;
        self.recorder.end_journey(self.journey, self.due, end, self.began.elapsed());
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.record(JourneyEnd::Cut);
        }
    }
}

/// Writes the request of a step with a user's values.
fn write(
    journey: &Journey,
    step: &Step,
    values: &[Secret],
    out: &mut HttpRequest,
) -> Result<(), WriteError> {
    let filled: ArrayVec<Cow<'_, str>, MAX_FIELDS> =
        step.inputs.iter().map(|input| input.fill(values)).collect();
    let inputs: ArrayVec<&str, MAX_FIELDS> = filled.iter().map(AsRef::as_ref).collect();
    journey.api.write_request(step.operation, journey.binding, &inputs, out)
}

/// As what a bad reply is kept.
fn kind(journey: &Journey, step: &Step, outcome: Outcome, form: Form) -> Kind {
    Kind {
        api: journey.api.name(),
        operation: journey.operation(step).name,
        outcome,
        form,
    }
}

/// Remembers what is to be taken back, and what has been.
fn note_done(done: &mut [bool], index: usize, step: &Step, outcome: Outcome) {
    done[index] |= matches!(outcome, Outcome::Accepted | Outcome::MixedUp);
    // Who is refused has nothing left to take back.
    if let Some(undone) = step.undoes
        && matches!(outcome, Outcome::Accepted | Outcome::Refused)
    {
        done[undone] = false;
    }
}

/// Copies what later requests need out of a reply.
fn keep(step: &Step, answer: &Answer<'_>, values: &mut [Secret]) {
    for (name, slot) in &step.captures {
        if let Some(value) = answer.field(name) {
            values[*slot].set(value);
        }
    }
}
