//! Random choices that are the same whenever the seed is.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// What chooses. Each has random numbers of its own, so that none depends on how often another
/// has chosen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chooser {
    /// A user of the closed model, by its number.
    User(usize),
    /// The arrivals of a journey, by its number.
    Arrivals(usize),
    /// Whoever makes a start of the open model: the journey's number and the start's.
    Start(usize, u64),
}

/// The random numbers of one chooser in runs of this seed.
pub(super) fn rng(seed: u64, chooser: Chooser) -> StdRng {
    let (kind, number) = match chooser {
        Chooser::User(number) => (0, number as u64),
        Chooser::Arrivals(journey) => (1, journey as u64),
        // No run has 2^40 starts.
        Chooser::Start(journey, number) => (2, ((journey as u64) << 40) ^ number),
    };
    // Multiplying by odd numbers spreads neighbours over all 64 bits.
    StdRng::seed_from_u64(
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ number
            ^ (kind * 0xD1B5_4A32_D192_ED03_u64.wrapping_shr(2)),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::Rng as _;

    use super::*;

    #[test]
    fn choosers_and_seeds_differ_and_runs_do_not() {
        let first = |seed, chooser| rng(seed, chooser).random::<u64>();
        let mut seen = HashSet::new();
        for seed in [0, 1, 2, u64::MAX] {
            for number in 0..100 {
                for chooser in [
                    Chooser::User(number),
                    Chooser::Arrivals(number),
                    Chooser::Start(0, number as u64),
                    Chooser::Start(1, number as u64),
                ] {
                    assert_eq!(first(seed, chooser), first(seed, chooser));
                    assert!(seen.insert(first(seed, chooser)), "{seed} {chooser:?}");
                }
            }
        }
    }
}
