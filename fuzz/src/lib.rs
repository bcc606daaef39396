//! What is common to fuzz targets whose input is what a generator chooses by.

use rand::rngs::SmallRng;
use rand::{Rng, RngCore, SeedableRng};

/// The longest of inputs that are all new, in bytes: more than most choices take.
const LONGEST: usize = 1500;

/// A target that calls a function on inputs of which half are all new, half changed from one before.
/// Where bytes are choices, what comes of a change has not much to do with what it was made from, and
/// libFuzzer's changes leave most choices as they were: all new ones find faults up to forty times as
/// soon.
#[macro_export]
macro_rules! choices {
    ($oracle:path) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $oracle(data));
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
            $crate::mutate(data, size, max, seed)
        });
    };
}

/// Makes other bytes, `max` at most, of the first `size` in `data`; returns how many.
pub fn mutate(data: &mut [u8], size: usize, max: usize, seed: u32) -> usize {
    let mut random = SmallRng::seed_from_u64(seed.into());
    if random.random() {
        return libfuzzer_sys::fuzzer_mutate(data, size, max);
    }
    let length = random.random_range(1..=LONGEST.min(max));
    random.fill_bytes(&mut data[..length]);
    length
}
