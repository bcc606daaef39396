//! The simulator's own paths, for whoever drives it. What comes to them is not counted, delayed or
//! refused.

use super::services::Services;
use crate::api::Outgoing;

const ROOT: &str = "/_simulator";
const STATISTICS: &str = "/_simulator/stats";
const RESET: &str = "/_simulator/reset";

/// What is answered, if the path is the simulator's own; nothing to whom it is not (`is_own`).
pub(super) fn answer(
    method: &str,
    path: &str,
    is_own: bool,
    services: &Services,
) -> Option<Outgoing> {
    let below = path.strip_prefix(ROOT)?;
    if !below.is_empty() && !below.starts_with('/') {
        return None;
    }
    if !is_own {
        let help = "only by the name localhost or by the address itself, and from no other site\n";
        return Some(Outgoing::new(403, "text/plain; charset=utf-8", help.into()));
    }
    Some(match (path, method) {
        (STATISTICS, "GET") => {
            let mut body = serde_json::to_vec_pretty(&services.statistics())
                .expect("numbers and names are JSON");
            body.push(b'\n');
            Outgoing::new(200, "application/json", body)
        }
        (RESET, "POST") => {
            services.reset();
            Outgoing::empty(204)
        }
        (STATISTICS, _) => Outgoing::method_not_allowed("GET"),
        (RESET, _) => Outgoing::method_not_allowed("POST"),
        _ => {
            let help = format!("nothing here; there are GET {STATISTICS} and POST {RESET}\n");
            Outgoing::new(404, "text/plain; charset=utf-8", help.into_bytes())
        }
    })
}
