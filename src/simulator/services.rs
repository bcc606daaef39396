//! Which service answers a request, and what: no sockets.

use std::time::Instant;

use rand::RngCore;

use super::AccountSet;
use crate::api::{Api, Entropy, Incoming, Outgoing, REGISTRY, Store, StoreLimits, Visit};

/// All services with their accounts and sessions.
#[derive(Debug)]
pub(super) struct Services {
    services: Vec<(&'static dyn Api, Store)>,
}

impl Services {
    /// One service for each API in the registry.
    pub(super) fn new(accounts: &AccountSet, limits: StoreLimits) -> Self {
        Self {
            services: REGISTRY.iter().map(|&api| (api, accounts.store_for(api, limits))).collect(),
        }
    }

    /// What is answered now.
    pub(super) fn answer(&self, request: &Incoming<'_>) -> Outgoing {
        let mut entropy = Entropy::default();
        // Seeded by the operating system and cryptographically strong, so ids cannot be guessed.
        rand::rng().fill_bytes(&mut entropy);
        let visit = Visit { now: Instant::now(), entropy };
        self.services
            .iter()
            .find_map(|(api, store)| api.answer(request, store, &visit))
            .unwrap_or_else(|| {
                let message = format!("no service at {}\n", request.path);
                Outgoing::new(404, "text/plain; charset=utf-8", message.into_bytes())
            })
    }
}
