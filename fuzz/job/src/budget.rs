//! Who may use how much of a night.

/// What is known of a target from the last night.
#[derive(Clone, Copy, Debug, Default)]
pub struct Past {
    /// Inputs that reached something new.
    pub new_inputs: u64,
    pub cpu_seconds: f64,
}

/// Shares of one, one for each target. Half is split evenly, so that none starves; the other half by
/// how fast a target still found something new, and evenly where nothing is known.
pub fn shares(targets: &[Option<Past>]) -> Vec<f64> {
    let rates: Vec<_> = targets
        .iter()
        .map(|past| past.filter(|past| past.cpu_seconds > 0.0))
        .map(|past| past.map(|past| past.new_inputs as f64 / past.cpu_seconds))
        .collect();
    let known: Vec<f64> = rates.iter().flatten().copied().collect();
    // A new target is taken to be as promising as the best one.
    let best = known.iter().copied().fold(0.0, f64::max);
    let rates: Vec<f64> = rates.into_iter().map(|rate| rate.unwrap_or(best)).collect();
    let total: f64 = rates.iter().sum();
    let even = 1.0 / targets.len() as f64;
    let need = |rate: f64| if total > 0.0 { rate / total } else { even };
    rates.into_iter().map(|rate| 0.5 * even + 0.5 * need(rate)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target that found so many new inputs in so many CPU seconds.
    const fn past(new_inputs: u64, cpu_seconds: f64) -> Past {
        Past { new_inputs, cpu_seconds }
    }

    #[test]
    fn shares_follow_what_was_found() {
        let cases = [
            (vec![None, None], vec![0.5, 0.5]),
            (vec![Some(past(0, 10.0)), Some(past(0, 10.0))], vec![0.5, 0.5]),
            (vec![Some(past(30, 10.0)), Some(past(10, 10.0))], vec![0.625, 0.375]),
            (vec![Some(past(30, 10.0)), None], vec![0.5, 0.5]),
            (vec![Some(past(30, 0.0)), Some(past(10, 10.0))], vec![0.5, 0.5]),
            (
                vec![Some(past(1, 1.0)), Some(past(0, 1.0)), None, Some(past(0, 1.0))],
                vec![0.375, 0.125, 0.375, 0.125],
            ),
        ];
        for (targets, expected) in cases {
            let shares = shares(&targets);
            let total: f64 = shares.iter().sum();
            assert!((total - 1.0).abs() < 1e-9);
            let is_near = shares.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9);
            assert!(is_near, "{targets:?}: {shares:?}");
        }
    }
}
