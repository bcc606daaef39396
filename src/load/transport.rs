//! How connections are made and used, whatever is sent over them.

use super::{Route, Settings};
use crate::http::{ClientSettings, Limits, Tls, Trust, server_name};
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
}

impl Default for Transport {
    fn default() -> Self {
        Self { trust: Trust::System, client_certificate: None, tls: None }
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
        ClientSettings {
            addresses: route.addresses.clone(),
            authority: target.authority(),
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
        }
    }
}
