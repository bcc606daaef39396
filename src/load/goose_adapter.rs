//! The only file that knows Goose 0.19.
//!
//! What is particular about it, and what we do: it builds a client per user unless one is shared
//! (121 KB and 6.5 ms of CPU each), so one is shared that nobody uses. It looks at its end only
//! between transactions and twice a second, so users end themselves through their iteration limit
//! and we do not wait for its own end. It loops without yielding, which is safe here since each
//! journey waits for a socket. `iterations`, `test_plan` and `no_reset_metrics` print, so none is
//! set. It has one ramp for all scenarios and none down without a test plan, so it launches all
//! users at once and each waits for its own time.

use std::sync::Arc;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::TransactionFunction;
use goose::prelude::{GooseError, GooseScheduler, GooseUser, Scenario, Transaction};
use tokio::sync::Mutex;

use super::seat::Seat;
use super::virtual_user::Shared;

/// Runs all journeys until their users have ended.
pub(super) async fn attack(shared: &Arc<Shared>) -> Result<(), GooseError> {
    let plan = &shared.plan;
    let client = GooseClientBuilder::new()
        .without_cookies()
        .gzip(false)
        // The client is never used; without this it would look for certificates on the machine.
        .accept_invalid_certs(true);
    let mut attack = GooseAttack::initialize_with_config(configuration(plan.users()))?
        .set_scheduler(GooseScheduler::RoundRobin)
        .set_client_builder_without_cookies(client)?;
    for (index, journey) in plan.journeys.iter().enumerate().filter(|(_, j)| j.users > 0) {
        // The plan has shared the users out already; weights that are the shares give the same.
        attack = attack.register_scenario(
            Scenario::new(&journey.name)
                .set_weight(journey.users)?
                .register_transaction(transaction(Arc::clone(shared), index)),
        );
    }
    Box::pin(attack.execute()).await.map(drop)
}

/// Tells Goose to launch nobody any more.
pub(super) fn stop() {
    goose::trigger_killswitch("the run ends");
}

fn configuration(users: usize) -> GooseConfiguration {
    // Faster than any user can be launched.
    const AT_ONCE: f64 = 1e9;
    let mut configuration = GooseConfiguration::default();
    // Required, and never connected to.
    configuration.host = "http://127.0.0.1:9/".to_owned().into();
    configuration.users = Some(users);
    configuration.increase_rate = Some(AT_ONCE.to_string());
    configuration.no_telnet = true;
    configuration.no_metrics = true;
    configuration.quiet = 2;
    configuration
}

/// A journey as a Goose transaction.
fn transaction(shared: Arc<Shared>, journey: usize) -> Transaction {
    let function: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let seat = seat(user, &shared, journey);
            if !seat.lock().await.turn().await {
                // Goose ends a user that has made as many iterations as it may.
                user.config.iterations = Some(1);
            }
            Ok(())
        })
    });
    Transaction::new(function).set_name("journey")
}

/// The seat lives in Goose's session data, from the user's first turn to its end.
fn seat(user: &mut GooseUser, shared: &Arc<Shared>, journey: usize) -> Arc<Mutex<Seat>> {
    if let Some(seat) = user.get_session_data::<Arc<Mutex<Seat>>>() {
        return Arc::clone(seat);
    }
    let seat = Seat::new(shared, journey, user.weighted_users_index);
    let seat = Arc::new(Mutex::new(seat));
    user.set_session_data(Arc::clone(&seat));
    seat
}
