//! Quantities as scenario files write them: `"10ms"`, `"0.5%"`, `"1mbit"`, `"64kB"`.
//!
//! Knows units and nothing else. Refuses to guess: a number without its unit is an error that says what was expected.
//! All values are whole numbers of the smallest unit, so that what was read is what is printed and compared.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, ensure};
use serde::{Deserialize, Serialize};

/// A span of time, from 0 ns to centuries: `"300us"`, `"10ms"`, `"3s"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Delay(u64);

/// A share of a whole, 0 % to 100 %, to one millionth: `"2%"`, `"0.5%"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fraction(u64);

/// Bits per second, at least 1; decimal multiples as tc(8) and providers use them: `"256kbit"`, `"300mbit"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(u64);

/// Bytes: `"1400B"`, decimal `"64kB"` = 64,000, binary `"16KiB"` = 16,384.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(u64);

impl Delay {
    /// The same as the standard library's type.
    pub fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

impl From<Duration> for Delay {
    /// Caps at 584 years.
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl Fraction {
    /// So much of a whole, rounded down.
    pub fn of(self, whole: u64) -> u64 {
        u64::try_from(u128::from(whole) * u128::from(self.0) / u128::from(MILLION)).unwrap_or(u64::MAX)
    }

    /// As a probability, 0.0 to 1.0.
    pub fn probability(self) -> f64 {
        self.0 as f64 / MILLION as f64
    }
}

impl Rate {
    /// In bits per second.
    pub fn bits_per_second(self) -> u64 {
        self.0
    }

    /// How long so many bytes take.
    pub fn time_for(self, bytes: u64) -> Duration {
        let nanoseconds = u128::from(bytes) * 8 * NANOSECONDS_PER_SECOND / u128::from(self.0);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

impl Size {
    /// In bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }
}

/// Reading and printing, which differ in the units and in what is allowed.
macro_rules! quantity {
    ($name:ident, $what:literal, $units:expr, $allowed:expr) => {
        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let value = read(text, $units).filter($allowed);
                value.map(Self).with_context(|| format!("`{text}` is not {}", $what))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(formatter, self.0, $units)
            }
        }

        impl From<$name> for String {
            fn from(quantity: $name) -> Self {
                quantity.to_string()
            }
        }
    };
}

quantity!(Delay, "a time such as \"300us\", \"10ms\" or \"3s\"", TIME, |_| true);
quantity!(Fraction, "a share from \"0%\" to \"100%\" such as \"0.5%\"", SHARE, |share| *share <= MILLION);
quantity!(Rate, "a rate such as \"256kbit\" or \"1mbit\" (bits per second)", RATE, |rate| *rate > 0);
quantity!(Size, "a size such as \"1400B\", \"64kB\" (64,000) or \"16KiB\" (16,384)", SIZE, |_| true);

/// A unit's name and how many of the smallest one it is, from small to large.
type Units = &'static [(&'static str, u64)];

fn read(text: &str, units: Units) -> Option<u64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let (number, unit) = text.split_at_checked(end)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    exact(number, *factor).ok()
}

/// A decimal number times a factor, where that is a whole number.
fn exact(number: &str, factor: u64) -> Result<u64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let scale = u32::try_from(part.len()).ok().and_then(|digits| 10_u128.checked_pow(digits)).context("too long")?;
    let digits: u128 = whole.parse::<u64>()?.into();
    let numerator =
        digits.checked_mul(scale).and_then(|whole| whole.checked_add(part.parse().ok()?)).context("too large")?;
    let value = numerator.checked_mul(factor.into()).context("too large")?;
    ensure!(value.is_multiple_of(scale), "finer than the smallest unit");
    Ok(u64::try_from(value / scale)?)
}

/// In the largest unit that gives a whole number, else in the smallest, and shares always as a decimal.
fn write(formatter: &mut fmt::Formatter<'_>, value: u64, units: Units) -> fmt::Result {
    let whole = units.iter().rev().find(|(_, factor)| value >= *factor && value.is_multiple_of(*factor));
    let Some((name, factor)) = whole.or(units.first()) else { return Ok(()) };
    if value.is_multiple_of(*factor) {
        return write!(formatter, "{}{name}", value / factor);
    }
    let width = factor.ilog10() as usize;
    let decimal = format!("{}.{:0width$}", value / factor, value % factor);
    write!(formatter, "{}{name}", decimal.trim_end_matches('0'))
}

const MILLION: u64 = 1_000_000;
const NANOSECONDS_PER_SECOND: u128 = 1_000_000_000;
const TIME: Units = &[("ns", 1), ("us", 1_000), ("ms", MILLION), ("s", 1_000 * MILLION)];
const SHARE: Units = &[("%", 10_000)];
const RATE: Units = &[("bit", 1), ("kbit", 1_000), ("mbit", MILLION), ("gbit", 1_000 * MILLION)];
const SIZE: Units =
    &[("B", 1), ("kB", 1_000), ("KiB", 1 << 10), ("MB", MILLION), ("MiB", 1 << 20), ("GB", 1_000 * MILLION)];

#[cfg(test)]
mod tests;
