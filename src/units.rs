//! Numbers with units, as people write them.

use std::fmt;
use std::time::Duration;

/// Longer than anything here lasts, and short enough to be added to any point in time.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Reads `250ms`, `1.5s`, `2m`, `1h` or several of them, `1m30s`.
///
/// # Errors
/// A sentence that says what to write.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(advice(text));
    }
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, after) = rest.split_at(rest.find(|c| !is_number(c)).unwrap_or(rest.len()));
        let after = after.trim_start();
        let (unit, after) = after.split_at(after.find(is_number).unwrap_or(after.len()));
        let seconds_per_unit = match unit.trim_end() {
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(advice(text)),
        };
        let number: f64 = number.parse().map_err(|_| advice(text))?;
        seconds += number * seconds_per_unit;
        rest = after;
    }
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| advice(text))?;
    if duration > LONGEST {
        return Err(format!("\"{text}\" is too long: write at most a year, \"8760h\""));
    }
    Ok(duration)
}

/// As [`parse_duration`], and not zero.
///
/// # Errors
/// A sentence that says what to write.
pub fn parse_positive_duration(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("write a time above 0, such as \"10ms\"".to_owned()),
        duration => Ok(duration),
    }
}

fn advice(text: &str) -> String {
    format!(
        "\"{text}\" is no duration: write a number with ms, s, m or h, such as \"500ms\" or \"1.5s\""
    )
}

/// Writes a duration as short as it can be read back.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "below a second, nanoseconds fit")]
pub fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if duration.is_zero() {
        "0s".to_owned()
    } else if seconds < 1e-3 {
        format!("{}us", duration.as_nanos() as f64 / 1e3)
    } else if seconds < 1.0 {
        format!("{}ms", duration.as_nanos() as f64 / 1e6)
    } else if seconds < 60.0
        || duration.subsec_nanos() != 0
        || !duration.as_secs().is_multiple_of(60)
    {
        format!("{seconds}s")
    } else {
        format!("{}m", duration.as_secs() / 60)
    }
}

/// Reads a number of bytes: `500B`, `64KiB`, `4MiB`, `1GiB`.
///
/// # Errors
/// A sentence that says what to write.
pub fn parse_size(text: &str) -> Result<usize, String> {
    let advice = || {
        format!("\"{text}\" is no size: write a number with B, KiB, MiB or GiB, such as \"64KiB\"")
    };
    let text = text.trim();
    let (number, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let bytes = match unit.trim_start() {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(advice()),
    };
    let number: usize = number.parse().map_err(|_| advice())?;
    number.checked_mul(bytes).ok_or_else(advice)
}

/// Writes a number of bytes in the largest unit that tells it exactly.
#[must_use]
pub fn format_size(bytes: usize) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let fits = |shift: u32| bytes > 0 && bytes.trailing_zeros() >= shift;
    match units.into_iter().find(|(_, shift)| fits(*shift)) {
        Some((unit, shift)) => format!("{}{unit}", bytes >> shift),
        None => format!("{bytes}B"),
    }
}

/// One an hour.
const LOWEST_RATE: f64 = 1.0 / 3600.0;
/// One a nanosecond.
const HIGHEST_RATE: f64 = 1e9;

/// So many in a time: of requests, arrivals, journeys.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate {
    per_second: f64,
}

impl Rate {
    /// So many a second.
    ///
    /// # Panics
    /// When that is not a number above zero.
    #[must_use]
    pub fn per_second(per_second: f64) -> Self {
        assert!(per_second > 0.0 && per_second.is_finite(), "{per_second} is no rate");
        Self { per_second }
    }

    /// How many that is in a second.
    #[must_use]
    pub const fn in_a_second(self) -> f64 {
        self.per_second
    }

    /// Reads `200/s`, `0.5/s`, `30/min` or `100/h`.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let advice =
            || format!("\"{text}\" is no rate: write a number per s, min or h, such as \"500/s\"");
        let (number, unit) = text.split_once('/').ok_or_else(advice)?;
        let seconds = match unit.trim() {
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(advice()),
        };
        let number = number.trim();
        if !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return Err(advice());
        }
        let per_second = number.parse::<f64>().map_err(|_| advice())? / seconds;
        // So that the time between two fits into every duration, many times over.
        if !(LOWEST_RATE..=HIGHEST_RATE).contains(&per_second) {
            return Err(format!(
                "\"{text}\" is out of range: write a rate from \"1/h\" to \"1000000000/s\""
            ));
        }
        Ok(Self::per_second(per_second))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_written() {
        for (text, per_second) in
            [("500/s", 500.0), ("0.5/s", 0.5), (" 30 / min", 0.5), ("30/m", 0.5), ("7200/h", 2.0)]
        {
            let rate = Rate::parse(text).expect(text);
            assert_eq!(rate, Rate::per_second(per_second), "{text}");
            assert_eq!(Rate::parse(&rate.to_string()), Ok(rate), "{text}");
        }
        let huge = format!("{}/s", "9".repeat(400));
        for text in [
            "",
            "5",
            "/s",
            "5/x",
            "-1/s",
            "+1/s",
            "1e3/s",
            "inf/s",
            "NaN/s",
            "0/s",
            "0.0002/s",
            "0.9/h",
            "1000000001/s",
            &huge,
        ] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [("0B", 0), ("500 B", 500), ("64KiB", 65_536), ("1GiB", 1 << 30)] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
            assert_eq!(format_size(bytes), text.replace(' ', ""));
        }
        for text in
            ["", "5", "KiB", "-1B", "1.5KiB", "5kb", "99999999999999999999B", "99999999999999GiB"]
        {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_read_and_written() {
        for (text, millis) in [
            ("500ms", 500),
            ("0s", 0),
            ("1.5s", 1500),
            (" 2 m ", 120_000),
            ("1h", 3_600_000),
            ("90s", 90_000),
            ("1m30s", 90_000),
            ("1h 30m", 5_400_000),
        ] {
            let duration = parse_duration(text).expect(text);
            assert_eq!(duration, Duration::from_millis(millis), "{text}");
            assert_eq!(parse_duration(&format_duration(duration)), Ok(duration), "{text}");
        }
        for text in ["", "5", "s", "5 sec", "-1s", "1.2.3s", "5s5", "s5", "9999999999999999999999h"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
