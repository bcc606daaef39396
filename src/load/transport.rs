//! What a plan's transport comes to along the ways to its services.

use std::sync::Arc;

use super::Route;
use super::valve::{Ceiling, InFlight, Valve};
use crate::http::{
    Addresses, ClientSettings, Limits, Renewal, Resolver, StallClock, Trust, common_lines,
    server_name,
};
use crate::measure::{Latencies, TransportReport};
use crate::scenario::{LONGEST_TIMEOUT, Transport};
use crate::units::Rate;

/// Requests per second to hosts other than this machine that nobody sends by an oversight.
pub const MAX_RATE_ELSEWHERE: f64 = 10_000.0;

const _: () = assert!(LONGEST_TIMEOUT.as_nanos() <= Latencies::LONGEST.as_nanos());

/// What the connections along `route` have in common.
pub(super) fn client(transport: &Transport, route: &Route, stalls: StallClock) -> ClientSettings {
    let target = &route.target;
    let tls = transport.tls.as_ref().filter(|_| target.tls).map(|tls| {
        let name = server_name(&target.host).expect("a target in TLS has a name for it");
        (tls.clone(), name)
    });
    assert_eq!(tls.is_some(), target.tls, "a run with a target in TLS knows whom to trust");
    let renewal = transport.resolve_every.map(|every| Renewal {
        resolver: Resolver::system(),
        host: target.host.clone(),
        port: target.port,
        every,
        may_leave: route.allowed,
    });
    let host = transport.headers.iter().find(|header| header.is("host"));
    ClientSettings {
        addresses: Addresses::new(&route.addresses, renewal),
        bind: transport.bind,
        connections: transport.connections,
        common: common_lines(&transport.headers, transport.connections),
        authority: host.map_or_else(|| target.authority(), |h| h.value.expose().to_owned()),
        prefix: format!("{}{}", target.prefix, target.service),
        prefix_covers: target.service.len(),
        tls,
        connect_timeout: transport.connect_timeout,
        request_timeout: transport.request_timeout,
        expect_continue: transport.expect_continue,
        limits: Limits { body_bytes: transport.max_reply, ..Limits::default() },
        stalls,
    }
}

/// What holds back the requests along each route.
pub(super) fn valves(transport: &Transport, routes: &[Route]) -> Vec<Valve> {
    let in_flight = transport.max_in_flight.map(|most| Arc::new(InFlight::new(most)));
    let ceiling = ceiling(transport, routes).map(|rate| Arc::new(Ceiling::new(rate)));
    let valve = |route: &Route| Valve {
        in_flight: in_flight.clone(),
        ceiling: ceiling.clone().filter(|_| transport.max_rate.is_some() || !route.is_local()),
    };
    routes.iter().map(valve).collect()
}

/// The ceiling that holds for any of the routes.
fn ceiling(transport: &Transport, routes: &[Route]) -> Option<Rate> {
    let elsewhere = routes.iter().any(|route| !route.is_local());
    transport.max_rate.or(elsewhere.then(|| Rate::per_second(MAX_RATE_ELSEWHERE)))
}

pub(super) fn transport_report(transport: &Transport, routes: &[Route]) -> TransportReport {
    TransportReport {
        insecure: transport.trust == Trust::Anybody,
        ca: match &transport.trust {
            Trust::File(file) => Some(file.display().to_string()),
            Trust::System | Trust::Anybody => None,
        },
        client_certificate: transport.client_certificate.clone(),
        connections: transport.connections.to_string(),
        bind: transport.bind.map(|address| address.to_string()),
        resolve_every_seconds: transport.resolve_every.map(|every| every.as_secs_f64()),
        headers: transport.headers.iter().map(|header| header.name.clone()).collect(),
        expect_continue_seconds: transport.expect_continue.map(|patience| patience.as_secs_f64()),
        max_reply_bytes: transport.max_reply,
        max_in_flight: transport.max_in_flight,
        max_rate: ceiling(transport, routes).map(Rate::in_a_second),
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
            let valves = valves(&transport, routes);
            let found: Vec<_> = valves.iter().map(|valve| valve.ceiling.is_some()).collect();
            assert_eq!(found, ceilings, "{asked:?}");
            assert_eq!(transport_report(&transport, routes).max_rate, reported, "{asked:?}");
        }
    }
}
