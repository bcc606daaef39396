//! Where a name leads, now and later.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::host::are_loopback;
use super::local_error::is_local;

type Lookup = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Finds the addresses of a name.
#[derive(Clone)]
pub struct Resolver(Arc<Lookup>);

impl Resolver {
    /// As the system resolves names.
    #[must_use]
    pub fn system() -> Self {
        Self::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }

    /// By a function of host and port, which may block.
    pub fn new(
        lookup: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(lookup))
    }

    /// The addresses, at least one.
    ///
    /// # Errors
    /// When there is none.
    pub fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = (self.0)(bare, port)?;
        if addresses.is_empty() {
            return Err(io::Error::other("the host has no address"));
        }
        Ok(addresses)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// When a name is resolved again, and what for.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// Who resolves it.
    pub resolver: Resolver,
    /// The name.
    pub host: String,
    /// The port.
    pub port: u16,
    /// For connections made so long after it was last resolved.
    pub every: Duration,
    /// Whether it may lead to another machine than this.
    pub may_leave: bool,
}

/// The addresses of a service, which may change.
#[derive(Debug)]
pub struct Addresses {
    renewal: Option<Renewal>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    addresses: Result<Arc<[SocketAddr]>, Arc<io::Error>>,
    /// When they were asked for.
    asked: Instant,
}

impl Addresses {
    /// `addresses`, as they were resolved just now; for ever, if there is no renewal.
    #[must_use]
    pub fn new(addresses: &[SocketAddr], renewal: Option<Renewal>) -> Self {
        let known = Known { addresses: Ok(addresses.into()), asked: Instant::now() };
        Self { renewal, known: Mutex::new(known) }
    }

    /// Where a connection may be made to. While one user asks anew, the others use what is known;
    /// what it is told holds for all, until somebody asks again.
    pub(super) async fn get(&self) -> io::Result<Arc<[SocketAddr]>> {
        match self.due(Instant::now()) {
            None => self.known(),
            Some(renewal) => {
                let asking = tokio::task::spawn_blocking(move || renewal.ask());
                let found = asking.await.map_err(io::Error::other)?.map_err(Arc::new);
                self.known.lock().unwrap_or_else(PoisonError::into_inner).addresses = found;
                self.known()
            }
        }
    }

    fn known(&self) -> io::Result<Arc<[SocketAddr]>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.addresses.clone().map_err(|error| match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::other(error.to_string()),
        })
    }

    /// Whether it is time to ask again, and this caller's turn to.
    fn due(&self, now: Instant) -> Option<Renewal> {
        let renewal = self.renewal.as_ref()?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(known.asked) < renewal.every {
            return None;
        }
        known.asked = now;
        Some(renewal.clone())
    }
}

impl Renewal {
    /// The guard that was asked at the start is asked again: a name may lead elsewhere by now.
    fn ask(&self) -> io::Result<Arc<[SocketAddr]>> {
        let found = self.resolver.resolve(&self.host, self.port);
        let addresses = found.map_err(|error| {
            let unresolved = || io::Error::other("the host's name cannot be resolved");
            if is_local(&error) { error } else { unresolved() }
        })?;
        if !self.may_leave && !are_loopback(&addresses) {
            return Err(io::Error::other(
                "the host's name leads to another machine now, which is not allowed",
            ));
        }
        Ok(addresses.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of a name one after the other, asked at once again and again.
    async fn asked(answers: &'static [&'static [&'static str]], may_leave: bool) -> Vec<String> {
        let asked = Mutex::new(0);
        let resolver = Resolver::new(move |host, port| {
            assert_eq!((host, port), ("localhost", 80));
            let mut asked = asked.lock().expect("nobody panicked");
            *asked += 1;
            Ok(answers[*asked - 1].iter().map(|a| a.parse().expect("an address")).collect())
        });
        let renewal = Renewal {
            resolver,
            host: "localhost".into(),
            port: 80,
            every: Duration::ZERO,
            may_leave,
        };
        let first = "127.0.0.1:80".parse().expect("an address");
        let addresses = Addresses::new(&[first], Some(renewal));
        let mut told = Vec::new();
        for _ in answers {
            told.push(match addresses.get().await {
                Ok(found) => found[0].to_string(),
                Err(error) => error.to_string(),
            });
        }
        told
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_later_is_no_way_out() {
        let not_allowed = "the host's name leads to another machine now, which is not allowed";
        let answers: &[&[&str]] = &[
            &["127.0.0.2:80"],
            &["192.0.2.1:80"],
            &["127.0.0.3:80", "192.0.2.1:80"],
            &[],
            &["127.0.0.4:80"],
        ];
        let unresolved = "the host's name cannot be resolved";
        assert_eq!(
            asked(answers, false).await,
            ["127.0.0.2:80", not_allowed, not_allowed, unresolved, "127.0.0.4:80"]
        );
        // A host that was named may move.
        assert_eq!(asked(&[&["192.0.2.1:80"]], true).await, ["192.0.2.1:80"]);
    }

    #[tokio::test]
    async fn a_name_is_resolved_no_sooner_than_it_should() {
        let renewal = Renewal {
            resolver: Resolver::new(|_, _| panic!("nobody asked for that")),
            host: "localhost".into(),
            port: 80,
            every: Duration::from_secs(3600),
            may_leave: false,
        };
        let first = "127.0.0.1:80".parse().expect("an address");
        for renewal in [Some(renewal), None] {
            let addresses = Addresses::new(&[first], renewal);
            assert_eq!(addresses.get().await.expect("known")[..], [first]);
        }
    }
}
