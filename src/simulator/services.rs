//! Which service answers a request, and what: no sockets.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rand::RngCore;

use super::capacity::Gate;
use super::faults::{Asked, Faults};
use super::statistics::{
    self, ApiFigures, CapacityFigures, FaultFigures, Figures, OperationFigures, Statistics,
};
use super::tally::{Receipt, Tally};
use super::{AccountSet, Settings};
use crate::api::{Api, Entropy, Incoming, Outgoing, Service, ServiceOptions, Store, Visit};
use crate::cpu::process_time;

/// All services with their accounts and sessions, and what they were asked.
#[derive(Debug)]
pub(super) struct Services {
    served: Vec<Served>,
    accounts: AccountSet,
    /// Requests that are for no operation.
    other: Tally,
    in_progress: AtomicU64,
    /// Connections that found no room.
    turned_away: AtomicU64,
    gate: Option<Gate>,
    /// What goes wrong; none where nothing is to.
    pub(super) faults: Option<Faults>,
    began: Instant,
    /// When counting began, in nanoseconds after `began`.
    counted_from: AtomicU64,
}

/// One service.
#[derive(Debug)]
struct Served {
    api: &'static dyn Api,
    service: Service,
    /// By operation.
    tallies: Vec<Tally>,
}

impl Services {
    /// The services that `settings` name.
    pub(super) fn new(settings: &Settings) -> Self {
        let served = |(api, options): &(&'static dyn Api, ServiceOptions)| Served {
            api: *api,
            service: Service {
                store: Store::new(settings.accounts.accounts_for(*api), settings.limits),
                options: options.clone(),
            },
            tallies: api.operations().iter().map(|_| Tally::default()).collect(),
        };
        Self {
            served: settings.services.iter().map(served).collect(),
            accounts: settings.accounts.clone(),
            other: Tally::default(),
            in_progress: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            faults: (!settings.faults.is_empty())
                .then(|| Faults::new(&settings.faults, settings.seed)),
            gate: settings.capacity.map(|capacity| Gate::new(capacity, settings.seed)),
            began: Instant::now(),
            counted_from: AtomicU64::new(0),
        }
    }

    /// What a request is for, of which the body may not be there yet.
    pub(super) fn asked(&self, request: &Incoming<'_>) -> Asked {
        let mut apis = self.served.iter().map(|served| served.api);
        apis.find_map(|api| api.operation_asked(request).map(|operation| (api, operation)))
    }

    /// Takes a request, to be counted with its answer.
    pub(super) fn receive(&self, asked: Asked) -> Receipt<'_> {
        let tally = asked.and_then(|(api, operation)| {
            let served = self.served.iter().find(|served| served.api.name() == api.name())?;
            Some(&served.tallies[operation])
        });
        tally.unwrap_or(&self.other).receive(&self.in_progress)
    }

    /// Counts a connection for which there is no room.
    pub(super) fn note_turned_away(&self) {
        self.turned_away.fetch_add(1, Relaxed);
    }

    /// Answers when the request has had its turn, or that it cannot have one.
    pub(super) async fn serve(&self, request: &Incoming<'_>) -> Outgoing {
        match &self.gate {
            Some(gate) if gate.pass().await.is_err() => Outgoing::empty(503),
            // What a request does is done at the end of its service.
            _ => self.answer(request),
        }
    }

    /// What is answered now.
    fn answer(&self, request: &Incoming<'_>) -> Outgoing {
        let mut entropy = Entropy::default();
        // Seeded by the operating system and cryptographically strong, so ids cannot be guessed.
        rand::rng().fill_bytes(&mut entropy);
        let visit = Visit { now: Instant::now(), entropy };
        self.served
            .iter()
            .find_map(|served| served.api.answer(request, &served.service, &visit))
            .unwrap_or_else(|| {
                let message = format!("no service at {}\n", request.path);
                Outgoing::new(404, "text/plain; charset=utf-8", message.into_bytes())
            })
    }

    /// What was asked and answered so far.
    pub(super) fn statistics(&self) -> Statistics {
        let apis: Vec<_> = self.served.iter().map(Served::figures).collect();
        let other = Figures::of(&self.other);
        let operations = apis.iter().flat_map(|api| &api.operations);
        let asked: u64 = operations.map(|operation| operation.figures.requests).sum();
        let uptime = self.began.elapsed();
        let uncounted = Duration::from_nanos(self.counted_from.load(Relaxed));
        Statistics {
            schema: statistics::SCHEMA,
            uptime_s: uptime.as_secs_f64(),
            cpu_s: process_time().map(|time| time.as_secs_f64()),
            counted_s: uptime.saturating_sub(uncounted).as_secs_f64(),
            requests: asked + other.requests,
            in_progress: self.in_progress.load(Relaxed),
            turned_away: self.turned_away.load(Relaxed),
            apis,
            other,
            capacity: self.gate.as_ref().map(CapacityFigures::of),
            faults: self.faults.iter().flat_map(Faults::happened).map(FaultFigures::from).collect(),
        }
    }

    /// Accounts as they were at the start, no sessions, nothing counted. What is in progress is
    /// answered and counted afterwards.
    pub(super) fn reset(&self) {
        for Served { api, service, tallies } in &self.served {
            service.store.restart(self.accounts.accounts_for(*api));
            tallies.iter().for_each(Tally::clear);
        }
        self.other.clear();
        self.turned_away.store(0, Relaxed);
        if let Some(gate) = &self.gate {
            gate.restart();
        }
        if let Some(faults) = &self.faults {
            faults.restart();
        }
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.counted_from.store(now, Relaxed);
    }
}

impl Served {
    fn figures(&self) -> ApiFigures {
        let operations = self.api.operations().iter().zip(&self.tallies);
        ApiFigures {
            api: self.api.name(),
            sessions: self.service.store.live_sessions(Instant::now()),
            operations: operations
                .map(|(operation, tally)| OperationFigures {
                    operation: operation.name,
                    figures: Figures::of(tally),
                })
                .collect(),
        }
    }
}
