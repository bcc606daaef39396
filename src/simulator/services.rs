//! Which service answers a request, and what: no sockets.

use std::time::Instant;

use rand::RngCore;

use super::Settings;
use crate::api::{Api, Entropy, Incoming, Outgoing, Service, Visit};

/// All services with their accounts and sessions.
#[derive(Debug)]
pub(super) struct Services {
    services: Vec<(&'static dyn Api, Service)>,
}

impl Services {
    /// The services that `settings` name.
    pub(super) fn new(settings: &Settings) -> Self {
        let service = |api: &'static dyn Api, options| Service {
            store: settings.accounts.store_for(api, settings.limits),
            options,
        };
        let named = settings.services.iter();
        Self {
            services: named.map(|(api, options)| (*api, service(*api, options.clone()))).collect(),
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
            .find_map(|(api, service)| api.answer(request, service, &visit))
            .unwrap_or_else(|| {
                let message = format!("no service at {}\n", request.path);
                Outgoing::new(404, "text/plain; charset=utf-8", message.into_bytes())
            })
    }
}
