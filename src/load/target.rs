//! Whom we may load, and the way there.

use std::net::SocketAddr;

use crate::http::{Resolver, Target, TargetError, are_loopback, same_host};

/// Where the requests of a journey go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The service.
    pub target: Target,
    /// The addresses it has; nothing else is connected to.
    pub addresses: Vec<SocketAddr>,
    /// Whether its host was named as one that may be loaded, wherever it leads.
    pub allowed: bool,
    /// Whether it is the simulator in this process.
    pub embedded: bool,
}

/// Which hosts beyond this machine may be loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Their names, as in the target.
    pub allowed_hosts: Vec<String>,
}

/// A target that cannot or may not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefused {
    /// No URL.
    #[error(transparent)]
    Unusable(TargetError),
    /// A host without an address.
    #[error(transparent)]
    Unresolved(TargetError),
    /// Not this machine, and not allowed.
    #[error(
        "{host} ({address}) is not this machine: if it is yours to load, add --allow-host {host}"
    )]
    NotAllowed {
        /// The host.
        host: String,
        /// The first of its addresses that is not this machine.
        address: SocketAddr,
    },
}

impl Route {
    /// Finds the way to `url`, unless it leads to a machine that nobody said may be loaded.
    /// Judged by the addresses and not by the name, which may be anybody's.
    ///
    /// # Errors
    /// Why it cannot or may not be loaded.
    pub fn to(
        url: &str,
        service_path: &str,
        guard: &Guard,
        resolver: &Resolver,
    ) -> Result<Self, TargetRefused> {
        let target = Target::parse(url, service_path).map_err(TargetRefused::Unusable)?;
        let addresses = target.resolve(resolver).map_err(TargetRefused::Unresolved)?;
        let allowed = guard.allowed_hosts.iter().any(|host| same_host(host, &target.host));
        let is_elsewhere = |address: &&SocketAddr| !are_loopback(std::slice::from_ref(*address));
        if let Some(&address) = addresses.iter().find(is_elsewhere).filter(|_| !allowed) {
            return Err(TargetRefused::NotAllowed { host: target.host, address });
        }
        Ok(Self { target, addresses, allowed, embedded: false })
    }

    /// The way to the simulator in this process.
    #[must_use]
    pub fn embedded(address: SocketAddr) -> Self {
        Self {
            target: Target {
                tls: false,
                host: address.ip().to_string(),
                port: address.port(),
                prefix: String::new(),
                service: String::new(),
            },
            addresses: vec![address],
            allowed: false,
            embedded: true,
        }
    }

    /// Whether its requests stay on this machine, as far as it was resolved.
    #[must_use]
    pub fn is_local(&self) -> bool {
        are_loopback(&self.addresses)
    }

    /// Its URL, up to the service's own path.
    #[must_use]
    pub fn url(&self) -> String {
        self.target.url()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_named_hosts_are_loaded() {
        let guard = |hosts: &[&str]| Guard {
            allowed_hosts: hosts.iter().map(|h| (*h).to_owned()).collect(),
        };
        for (url, hosts, allowed) in [
            ("http://127.0.0.1:1", &[][..], true),
            ("http://[::1]:1", &[], true),
            ("http://localhost:1", &[], true),
            ("http://0.0.0.0:1", &[], false),
            ("http://192.0.2.1", &[], false),
            ("http://192.0.2.1", &["192.0.2.2"], false),
            ("http://192.0.2.1", &["192.0.2.2", "192.0.2.1"], true),
            ("http://[2001:db8::1]", &["[2001:db8::1]"], true),
        ] {
            let routed = Route::to(url, "", &guard(hosts), &Resolver::system());
            assert_eq!(routed.is_ok(), allowed, "{url} {hosts:?}: {routed:?}");
        }
    }

    /// Whatever a name looks like, where it leads decides.
    #[test]
    fn a_name_is_judged_by_where_it_leads() {
        for (host, address, hosts, allowed) in [
            ("localhost", "127.0.0.1:80", &[][..], true),
            ("localhost", "192.0.2.1:80", &[], false),
            ("localhost.localdomain", "[2001:db8::1]:80", &[], false),
            ("localhost", "[::ffff:192.0.2.1]:80", &[], false),
            ("portal.example", "127.0.0.1:80", &[], true),
            ("portal.example", "192.0.2.1:80", &["localhost"], false),
            ("portal.example", "192.0.2.1:80", &["portal.example"], true),
        ] {
            let resolver = Resolver::new(move |asked, _| {
                assert_eq!(asked, host);
                Ok(vec!["127.0.0.1:80".parse().expect("one"), address.parse().expect("another")])
            });
            let guard = Guard {
                allowed_hosts: hosts.iter().map(|h| (*h).to_owned()).collect(),
            };
            let routed = Route::to(host, "", &guard, &resolver);
            assert_eq!(routed.is_ok(), allowed, "{host} at {address}: {routed:?}");
            if let Err(refused) = routed {
                let fault = format!("{host} ({address}) is not this machine");
                assert!(refused.to_string().starts_with(&fault), "{refused}");
            }
        }
    }
}
