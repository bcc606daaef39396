//! Latencies in `HdrHistogram`s of microseconds.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2DeflateSerializer};
use serde::{Deserialize, Serialize};

/// Times from 1 µs to 60 s with three significant digits; longer ones count as 60 s.
#[derive(Clone, Debug)]
pub struct Latencies {
    // 32-bit counts halve the memory, and saturate far beyond what one shard sees.
    counts: Histogram<u32>,
}

const HIGHEST: u64 = 60_000_000;

impl Latencies {
    /// The longest time that is told from longer ones.
    pub const LONGEST: Duration = Duration::from_micros(HIGHEST);
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            counts: Histogram::new_with_bounds(1, HIGHEST, 3).expect("valid bounds"),
        }
    }
}

impl PartialEq for Latencies {
    fn eq(&self, other: &Self) -> bool {
        self.counts == other.counts
    }
}

/// The figures of a distribution, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Percentiles {
    pub count: u64,
    pub min: u64,
    pub mean: f64,
    pub stdev: f64,
    pub p50: u64,
    pub p75: u64,
    pub p90: u64,
    pub p95: u64,
    pub p99: u64,
    pub p999: u64,
    pub max: u64,
}

impl Latencies {
    /// Adds one time.
    pub fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(HIGHEST);
        self.counts.saturating_record(micros.max(1));
    }

    /// Adds all of `other`.
    pub fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts).expect("histograms of the same bounds");
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.counts.reset();
    }

    /// How many times were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// The time in microseconds that the share `quantile` (0 to 1) does not exceed; 0 if empty.
    #[must_use]
    pub fn at(&self, quantile: f64) -> u64 {
        self.counts.value_at_quantile(quantile)
    }

    /// The usual figures.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        if self.counts.is_empty() {
            return Percentiles::default();
        }
        Percentiles {
            count: self.counts.len(),
            min: self.counts.min(),
            mean: self.counts.mean(),
            stdev: self.counts.stdev(),
            p50: self.at(0.5),
            p75: self.at(0.75),
            p90: self.at(0.9),
            p95: self.at(0.95),
            p99: self.at(0.99),
            p999: self.at(0.999),
            max: self.counts.max(),
        }
    }

    /// The whole distribution: `HdrHistogram`'s compressed V2 encoding, in base 64.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&self.counts, &mut bytes)
            .expect("a vector takes any bytes");
        BASE64.encode(bytes)
    }

    /// The distribution that [`encode`](Self::encode) wrote; `None` if it did not.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text).ok()?;
        let counts = Deserializer::new().deserialize(&mut &bytes[..]).ok()?;
        Some(Self { counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_kept_to_three_digits_and_survives_the_file() {
        let mut latencies = Latencies::default();
        for micros in 1..=10_000 {
            latencies.record(Duration::from_micros(micros));
        }
        latencies.record(Duration::from_secs(3600));
        latencies.record(Duration::ZERO);
        for (quantile, exact) in [(0.5, 5000), (0.9, 9000), (0.99, 9900)] {
            let read = latencies.at(quantile);
            assert!(read.abs_diff(exact) <= exact / 1000 + 5, "{quantile}: {read}");
        }
        let figures = latencies.percentiles();
        assert_eq!((figures.count, figures.min), (10_002, 1));
        assert!(figures.max.abs_diff(HIGHEST) <= HIGHEST / 1000);
        assert_eq!(Latencies::decode(&latencies.encode()), Some(latencies));
        assert_eq!(Latencies::decode("AAAA"), None);
    }
}
