//! What must not be shown.

use std::borrow::Cow;
use std::collections::HashSet;

use super::redactor::SHORTEST_SECRET;
use crate::api::Answer;
use crate::http::Header;
use crate::scenario::{Journey, Plan, Step};
use crate::secret::Secret;

/// What is known before the run: passwords of all users, and what goes with every request.
pub(in crate::load) fn of_plan(plan: &Plan) -> HashSet<String> {
    let headers = plan.transport.headers.iter().flat_map(Header::secrets);
    let headers = headers.map(|secret| secret.expose().to_owned());
    // Users are numbered through all journeys.
    let mut first = 0;
    let users = plan.journeys.iter().flat_map(move |journey| {
        let numbered = of_users(journey, first);
        first += journey.users;
        numbered
    });
    headers.chain(users).collect()
}

/// The passwords of a journey's users, of which the first has this number, and what its steps make of
/// them.
fn of_users(journey: &Journey, first: usize) -> impl Iterator<Item = String> {
    let columns = journey.accounts.first().map_or(0, |user| user.values.len());
    let inputs = journey.steps.iter().flat_map(|step| secret_inputs(journey, step));
    let mut templates: Vec<_> = inputs.collect();
    // The user's number stands behind its columns. Values from replies are known later.
    templates.retain(|template| template.slots().all(|slot| slot <= columns));
    templates.dedup();
    let columns = journey.secrets.iter().copied().filter(move |slot| *slot < columns);
    journey.accounts.iter().zip(first..).flat_map(move |(user, number)| {
        let mut values = user.values.clone();
        values.push(Secret::new(number.to_string()));
        let filled = templates.iter().map(|template| template.fill(&values).into_owned());
        let own = columns.clone().map(|slot| values[slot].expose().to_owned());
        filled.chain(own).collect::<Vec<_>>()
    })
}

fn secret_inputs<'s>(
    journey: &'s Journey,
    step: &'s Step,
) -> impl Iterator<Item = &'s crate::scenario::Template> {
    let inputs = journey.operation(step).inputs.iter().zip(&step.inputs);
    inputs.filter(|(input, _)| input.is_secret()).map(|(_, value)| value)
}

/// What must not be shown of an exchange: what was sent in this step, what the user knows, and the
/// session that the reply opens.
pub(in crate::load) fn of_exchange<'s>(
    journey: &'s Journey,
    step: &'s Step,
    values: &'s [Secret],
    answer: Option<&'s Answer<'_>>,
) -> impl Iterator<Item = Cow<'s, str>> {
    let sent = secret_inputs(journey, step).map(|value| value.fill(values));
    let opened = answer.and_then(|answer| answer.field(journey.operation(step).opens?));
    let kept = journey.secrets.iter().map(|slot| values[*slot].expose());
    sent.chain(opened.into_iter().chain(kept).map(Cow::Borrowed))
}

/// A note about secrets that are too short to be masked, if there are any.
pub(in crate::load) fn short_note<'s>(
    plan: &'s Plan,
    sessions: impl Iterator<Item = &'s str>,
) -> Option<String> {
    // A character has four bytes at most.
    let is_short = |secret: &&str| {
        !secret.is_empty()
            && secret.len() < 4 * SHORTEST_SECRET
            && secret.chars().count() < SHORTEST_SECRET
    };
    let passwords = plan.journeys.iter().flat_map(|journey| {
        let columns = journey.secrets.iter();
        let users = journey.accounts.iter();
        users.flat_map(move |user| {
            columns.clone().filter_map(|slot| user.values.get(*slot)).map(Secret::expose)
        })
    });
    let short: HashSet<_> = passwords.chain(sessions).filter(is_short).collect();
    let (is, masked) = if short.len() == 1 {
        ("secret is", "is not masked")
    } else {
        ("secrets are", "are not masked")
    };
    (!short.is_empty()).then(|| {
        format!(
            "{} {is} shorter than {SHORTEST_SECRET} characters and {masked} in reports",
            short.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, Source, open};

    /// A reply to one user may show what another one sends.
    #[test]
    fn what_any_user_sends_as_a_password_is_known_before_the_run() {
        let text = "api = \"eltex\"\n[load]\nusers = 3\n[[journey]]\nname = \"a\"\n\
                    [[journey.step]]\ncall = \"login\"\n[[journey]]\nname = \"b\"\n\
                    [[journey.step]]\ncall = \"login\"\nwith = { password = \"Summer-{user}\" }\n";
        let source = Source {
            name: "own".to_owned(),
            folder: ".".into(),
            text: text.to_owned(),
        };
        let plan = open(&source, &Overrides::default()).expect("a plan");
        let known = of_plan(&plan);
        let first = plan.journeys[0].users;
        for (place, _) in plan.journeys[1].accounts.iter().enumerate() {
            let password = format!("Summer-{}", first + place);
            assert!(known.contains(&password), "{password}: {known:?}");
        }
        assert!(!plan.journeys[1].accounts.is_empty() && known.contains("password0"));
    }
}
