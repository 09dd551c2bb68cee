//! A length of time as people write it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// A length of time: a whole number with its unit, `20ms`, `15s` or `2m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Time(Duration);

impl Time {
    /// Whole seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// Whole milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// For clocks and sockets.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl TryFrom<String> for Time {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        let end = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(end);
        let millis: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            _ => 0,
        };
        ensure!(millis > 0 && end > 0, "`{text}` is no time: expected a whole number with ms, s or m, as in `20ms`");
        let count: u64 = number.parse().with_context(|| format!("`{number}` is too large a number"))?;
        Ok(Self(Duration::from_millis(count.saturating_mul(millis))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_asked_for() {
        let time = |text: &str| Time::try_from(text.to_owned());
        assert_eq!(time("20ms").unwrap(), Time::from_millis(20));
        assert_eq!(time("15s").unwrap(), Time::from_secs(15));
        assert_eq!(time("2m").unwrap().get(), Duration::from_mins(2));
        for bad in ["", "15", "s", "1.5s", "-1s", "15 s", "15h"] {
            assert!(time(bad).unwrap_err().to_string().contains("expected a whole number"), "{bad}");
        }
    }
}
