//! How `gander serve` sets up its services.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::exit::Failure;
use super::names::{find_api, unknown};
use crate::api::{Api, Binding, ErrorStatus, REGISTRY, ServiceOptions};

// No doc comment: it would take the place of the subcommand's own in --help.
#[derive(Debug, clap::Args)]
pub(super) struct ServiceArguments {
    /// Bindings to switch on, the others being off: soap11, soap12, get, post, for every service
    /// that has any of them, or as API=LIST for one; by default leadertask=soap11,get,post and
    /// related=soap11
    #[arg(long, value_name = "[API=]LIST")]
    bindings: Vec<String>,
    /// Errors of the ASP.NET services: one line, or with "off" stack traces as developers see them
    #[arg(long, value_name = "on|off", default_value = "on",
          value_parser = PossibleValuesParser::new(["on", "off"]).map(|word| word == "on"),
          action = clap::ArgAction::Set)]
    custom_errors: bool,
    /// eltex's documented errors: under status 200, under 404, or as a 404 without a body
    #[arg(long, value_name = "STATUS", default_value = "200",
          value_parser = PossibleValuesParser::new(["200", "404", "404-empty"]).map(|w| error_status(&w)))]
    eltex_errors: ErrorStatus,
}

fn error_status(word: &str) -> ErrorStatus {
    match word {
        "404" => ErrorStatus::NotFound,
        "404-empty" => ErrorStatus::NotFoundEmpty,
        _ => ErrorStatus::Ok,
    }
}

impl ServiceArguments {
    /// Every API with the options that are asked for.
    pub(super) fn services(&self) -> Result<Vec<(&'static dyn Api, ServiceOptions)>, Failure> {
        let lists = self.bindings.iter().map(|text| BindingList::parse(text));
        let lists = lists.collect::<Result<Vec<_>, _>>()?;
        let service = |api: &'static dyn Api| {
            let mut options = ServiceOptions {
                custom_errors: self.custom_errors,
                error_status: self.eltex_errors,
                ..ServiceOptions::documented(api)
            };
            // What is said of one service counts more than what is said of all.
            let of_all = lists.iter().filter(|list| list.api.is_none());
            let of_this =
                lists.iter().filter(|list| list.api.is_some_and(|a| a.name() == api.name()));
            for list in of_all.chain(of_this) {
                let known = api.bindings().iter().copied().filter(|b| list.bindings.contains(b));
                let on: Vec<_> = known.collect();
                if !on.is_empty() {
                    options.bindings = on;
                }
            }
            (api, options)
        };
        Ok(REGISTRY.iter().copied().map(service).collect())
    }
}

/// The bindings that are to be on, for one API or for all that have any of them.
struct BindingList {
    api: Option<&'static dyn Api>,
    bindings: Vec<Binding>,
}

impl BindingList {
    /// `soap11,get`, or `leadertask=soap11,get`.
    fn parse(text: &str) -> Result<Self, Failure> {
        let (api, names) = match text.split_once('=') {
            Some((name, names)) => (Some(find_api(name)?), names),
            None => (None, text),
        };
        let bindings = names.split(',').map(|name| Self::binding(api, name.trim()));
        Ok(Self { api, bindings: bindings.collect::<Result<_, _>>()? })
    }

    fn binding(api: Option<&dyn Api>, name: &str) -> Result<Binding, Failure> {
        let known: Vec<_> = match api {
            Some(api) => api.bindings().to_vec(),
            None => REGISTRY.iter().flat_map(|api| api.bindings()).copied().collect(),
        };
        match Binding::from_name(name) {
            Some(binding) if known.contains(&binding) => Ok(binding),
            found => {
                let mut names: Vec<_> = known.iter().map(|binding| binding.name()).collect();
                names.sort_unstable();
                names.dedup();
                Err(match (api, found) {
                    (Some(api), Some(binding)) => Failure::usage(format!(
                        "{} has no binding {binding}: it has {}",
                        api.name(),
                        names.join(", ")
                    )),
                    _ => unknown("binding", name, &names),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_up(bindings: &[&str]) -> Vec<String> {
        let arguments = ServiceArguments {
            bindings: bindings.iter().map(|&text| text.to_owned()).collect(),
            custom_errors: true,
            eltex_errors: ErrorStatus::Ok,
        };
        let services = arguments.services().unwrap_or_else(|failure| panic!("{}", failure.message));
        let names = |options: &ServiceOptions| -> Vec<_> {
            options.bindings.iter().map(|binding| binding.name()).collect()
        };
        services
            .iter()
            .map(|(api, options)| format!("{}={}", api.name(), names(options).join(",")))
            .collect()
    }

    #[test]
    fn bindings_are_switched_for_all_or_for_one() {
        for (lists, [leadertask, related, eltex]) in [
            (&[][..], ["soap11,get,post", "soap11", "xml"]),
            (&["soap12"], ["soap12", "soap12", "xml"]),
            (&["get, post"], ["get,post", "get,post", "xml"]),
            (&["post", "soap11,soap12"], ["soap11,soap12", "soap11,soap12", "xml"]),
            (&["leadertask=soap12,soap11", "post"], ["soap11,soap12", "post", "xml"]),
            (
                &["related=soap11,soap12,get,post"],
                ["soap11,get,post", "soap11,get,post,soap12", "xml"],
            ),
            (&["related=soap11", "eltex=xml"], ["soap11,get,post", "soap11", "xml"]),
        ] {
            let expected = [
                format!("leadertask={leadertask}"),
                format!("related={related}"),
                format!("eltex={eltex}"),
            ];
            assert_eq!(set_up(lists), expected, "{lists:?}");
        }
    }
}
