//! What a run needs of this machine, as far as that is known beforehand: descriptors and ports.

use std::fs;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::Route;
use crate::http::Connections;
use crate::scenario::{Journey, Plan};

/// Descriptors for files, timers, and what the runtime has.
const OTHER_DESCRIPTORS: u64 = 32;
/// How long a closed connection keeps its port: Linux, `TCP_TIMEWAIT_LEN`.
const TIME_WAIT: Duration = Duration::from_secs(60);
/// How long it does where the kernel may use the port again (tcp_tw_reuse).
const REUSED_AFTER: Duration = Duration::from_secs(1);

/// What this machine gives the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    /// How many descriptors it may have.
    pub descriptors: u64,
    /// The ports that connections come from; `None` where the system does not tell.
    pub ports: Option<RangeInclusive<u16>>,
    /// Which connections in TIME_WAIT give their ports back early: `net.ipv4.tcp_tw_reuse`.
    pub reuse: Reuse,
}

/// Which connections in TIME_WAIT give their ports back after a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// None.
    Never,
    /// Those to this machine.
    Loopback,
    /// All.
    Always,
}

/// A run that this machine has not enough for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceShortage {
    /// Each user has a connection, and one more where the embedded simulator has its other end.
    #[error(
        "{users} users need {needed} descriptors, and the system allows this process {available} \
         descriptors: allow more (ulimit -n), or use fewer users or a smaller pool"
    )]
    Descriptors {
        /// How many users there are to be.
        users: usize,
        /// What they need.
        needed: u64,
        /// What there is.
        available: u64,
    },
    /// Each connection to one address needs a port of its own.
    #[error(
        "{users} users of {address} need as many ports, and this machine has {ports} for its \
         connections: allow more (net.ipv4.ip_local_port_range), or use fewer users or a smaller pool"
    )]
    Ports {
        /// How many users there are to be.
        users: usize,
        /// Where they connect to.
        address: SocketAddr,
        /// How many ports there are.
        ports: usize,
    },
}

impl Resources {
    /// Those of this process, after asking the system for as many descriptors as it gives without
    /// privileges.
    #[must_use]
    pub fn of_this_process() -> Self {
        let read = |name: &str| fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).ok();
        Self {
            descriptors: rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX),
            ports: read("ip_local_port_range").and_then(|text| port_range(&text)),
            reuse: match read("tcp_tw_reuse").as_deref().map(str::trim) {
                Some("1") => Reuse::Always,
                Some("2") => Reuse::Loopback,
                _ => Reuse::Never,
            },
        }
    }

    /// Whether there are descriptors for so many users; each of `embedded` ones needs two.
    ///
    /// # Errors
    /// When there are not.
    pub fn check_descriptors(&self, users: usize, embedded: usize) -> Result<(), ResourceShortage> {
        let needed = users as u64 + embedded as u64 + OTHER_DESCRIPTORS;
        if needed <= self.descriptors {
            return Ok(());
        }
        Err(ResourceShortage::Descriptors { users, needed, available: self.descriptors })
    }

    /// Whether there is enough for `plan` along `routes`, which are by journey. What may become
    /// short, depending on the target, is returned in words.
    ///
    /// # Errors
    /// When there is not.
    pub fn check(&self, plan: &Plan, routes: &[Route]) -> Result<Vec<String>, ResourceShortage> {
        let played = || plan.journeys.iter().zip(routes);
        let embedded = played().filter(|(_, route)| route.embedded);
        self.check_descriptors(plan.users(), embedded.map(|(journey, _)| journey.users).sum())?;
        let Some(range) = &self.ports else { return Ok(Vec::new()) };
        let ports = range.len();
        let mut notes = Vec::new();
        let mut seen: Vec<SocketAddr> = Vec::new();
        for route in routes {
            let address = route.addresses[0];
            if seen.contains(&address) {
                continue;
            }
            seen.push(address);
            let journeys = || played().filter(|(_, r)| r.addresses[0] == address).map(|(j, _)| j);
            let users = journeys().map(|journey| journey.users).sum();
            if users > ports {
                return Err(ResourceShortage::Ports { users, address, ports });
            }
            let kept = match self.reuse {
                Reuse::Always => REUSED_AFTER,
                Reuse::Loopback if address.ip().is_loopback() => REUSED_AFTER,
                Reuse::Loopback | Reuse::Never => TIME_WAIT,
            };
            let kept = plan.load.duration.map_or(kept, |duration| kept.min(duration));
            let used = connection_rate(plan, journeys()) * kept.as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "at most 65,536")]
            if used > ports as f64 {
                notes.push(format!(
                    "{:.0} connections within {} s to {address} may need more ports than the \
                     {ports} of this machine, if gander closes them before the target does: keep \
                     connections (--connections keep-alive), or allow more ports \
                     (net.ipv4.ip_local_port_range)",
                    used,
                    kept.as_secs()
                ));
            }
        }
        Ok(notes)
    }
}

