//! Effects that chance decides on.

use std::time::Instant;

use fastrand::Rng;

use super::{Machine, Verdict};
use crate::emulator::packet::Packet;
use crate::units::{Delay, Fraction};

/// A coin that falls the right way with a certain probability.
#[derive(Debug)]
struct Coin(f64);

impl Coin {
    fn new(share: Fraction) -> Self {
        Self(share.probability())
    }

    /// Never at 0 %, always at 100 %.
    fn falls(&self, random: &mut Rng) -> bool {
        random.f64() < self.0
    }
}

/// Independent losses.
#[derive(Debug)]
pub(super) struct Loss {
    lose: Coin,
    random: Rng,
}

impl Loss {
    pub(super) fn new(share: Fraction, random: Rng) -> Self {
        Self { lose: Coin::new(share), random }
    }
}

impl Machine for Loss {
    fn judge(&mut self, _: Instant, _: &mut Packet) -> Verdict {
        if self.lose.falls(&mut self.random) { Verdict::Drop } else { Verdict::Pass }
    }
}

/// Losses in bursts: the model of Gilbert, one step a packet.
#[derive(Debug)]
pub(super) struct Burst {
    enter: Coin,
    leave: Coin,
    bad: bool,
    random: Rng,
}

impl Burst {
    pub(super) fn new(enter: Fraction, leave: Fraction, random: Rng) -> Self {
        Self { enter: Coin::new(enter), leave: Coin::new(leave), bad: false, random }
    }
}

impl Machine for Burst {
    fn judge(&mut self, _: Instant, _: &mut Packet) -> Verdict {
        let change = if self.bad { &self.leave } else { &self.enter };
        self.bad ^= change.falls(&mut self.random);
        if self.bad { Verdict::Drop } else { Verdict::Pass }
    }
}

/// Some packets later than those behind them.
#[derive(Debug)]
pub(super) struct Reorder {
    hold: Coin,
    by: Delay,
    random: Rng,
}

impl Reorder {
    pub(super) fn new(share: Fraction, by: Delay, random: Rng) -> Self {
        Self { hold: Coin::new(share), by, random }
    }
}

impl Machine for Reorder {
    fn judge(&mut self, now: Instant, _: &mut Packet) -> Verdict {
        if self.hold.falls(&mut self.random) { Verdict::Hold(now + self.by.duration()) } else { Verdict::Pass }
    }
}

/// Some packets twice.
#[derive(Debug)]
pub(super) struct Duplicate {
    double: Coin,
    random: Rng,
}

impl Duplicate {
    pub(super) fn new(share: Fraction, random: Rng) -> Self {
        Self { double: Coin::new(share), random }
    }
}

impl Machine for Duplicate {
    fn judge(&mut self, _: Instant, _: &mut Packet) -> Verdict {
        if self.double.falls(&mut self.random) { Verdict::Double } else { Verdict::Pass }
    }
}

/// One bit flipped in some packets. A packet that carries nothing passes.
#[derive(Debug)]
pub(super) struct Corrupt {
    spoil: Coin,
    random: Rng,
}

impl Corrupt {
    pub(super) fn new(share: Fraction, random: Rng) -> Self {
        Self { spoil: Coin::new(share), random }
    }
}

impl Machine for Corrupt {
    fn judge(&mut self, _: Instant, packet: &mut Packet) -> Verdict {
        let payload = packet.payload_mut();
        if payload.is_empty() || !self.spoil.falls(&mut self.random) {
            return Verdict::Pass;
        }
        let bit = self.random.usize(0..payload.len() * 8);
        if let Some(byte) = payload.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        Verdict::Alter
    }
}
