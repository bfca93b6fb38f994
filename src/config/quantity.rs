//! Times and sizes as people write them.

use std::time::Duration;

/// A time above this is a mistake of units, and below it nothing can overflow.
const LONGEST_SECONDS: f64 = 366.0 * 24.0 * 3600.0;

/// Seconds as a time, if that is more than nothing and less than absurd.
pub(crate) fn duration(seconds: f64) -> Option<Duration> {
    (seconds > 0.0 && seconds <= LONGEST_SECONDS)
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
        .filter(|duration| !duration.is_zero())
}

/// `16MiB`, `512 KiB`, `1000000`; `KB` and `MB` are the decimal ones.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [
            ("16MiB", Some(16 << 20)),
            ("512 kib", Some(512 << 10)),
            ("1G", Some(1 << 30)),
            ("10MB", Some(10_000_000)),
            ("77", Some(77)),
            ("7B", Some(7)),
            ("", None),
            ("MiB", None),
            ("1.5MiB", None),
            ("-1", None),
            ("99999999999999999999", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn times_are_more_than_nothing_and_less_than_absurd() {
        for (seconds, good) in [
            (1.0, true),
            (0.25, true),
            (0.0, false),
            (-1.0, false),
            (1e-12, false),
            (1e12, false),
            (f64::NAN, false),
            (f64::INFINITY, false),
        ] {
            assert_eq!(duration(seconds).is_some(), good, "{seconds}");
        }
    }
}
