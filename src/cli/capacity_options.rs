//! How much `gander serve` can take.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::exit::Failure;
use super::run;
use crate::simulator::capacity::{Capacity, ServiceTimes};
use crate::units::{Rate, format_duration};

/// More than any server has.
const MAX_WORKERS: usize = 100_000;

/// Longer than anybody waits for a reply.
const LONGEST_SERVICE: Duration = Duration::from_secs(3600);

// No doc comment: it would take the place of the subcommand's own in --help.
#[derive(Debug, clap::Args)]
pub(super) struct CapacityArguments {
    /// Serve no more than this, such as 500/s: requests take WORKERS / RATE on average, wait while
    /// all workers are busy, and get 503 when too many wait [default: as much as the machine can]
    #[arg(long, value_name = "RATE", value_parser = Rate::parse)]
    capacity: Option<Rate>,
    /// How many requests are served at once
    #[arg(long, value_name = "N", default_value_t = 8, requires = "capacity",
          value_parser = run::at_least_one)]
    workers: usize,
    /// How many more may wait
    #[arg(long, value_name = "N", default_value_t = 100, requires = "capacity")]
    queue: usize,
    /// How the times that requests take differ
    #[arg(long, value_name = "NAME", default_value = ServiceTimes::default().name(),
          requires = "capacity",
          value_parser = PossibleValuesParser::new(ServiceTimes::ALL.map(ServiceTimes::name))
              .map(|name| ServiceTimes::from_name(&name).expect("one of the names")))]
    service_times: ServiceTimes,
}

impl CapacityArguments {
    /// The capacity that is asked for, if any.
    pub(super) fn capacity(&self) -> Result<Option<Capacity>, Failure> {
        let Some(limit) = self.capacity else {
            return Ok(None);
        };
        if self.workers > MAX_WORKERS {
            return Err(Failure::usage(format!("--workers: write at most {MAX_WORKERS}")));
        }
        let longest = format_duration(LONGEST_SERVICE);
        #[expect(clippy::cast_precision_loss, reason = "not so many workers")]
        let least = Rate::per_second(self.workers as f64 / LONGEST_SERVICE.as_secs_f64());
        if limit < least {
            return Err(Failure::usage(format!(
                "--capacity {limit} with {} workers: a request would take longer than {longest}; \
                 write at least {least}, or fewer --workers",
                self.workers
            )));
        }
        Ok(Some(Capacity {
            limit,
            workers: self.workers,
            queue: self.queue,
            service_times: self.service_times,
        }))
    }
}
