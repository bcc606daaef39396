//! Numbers with units, as people write them.

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

#[cfg(test)]
mod tests {
    use super::*;

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
