//! How users are shared out among journeys.

/// How many of `users` play each journey, by weight.
///
/// As Goose does it: a list has each journey as often as its weight (divided by the weights'
/// greatest common divisor), taken in turns, and each user gets the next entry, from the start
/// again when it is through. With fewer users than entries the shares are only roughly the weights', and
/// journeys at the end may have nobody.
pub(super) fn users_per_journey(weights: &[usize], users: usize) -> Vec<usize> {
    let divisor = weights.iter().copied().fold(0, greatest_common_divisor).max(1);
    let mut left: Vec<_> = weights.iter().map(|weight| weight / divisor).collect();
    let mut turns = Vec::new();
    while turns.len() < users && left.iter().any(|&n| n > 0) {
        for (journey, n) in left.iter_mut().enumerate().filter(|(_, n)| **n > 0) {
            *n -= 1;
            turns.push(journey);
        }
    }
    let mut shares = vec![0; weights.len()];
    if !turns.is_empty() {
        // Whole rounds at once: there may be more users than anyone can count.
        for (index, journey) in turns.iter().enumerate() {
            shares[*journey] += users / turns.len() + usize::from(index < users % turns.len());
        }
    }
    shares
}

/// Parts of `whole` as large as `needs` are to each other, each at least one: whoever is furthest
/// from its need gets the next. `whole` must not be smaller than their number.
pub(super) fn shares_of(whole: usize, needs: &[f64]) -> Vec<usize> {
    let mut shares = vec![1; needs.len()];
    let total: f64 = needs.iter().sum();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shares of a number of users"
    )]
    for (share, need) in shares.iter_mut().zip(needs) {
        *share = ((whole as f64 * need / total).floor() as usize).max(1);
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of users")]
    let served = |share: usize, need: f64| share as f64 / need;
    while shares.iter().sum::<usize>() != whole {
        let is_short = shares.iter().sum::<usize>() < whole;
        let by_service = |a: &usize, b: &usize| {
            served(shares[*a], needs[*a]).total_cmp(&served(shares[*b], needs[*b]))
        };
        let parts = 0..shares.len();
        if is_short {
            let worst = parts.min_by(by_service).expect("a part");
            shares[worst] += 1;
        } else {
            let best = parts.filter(|part| shares[*part] > 1).max_by(by_service).expect("a part");
            shares[best] -= 1;
        }
    }
    shares
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_goes_where_it_is_needed() {
        for (whole, needs, shares) in [
            (10, &[1.0][..], &[10][..]),
            (10, &[1.0, 1.0], &[5, 5]),
            (10, &[9.0, 1.0], &[9, 1]),
            (3, &[1000.0, 1.0, 1.0], &[1, 1, 1]),
            (4, &[1000.0, 1.0, 1.0], &[2, 1, 1]),
            (100, &[1.0, 1.0, 1.0], &[34, 33, 33]),
        ] {
            let found = shares_of(whole, needs);
            assert_eq!(found, shares, "{needs:?} of {whole}");
        }
    }

    #[test]
    fn users_are_shared_by_weight() {
        for (weights, users, shares) in [
            (&[1][..], 7, &[7][..]),
            (&[1, 1, 1], 7, &[3, 2, 2]),
            (&[5, 3], 8, &[5, 3]),
            (&[50, 30], 16, &[10, 6]),
            (&[1, 1, 10], 3, &[1, 1, 1]),
            (&[1, 1, 1], 2, &[1, 1, 0]),
            (&[9, 1], 20, &[18, 2]),
            (&[3, 1], usize::MAX, &[usize::MAX / 4 * 3 + 2, usize::MAX / 4 + 1]),
            (&[], 3, &[]),
        ] {
            assert_eq!(users_per_journey(weights, users), shares, "{weights:?} of {users}");
        }
    }
}
