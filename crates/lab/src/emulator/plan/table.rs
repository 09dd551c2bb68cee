//! One `[[link]]` table as it is written, before it is known to make sense.
//!
//! Knows the keys. Refuses a table without exactly one effect, and parameters of an effect that is not there.

use std::time::Duration;

use anyhow::{Error, Result, bail, ensure};
use serde::Deserialize;

use super::{Direction, Effect, Impairment};
use crate::emulator::selector::Selector;
use crate::units::{Delay, Fraction, Rate, Size};

/// Every key there is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default)]
    direction: Direction,
    #[serde(default, rename = "match")]
    matching: Selector,
    delay: Option<Delay>,
    jitter: Option<Delay>,
    loss: Option<Fraction>,
    burst: Option<Burst>,
    outage: Option<Outage>,
    reorder: Option<Fraction>,
    by: Option<Delay>,
    duplicate: Option<Fraction>,
    corrupt: Option<Fraction>,
    rate: Option<Rate>,
    queue: Option<Size>,
    police: Option<Rate>,
    drop: Option<bool>,
    reset: Option<bool>,
    freeze_after: Option<Size>,
    idle_cut: Option<Delay>,
}

/// The key `burst` means two things, told apart by their form.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "`burst` is either { enter = \"1%\", leave = \"10%\" } or, beside `police`, a size such as \"16kB\""
)]
enum Burst {
    Losses { enter: Fraction, leave: Fraction },
    Allowance(Size),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outage {
    every: Delay,
    lasts: Delay,
}

impl TryFrom<Table> for Impairment {
    type Error = Error;

    fn try_from(mut table: Table) -> Result<Self> {
        let effect = table.take_effect()?;
        for (left, parameter) in [
            (table.jitter.is_some(), "`jitter` goes with `delay`"),
            (table.by.is_some(), "`by` goes with `reorder`"),
            (table.queue.is_some(), "`queue` goes with `rate`"),
            (table.burst.is_some(), "`burst` as a size goes with `police`"),
        ] {
            ensure!(!left, "{parameter}");
        }
        Ok(Self { direction: table.direction, matching: table.matching, effect })
    }
}

impl Table {
    /// The one effect, with the parameters that belong to it.
    fn take_effect(&mut self) -> Result<Effect> {
        let mut found = Vec::new();
        if let Some(delay) = self.delay {
            let jitter = self.jitter.take().unwrap_or(Delay::from(Duration::ZERO));
            ensure!(jitter <= delay, "`jitter` {jitter} is more than `delay` {delay}");
            found.push(Effect::Delay { delay, jitter });
        }
        found.extend(self.loss.map(Effect::Loss));
        if let Some(Burst::Losses { enter, leave }) = self.burst {
            self.burst = None;
            found.push(Effect::Burst { enter, leave });
        }
        if let Some(Outage { every, lasts }) = self.outage {
            ensure!(lasts < every, "`outage` lasts {lasts} of {every}: all the time, which is `drop = true`");
            found.push(Effect::Outage { every, lasts });
        }
        if let Some(share) = self.reorder {
            found.push(Effect::Reorder { share, by: self.by.take().unwrap_or(Delay::from(HELD_BACK)) });
        }
        found.extend(self.duplicate.map(Effect::Duplicate));
        found.extend(self.corrupt.map(Effect::Corrupt));
        if let Some(rate) = self.rate {
            found.push(Effect::Rate { rate, queue: self.queue.take().unwrap_or(QUEUE) });
        }
        if let Some(rate) = self.police {
            let burst = match self.burst.take() {
                Some(Burst::Allowance(size)) => size,
                _ => ALLOWANCE,
            };
            found.push(Effect::Police { rate, burst });
        }
        if let Some(drop) = self.drop {
            ensure!(drop, "`drop = false` does nothing: leave the table out");
            found.push(Effect::Drop);
        }
        if let Some(reset) = self.reset {
            ensure!(reset, "`reset = false` does nothing: leave the table out");
            found.push(Effect::Reset);
        }
        found.extend(self.freeze_after.map(Effect::FreezeAfter));
        found.extend(self.idle_cut.map(Effect::IdleCut));
        match found.as_slice() {
            [effect] => Ok(*effect),
            [] => bail!("a [[link]] table without an effect: give one of {EFFECTS}"),
            _ => bail!("a [[link]] table with {} effects: give one a table, of {EFFECTS}", found.len()),
        }
    }
}

const EFFECTS: &str =
    "delay, loss, burst, outage, reorder, duplicate, corrupt, rate, police, drop, reset, freeze_after, idle_cut";
/// More than the time between two full packets at 5 Mbit/s, so that one is overtaken on any link worth the name.
const HELD_BACK: Duration = Duration::from_millis(3);
/// About 44 full packets: what small routers have.
const QUEUE: Size = Size::from_bytes(64_000);
/// Ten full packets, TCP's initial window (RFC 6928), and a little.
const ALLOWANCE: Size = Size::from_bytes(16_000);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Impairment, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_effect_is_written_as_documented() {
        for (text, effect) in [
            ("delay = '10ms'", Effect::Delay { delay: ms(10), jitter: ms(0) }),
            ("delay = '10ms'\njitter = '3ms'", Effect::Delay { delay: ms(10), jitter: ms(3) }),
            ("loss = '2%'", Effect::Loss(share("2%"))),
            ("burst = { enter = '1%', leave = '10%' }", Effect::Burst { enter: share("1%"), leave: share("10%") }),
            ("outage = { every = '3s', lasts = '300ms' }", Effect::Outage { every: ms(3000), lasts: ms(300) }),
            ("reorder = '5%'", Effect::Reorder { share: share("5%"), by: ms(3) }),
            ("reorder = '5%'\nby = '7ms'", Effect::Reorder { share: share("5%"), by: ms(7) }),
            ("duplicate = '5%'", Effect::Duplicate(share("5%"))),
            ("corrupt = '1%'", Effect::Corrupt(share("1%"))),
            ("rate = '1mbit'\nqueue = '30kB'", Effect::Rate { rate: mbit(), queue: Size::from_bytes(30_000) }),
            ("police = '1mbit'\nburst = '8kB'", Effect::Police { rate: mbit(), burst: Size::from_bytes(8_000) }),
            ("drop = true", Effect::Drop),
            ("freeze_after = '1MB'", Effect::FreezeAfter(Size::from_bytes(1_000_000))),
            ("idle_cut = '3s'", Effect::IdleCut(ms(3000))),
        ] {
            assert_eq!(read(text), Ok(Impairment::from(effect)), "{text}");
        }
    }

