//! Names that people type, and the nearest right one.

use super::exit::Failure;
use crate::api::{self, Api};
use crate::scenario::advise;

pub(super) fn find_api(name: &str) -> Result<&'static dyn Api, Failure> {
    api::find(name).ok_or_else(|| {
        let names: Vec<_> = api::REGISTRY.iter().map(|api| api.name()).collect();
        unknown("API", name, &names)
    })
}

pub(super) fn unknown(what: &str, wrong: &str, known: &[&str]) -> Failure {
    let advice = advise(wrong, known.iter().copied());
    Failure::usage(format!("unknown {what} \"{wrong}\": {advice}"))
}
