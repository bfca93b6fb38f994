//! Numbers for people: durations, sizes, counts, times of day.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::id::Moment;

/// Microseconds: `0.4 ms`, `12 ms`, `1.2 s`, `2 min 3 s`, `1 h 30 min`.
pub(super) fn duration(micros: u64) -> String {
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000..10_000_000 => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
        10_000_000..60_000_000 => format!("{} s", micros / 1_000_000),
        _ => {
            let seconds = micros / 1_000_000;
            let (large, small) = match seconds {
                0..3_600 => ((seconds / 60, "min"), (seconds % 60, "s")),
                _ => ((seconds / 3_600, "h"), (seconds / 60 % 60, "min")),
            };
            match small {
                (0, _) => format!("{} {}", large.0, large.1),
                _ => format!("{} {} {} {}", large.0, large.1, small.0, small.1),
            }
        }
    }
}

/// How long ago something was, for a person: `just now`, `5 min ago`, `3 days ago`.
pub(super) fn ago(micros: u64) -> String {
    let minutes = micros / 60_000_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1_440 => format!("{} h ago", minutes / 60),
        1_440..2_880 => "a day ago".to_owned(),
        _ => format!("{} days ago", minutes / 1_440),
    }
}

/// Bytes: `118 B`, `1.2 KiB`, `16 MiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1_024.0;
    let mut unit = 0;
    while value >= 1_024.0 && unit + 1 < UNITS.len() {
        value /= 1_024.0;
        unit += 1;
    }
    if value < 10.0 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// `1 284 207`.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `1 tool`, `2 tools`.
pub(super) fn counted(number: usize, one: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(number))
}

/// The time of day where the person is: `21:04:05.101`.
pub(super) fn time(at: Moment, zone: &TimeZone) -> String {
    let micros = i64::try_from(at.0).unwrap_or(i64::MAX);
    match Timestamp::from_microsecond(micros) {
        Ok(stamp) => stamp.to_zoned(zone.clone()).strftime("%H:%M:%S%.3f").to_string(),
        Err(_) => "--:--:--.---".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_exact_enough() {
        for (micros, shown) in [
            (0, "0.0 ms"),
            (420, "0.4 ms"),
            (4_200, "4.2 ms"),
            (12_345, "12 ms"),
            (1_250_000, "1.2 s"),
            (59_999_999, "59 s"),
            (123_000_000, "2 min 3 s"),
            (600_000_000, "10 min"),
            (3_600_000_000, "1 h"),
            (5_459_000_000, "1 h 30 min"),
        ] {
            assert_eq!(duration(micros), shown);
        }
        for (bytes, shown) in [(118, "118 B"), (1_229, "1.2 KiB"), (16 << 20, "16 MiB"), (1_023 << 10, "1023 KiB")] {
            assert_eq!(size(bytes), shown);
        }
        for (minutes, shown) in [(0, "just now"), (3, "3 min ago"), (125, "2 h ago"), (7_300, "5 days ago")] {
            assert_eq!(ago(minutes * 60_000_000), shown);
        }
        assert_eq!([count(7), count(1_284), count(1_000_000)], ["7", "1 284", "1 000 000"]);
    }

    #[test]
    fn times_are_those_of_the_persons_place() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(time(Moment(1_000), &zone), "02:00:00.001");
        assert_eq!(time(Moment(u64::MAX), &zone), "--:--:--.---");
    }
}