    #[test]
    fn direction_and_match_are_read() {
        let read = read("direction = 'to-client'\nmatch = { port = 22, dscp = 'any' }\ndrop = true").unwrap();
        assert_eq!(read.direction, Direction::ToClient);
        assert_ne!(read.matching, Selector::default());
    }

    #[test]
    fn a_table_that_makes_no_sense_says_what_would() {
        for (text, expected) in [
            ("direction = 'both'", "give one of delay, loss"),
            ("drop = true\nloss = '2%'", "with 2 effects"),
            ("drop = false", "leave the table out"),
            ("loss = '2%'\njitter = '1ms'", "`jitter` goes with `delay`"),
            ("loss = '2%'\nqueue = '1kB'", "`queue` goes with `rate`"),
            ("loss = '2%'\nby = '1ms'", "`by` goes with `reorder`"),
            ("loss = '2%'\nburst = '1kB'", "goes with `police`"),
            ("police = '1mbit'\nburst = { enter = '1%', leave = '1%' }", "with 2 effects"),
            ("burst = { enter = '1%' }", "is either"),
            ("delay = '1ms'\njitter = '2ms'", "more than"),
            ("outage = { every = '1s', lasts = '1s' }", "all the time"),
            ("delay = '10'", "\"10ms\""),
            ("speed = '10ms'", "unknown field `speed`"),
            ("drop = true\nmatch = { sport = 22 }", "unknown field `sport`"),
            ("drop = true\nmatch = { dscp = 64 }", "0 to 63"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    fn ms(milliseconds: u64) -> Delay {
        Duration::from_millis(milliseconds).into()
    }

    fn share(text: &str) -> Fraction {
        text.parse().unwrap()
    }

    fn mbit() -> Rate {
        "1mbit".parse().unwrap()
    }
}
