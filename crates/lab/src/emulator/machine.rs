//! What decides over packets: one machine for each effect, driven by time and chance from outside.
//!
//! Knows what a verdict is and which machine an effect needs. Refuses to know which packets are meant: what a machine is
//! shown has been selected.

mod chance;
mod flows;
mod pace;

use std::fmt::Debug;
use std::time::Instant;

use fastrand::Rng;

use self::chance::{Burst, Corrupt, Duplicate, Loss, Reorder};
use self::flows::{Freeze, IdleCut};
use self::pace::{Delayed, Outage, Policer, Queue};
use crate::emulator::packet::{Packet, Way};
use crate::emulator::plan::Effect;

/// The state of an effect.
pub(super) trait Machine: Debug + Send {
    /// Decides over a packet that arrives now. `now` never goes back.
    fn judge(&mut self, now: Instant, packet: &mut Packet) -> Verdict;
}

/// What becomes of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Goes on untouched.
    Pass,
    /// Goes on, changed.
    Alter,
    /// Goes on twice.
    Double,
    /// Goes on at this time.
    Hold(Instant),
    /// Goes on at this time, and met nobody on the way: what a wire does that is not busy.
    Carry(Instant),
    /// Is gone.
    Drop,
}

impl Effect {
    /// The machine for this effect, at its beginning.
    pub(super) fn machine(self, seed: u64, now: Instant) -> Box<dyn Machine> {
        match self {
            Self::Delay { delay, jitter } => each(seed, |random| Delayed::new(delay, jitter, random)),
            Self::Loss(share) => each(seed, |random| Loss::new(share, random)),
            Self::Burst { enter, leave } => each(seed, |random| Burst::new(enter, leave, random)),
            Self::Outage { every, lasts } => Box::new(Outage::new(every, lasts, now)),
            Self::Reorder { share, by } => each(seed, |random| Reorder::new(share, by, random)),
            Self::Duplicate(share) => each(seed, |random| Duplicate::new(share, random)),
            Self::Corrupt(share) => each(seed, |random| Corrupt::new(share, random)),
            Self::Rate { rate, queue } => each(seed, |_| Queue::new(rate, queue)),
            Self::Police { rate, burst } => each(seed, |_| Policer::new(rate, burst)),
            Self::Drop => Box::new(Wall),
            Self::Reset => Box::new(Refuser),
            Self::FreezeAfter(size) => Box::new(Freeze::new(size)),
            Self::IdleCut(after) => Box::new(IdleCut::new(after)),
        }
    }
}

/// Two machines of a kind, one for each way.
#[derive(Debug)]
struct Each<M> {
    to_client: M,
    to_server: M,
}

fn each<M: Machine + 'static>(seed: u64, make: impl Fn(Rng) -> M) -> Box<dyn Machine> {
    Box::new(Each { to_client: make(Rng::with_seed(seed)), to_server: make(Rng::with_seed(!seed)) })
}

impl<M: Machine> Machine for Each<M> {
    fn judge(&mut self, now: Instant, packet: &mut Packet) -> Verdict {
        match packet.way {
            Way::ToClient => self.to_client.judge(now, packet),
            Way::ToServer => self.to_server.judge(now, packet),
        }
    }
}

/// Lets nothing through.
#[derive(Debug)]
struct Wall;

impl Machine for Wall {
    fn judge(&mut self, _: Instant, _: &mut Packet) -> Verdict {
        Verdict::Drop
    }
}

/// Answers in the place of whom a packet was for.
#[derive(Debug)]
struct Refuser;

impl Machine for Refuser {
    fn judge(&mut self, _: Instant, packet: &mut Packet) -> Verdict {
        match packet.reset() {
            Some(reset) => {
                *packet = reset;
                Verdict::Alter
            }
            None => Verdict::Drop,
        }
    }
}

#[cfg(test)]
mod tests;
