//! Durations as people and Go write them: `90s`, `2m`, `1m30s`, `1500ms`; a plain number means seconds.

use model::Micros;

/// Reads a duration that is more than zero and at most a day.
pub(super) fn parse(text: &str) -> Result<Micros, String> {
    let wrong = || "expected a duration such as 90s, 2m, 1m30s or 1500ms; a plain number means seconds".to_owned();
    let mut rest = text.trim();
    let mut total_us = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let whole = rest.len() == text.trim().len() && tail.is_empty();
        let number: f64 = number.parse().map_err(|_| wrong())?;
        total_us += number * scale(unit, whole).ok_or_else(wrong)?;
        rest = tail;
    }
    match std::time::Duration::try_from_secs_f64(total_us / 1e6) {
        Ok(duration) if !duration.is_zero() && duration <= LONGEST => Ok(duration.into()),
        Ok(duration) if duration > LONGEST => Err("at most a day (24h) is taken".to_owned()),
        _ => Err(wrong()),
    }
}

/// Microseconds in a unit. Only a number that stands alone may do without one.
fn scale(unit: &str, alone: bool) -> Option<f64> {
    Some(match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "" if alone => 1e6,
        "m" | "min" => 60e6,
        "h" => 3_600e6,
        _ => return None,
    })
}

/// More than a day is a typing error.
const LONGEST: std::time::Duration = std::time::Duration::from_hours(24);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, millis) in [
            ("90s", 90_000),
            ("2m", 120_000),
            ("1m30s", 90_000),
            ("1500ms", 1_500),
            ("1.5s", 1_500),
            ("60", 60_000),
            ("1m0s", 60_000),
            ("0.5", 500),
            ("24h", 86_400_000),
        ] {
            assert_eq!(parse(text), Ok(Micros::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_an_example() {
        for text in
            ["", "s", "5 parsecs", "-1s", "1e9", "0", "0s", "inf", "nan", "1m30", "10x", "1..5s", "25h", "99999999999h"]
        {
            assert!(parse(text).unwrap_err().len() > 20, "{text}");
        }
    }
}
