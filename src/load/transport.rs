//! How connections are made and used, whatever is sent over them.

use std::net::IpAddr;
use std::time::Duration;

use super::{Route, Settings};
use crate::http::{
    Addresses, ClientSettings, Connections, Header, Limits, Renewal, Resolver, Tls, Trust,
    common_lines, server_name,
};
use crate::measure::TransportReport;

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
}

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
            limits: Limits::default(),
        }
    }

    pub(super) fn report(&self) -> TransportReport {
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
        }
    }
}
