//! Replies that carry another user's data.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::api::{Answer, Source};
use crate::scenario::{Journey, Step, User};
use crate::secret::Secret;

/// The logins of all users of a run.
///
/// A reply is another's if it names one of them that was not asked about. A service may well know
/// a user by another name than its login, but hardly by the login of somebody else.
#[derive(Debug, Default)]
pub(super) struct Logins(HashSet<String>);

impl Logins {
    /// Those of `users`, whose first value it is.
    pub(super) fn of<'u>(users: impl Iterator<Item = &'u User>) -> Self {
        let logins = users.filter_map(|user| user.values.first());
        Self(logins.map(|login| login.expose().to_owned()).collect())
    }

    /// Whether the reply to a user's request carries the data of another.
    pub(super) fn are_mixed_up(
        &self,
        journey: &Journey,
        step: &Step,
        values: &[Secret],
        answer: &Answer<'_>,
    ) -> bool {
        journey.api.user_named(step.operation, answer).is_some_and(|named| {
            asked_about(journey, step, values) != named && self.0.contains(named)
        })
    }
}

fn asked_about<'v>(journey: &Journey, step: &'v Step, values: &'v [Secret]) -> Cow<'v, str> {
    let inputs = journey.operation(step).inputs.iter().zip(&step.inputs);
    let mut logins = inputs.filter(|(input, _)| input.source == Source::Login);
    logins.next().map_or(Cow::Borrowed(""), |(_, value)| value.fill(values))
}
