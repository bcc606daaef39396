//! How connections are made and used, whatever is sent over them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::valve::{Ceiling, InFlight, Valve};
use super::{Route, Settings};
use crate::http::{
    Addresses, ClientSettings, Connections, Header, Limits, Renewal, Resolver, Tls, Trust,
    common_lines, server_name,
};
use crate::measure::TransportReport;
use crate::units::Rate;

/// How connections are made and used.
#[derive(Clone, Debug)]
pub struct Transport {
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// The file of the certificate that servers are shown.
    pub client_certificate: Option<String>,
    /// Both of these as TLS takes them; `None` where no route is in TLS.
    pub tls: Option<Tls>,
    /// How long a connection is kept.
    pub connections: Connections,
    /// The address of this machine that connections come from.
    pub bind: Option<IpAddr>,
    /// For connections made so long after it was resolved, a name is resolved again.
    pub resolve_every: Option<Duration>,
    /// What goes with every request.
    pub headers: Vec<Header>,
    /// So long a body waits for the server to ask for it; `None`: it is sent with the head.
    pub expect_continue: Option<Duration>,
    /// The most bytes a reply's body may have, before and after gzip is undone.
    pub max_reply: usize,
    /// The most requests in flight, of all users together.
    pub max_in_flight: Option<usize>,
    /// A ceiling on the requests per second of all users together; `None`: [`MAX_RATE_ELSEWHERE`] to
    /// hosts other than this machine, and none to this one.
    pub max_rate: Option<Rate>,
}

/// Requests per second to hosts other than this machine that nobody sends by an oversight.
pub const MAX_RATE_ELSEWHERE: f64 = 10_000.0;

impl Default for Transport {
    fn default() -> Self {
        Self {
            trust: Trust::System,
            client_certificate: None,
            tls: None,
            connections: Connections::default(),
            bind: None,
            resolve_every: None,
            headers: Vec::new(),
            expect_continue: None,
            max_reply: Limits::default().body_bytes,
            max_in_flight: None,
            max_rate: None,
        }
    }
}

impl Transport {
    /// What the connections along `route` have in common.
    pub(super) fn client(&self, route: &Route, settings: &Settings) -> ClientSettings {
        let target = &route.target;
        let tls = self.tls.as_ref().filter(|_| target.tls).map(|tls| {
            let name = server_name(&target.host).expect("a target in TLS has a name for it");
            (tls.clone(), name)
        });
        assert_eq!(tls.is_some(), target.tls, "a run with a target in TLS knows whom to trust");
        let renewal = self.resolve_every.map(|every| Renewal {
            resolver: Resolver::system(),
            host: target.host.clone(),
            port: target.port,
            every,
            may_leave: route.allowed,
        });
        let host = self.headers.iter().find(|header| header.is("host"));
        ClientSettings {
            addresses: Addresses::new(&route.addresses, renewal),
            bind: self.bind,
            connections: self.connections,
            common: common_lines(&self.headers, self.connections),
            authority: host.map_or_else(|| target.authority(), |h| h.value.expose().to_owned()),
            prefix: target.prefix.clone(),
            tls,
            connect_timeout: settings.connect_timeout,
            request_timeout: settings.request_timeout,
            expect_continue: self.expect_continue,
            limits: Limits { body_bytes: self.max_reply, ..Limits::default() },
        }
    }

    /// What holds back the requests along each route.
    pub(super) fn valves(&self, routes: &[Route]) -> Vec<Valve> {
        let in_flight = self.max_in_flight.map(|most| Arc::new(InFlight::new(most)));
        let ceiling = self.ceiling(routes).map(|rate| Arc::new(Ceiling::new(rate)));
        let valve = |route: &Route| Valve {
            in_flight: in_flight.clone(),
            ceiling: ceiling.clone().filter(|_| self.max_rate.is_some() || !route.is_local()),
        };
        routes.iter().map(valve).collect()
    }

    /// The ceiling that holds for any of the routes.
    fn ceiling(&self, routes: &[Route]) -> Option<Rate> {
        let elsewhere = routes.iter().any(|route| !route.is_local());
        self.max_rate.or(elsewhere.then(|| Rate::per_second(MAX_RATE_ELSEWHERE)))
    }

    pub(super) fn report(&self, routes: &[Route]) -> TransportReport {
        TransportReport {
            insecure: self.trust == Trust::Anybody,
            ca: match &self.trust {
                Trust::File(file) => Some(file.display().to_string()),
                Trust::System | Trust::Anybody => None,
            },
            client_certificate: self.client_certificate.clone(),
            connections: self.connections.to_string(),
            bind: self.bind.map(|address| address.to_string()),
            resolve_every_seconds: self.resolve_every.map(|every| every.as_secs_f64()),
            headers: self.headers.iter().map(|header| header.name.clone()).collect(),
            expect_continue_seconds: self.expect_continue.map(|patience| patience.as_secs_f64()),
            max_reply_bytes: self.max_reply,
            max_in_flight: self.max_in_flight,
            max_rate: self.ceiling(routes).map(Rate::in_a_second),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Guard;

    #[test]
    fn other_machines_have_a_ceiling_and_this_one_only_if_asked() {
        let route = |address: &'static str| {
            let resolver =
                Resolver::new(move |_, _| Ok(vec![address.parse().expect("an address")]));
            let guard = Guard { allowed_hosts: vec!["h".to_owned()] };
            Route::to("http://h", "", &guard, &resolver).expect("allowed")
        };
        let routes = [route("127.0.0.1:80"), route("192.0.2.1:80")];
        let own = Rate::per_second(5.0);
        for (asked, routes, ceilings, reported) in [
            (None, &routes[..1], &[false][..], None),
            (None, &routes[..], &[false, true], Some(MAX_RATE_ELSEWHERE)),
            (Some(own), &routes[..], &[true, true], Some(5.0)),
        ] {
            let transport = Transport { max_rate: asked, ..Transport::default() };
            let valves = transport.valves(routes);
            let found: Vec<_> = valves.iter().map(|valve| valve.ceiling.is_some()).collect();
            assert_eq!(found, ceilings, "{asked:?}");
            assert_eq!(transport.report(routes).max_rate, reported, "{asked:?}");
        }
    }
}
