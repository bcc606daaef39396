//! What the model must come to in the long run: the closed forms of the textbooks.

/// The long run of M/M/c/K.
#[derive(Debug)]
pub(super) struct LongRun {
    /// The share of arrivals that is refused.
    pub(super) refused: f64,
    /// The mean wait of the others, in seconds.
    pub(super) mean_wait: f64,
}

/// `arrivals` and `capacity` are in requests per second.
pub(super) fn mmck(arrivals: f64, capacity: f64, workers: usize, queue: usize) -> LongRun {
    let rho = arrivals / capacity;
    let mut weights = weights_up_to_all_busy(rho, workers);
    for _ in 0..queue {
        weights.push(weights[weights.len() - 1] * rho);
    }
    let all: f64 = weights.iter().sum();
    let refused = weights[workers + queue] / all;
    let waiting: f64 =
        (0_u32..).zip(&weights[workers..]).map(|(n, p)| f64::from(n) * p / all).sum();
    LongRun { refused, mean_wait: waiting / (arrivals * (1.0 - refused)) }
}

/// The share that has to wait in M/M/c, whose queue has no end.
pub(super) fn erlang_c(arrivals: f64, capacity: f64, workers: usize) -> f64 {
    let rho = arrivals / capacity;
    let weights = weights_up_to_all_busy(rho, workers);
    let wait = weights[workers] / (1.0 - rho);
    wait / (weights[..workers].iter().sum::<f64>() + wait)
}

/// How likely it is, relative to nobody, that so many are there, from none to all workers busy.
fn weights_up_to_all_busy(rho: f64, workers: usize) -> Vec<f64> {
    let workers = u32::try_from(workers).expect("few");
    let load = rho * f64::from(workers);
    let mut weights = vec![1.0];
    for n in 1..=workers {
        weights.push(weights[weights.len() - 1] * load / f64::from(n));
    }
    weights
}

/// Against values of printed tables, and cases that are plain.
#[test]
fn the_closed_forms_are_those_of_the_tables() {
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 5e-5, "{found} is not {expected}");
    };
    // Erlang B of one worker is a / (1 + a); of 5 workers and 3 erlangs 0.1101.
    near(mmck(1.0, 1.0, 1, 0).refused, 0.5);
    near(mmck(3.0, 5.0, 5, 0).refused, 0.110_05);
    // Erlang C of 5 workers and 3 erlangs 0.2362; of one worker its utilisation.
    near(erlang_c(3.0, 5.0, 5), 0.236_15);
    near(erlang_c(0.7, 1.0, 1), 0.7);
    // M/M/1 at 0.8 waits 4 service times; with all states as likely, as at 1, 1 in K + 1 is full.
    near(mmck(0.8, 1.0, 1, 1000).mean_wait, 4.0);
    near(mmck(1.0, 1.0, 1, 9).refused, 1.0 / 11.0);
}