/// How many connections a second the open ones of these journeys make at their highest rate, beyond
/// those that are kept.
#[expect(clippy::cast_precision_loss, reason = "weights and steps, far below 2^53")]
fn connection_rate<'p>(plan: &Plan, journeys: impl Iterator<Item = &'p Journey>) -> f64 {
    let Some(open) = &plan.load.open else { return 0.0 };
    let is_open = |journey: &&Journey| journey.model == crate::scenario::Model::Open;
    let weight: usize = plan.journeys.iter().filter(is_open).map(|journey| journey.weight).sum();
    let connections = |journey: &Journey| match plan.transport.connections {
        Connections::KeepAlive => 0.0,
        Connections::PerJourney => 1.0,
        Connections::PerRequest => {
            journey.steps.iter().map(|step| f64::from(step.repeat)).sum::<f64>()
        }
    };
    let per_journey: f64 = journeys
        .filter(is_open)
        .map(|journey| connections(journey) * journey.weight as f64 / weight.max(1) as f64)
        .sum();
    open.profile.peak() * per_journey
}

/// The two numbers in `ip_local_port_range`.
fn port_range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.trim().split_once(char::is_whitespace)?;
    let range = first.parse().ok()?..=last.trim().parse().ok()?;
    (!range.is_empty()).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, find, open};
    use crate::units::Rate;

    const PLENTY: Resources = Resources {
        descriptors: 1 << 20,
        ports: Some(32_768..=60_999),
        reuse: Reuse::Never,
    };

    fn plan(rate: Option<f64>, users: usize, connections: Connections) -> Plan {
        let overrides = Overrides {
            rate: rate.map(Rate::per_second),
            users: rate.is_none().then_some(users),
            pool: rate.map(|_| users),
            duration: Some(Duration::from_secs(600)),
            ..Overrides::default()
        };
        let source = find("session").expect("built in");
        let mut plan = open(&source, &overrides).expect("a plan");
        plan.transport.connections = connections;
        plan
    }

    fn checked(resources: &Resources, plan: &Plan, embedded: bool) -> String {
        let mut route = Route::embedded(SocketAddr::from(([127, 0, 0, 1], 9)));
        route.embedded = embedded;
        let routes = vec![route; plan.journeys.len()];
        match resources.check(plan, &routes) {
            Ok(notes) => notes.join("\n"),
            Err(shortage) => shortage.to_string(),
        }
    }

    #[test]
    fn users_need_descriptors_and_ports() {
        let few = Resources { descriptors: 100, ..PLENTY };
        for (resources, users, embedded, expected) in [
            (&PLENTY, 20_000, true, ""),
            (&few, 68, false, ""),
            (
                &few,
                69,
                false,
                "69 users need 101 descriptors, and the system allows this process 100",
            ),
            (&few, 34, true, ""),
            (&few, 35, true, "35 users need 102 descriptors"),
            (
                &PLENTY,
                30_000,
                false,
                "30000 users of 127.0.0.1:9 need as many ports, and this machine has 28232",
            ),
            (&Resources { ports: None, ..PLENTY }, 30_000, false, ""),
        ] {
            let found = checked(resources, &plan(None, users, Connections::KeepAlive), embedded);
            assert!(found.starts_with(expected), "{users} {embedded}: {found}");
            assert_eq!(found.is_empty(), expected.is_empty(), "{users} {embedded}: {found}");
        }
    }

    /// A session is seven requests.
    #[test]
    fn ports_in_time_wait_are_foreseen() {
        let loopback = Resources { reuse: Reuse::Loopback, ..PLENTY };
        for (resources, rate, connections, expected) in [
            (&PLENTY, Some(100.0), Connections::PerRequest, "42000 connections within 60 s"),
            (&PLENTY, Some(60.0), Connections::PerRequest, ""),
            (&PLENTY, Some(500.0), Connections::PerJourney, "30000 connections within 60 s"),
            (&PLENTY, Some(5000.0), Connections::KeepAlive, ""),
            (&loopback, Some(100.0), Connections::PerRequest, ""),
            (&PLENTY, None, Connections::PerRequest, ""),
        ] {
            let found = checked(resources, &plan(rate, 100, connections), false);
            assert!(found.starts_with(expected), "{rate:?}: {found}");
            assert_eq!(found.is_empty(), expected.is_empty(), "{rate:?}: {found}");
        }
    }

    #[test]
    fn port_ranges_are_read() {
        for (text, range) in [
            ("32768\t60999\n", Some(32_768..=60_999)),
            ("40000 40020", Some(40_000..=40_020)),
            ("5 4", None),
            ("5", None),
            ("", None),
        ] {
            assert_eq!(port_range(text), range, "{text:?}");
        }
    }
}
