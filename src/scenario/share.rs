//! How Goose shares users out among scenarios.

/// How many of `users` play each journey, by weight.
///
/// Goose makes a list with each scenario as often as its weight (divided by the weights' greatest
/// common divisor), taken in turns, and gives each user the next entry, from the start again when
/// it is through. With fewer users than entries the shares are only roughly the weights', and
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
    for journey in turns.iter().cycle().take(users) {
        shares[*journey] += 1;
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
    fn users_are_shared_as_goose_does() {
        for (weights, users, shares) in [
            (&[1][..], 7, &[7][..]),
            (&[1, 1, 1], 7, &[3, 2, 2]),
            (&[5, 3], 8, &[5, 3]),
            (&[50, 30], 16, &[10, 6]),
            (&[1, 1, 10], 3, &[1, 1, 1]),
            (&[1, 1, 1], 2, &[1, 1, 0]),
            (&[9, 1], 20, &[18, 2]),
        ] {
            assert_eq!(users_per_journey(weights, users), shares, "{weights:?} of {users}");
        }
    }
}
