//! Effects that time decides on.

use std::time::{Duration, Instant};

use fastrand::Rng;

use super::{Machine, Verdict};
use crate::emulator::packet::Packet;
use crate::units::{Delay, Rate, Size};

/// A long wire.
#[derive(Debug)]
pub(super) struct Delayed {
    least: Duration,
    spread: Duration,
    /// When the packet before arrives: none overtakes it.
    last: Option<Instant>,
    random: Rng,
}

impl Delayed {
    pub(super) fn new(delay: Delay, jitter: Delay, random: Rng) -> Self {
        let (delay, jitter) = (delay.duration(), jitter.duration());
        Self { least: delay.saturating_sub(jitter), spread: jitter * 2, last: None, random }
    }
}

impl Machine for Delayed {
    fn judge(&mut self, now: Instant, _: &mut Packet) -> Verdict {
        let due = now + self.least + self.spread.mul_f64(self.random.f64());
        let due = self.last.map_or(due, |last| last.max(due));
        self.last = Some(due);
        Verdict::Hold(due)
    }
}

/// A bottleneck with its queue, kept as the time at which it will have sent all it has.
#[derive(Debug)]
pub(super) struct Queue {
    rate: Rate,
    capacity: Duration,
    idle_at: Option<Instant>,
}

impl Queue {
    pub(super) fn new(rate: Rate, queue: Size) -> Self {
        Self { rate, capacity: rate.time_for(queue.bytes()), idle_at: None }
    }
}

impl Machine for Queue {
    fn judge(&mut self, now: Instant, packet: &mut Packet) -> Verdict {
        let begins = self.idle_at.map_or(now, |idle_at| idle_at.max(now));
        let left = begins + self.rate.time_for(packet.size());
        // A wire that is idle takes any packet, however small its queue.
        if begins > now && left.duration_since(now) > self.capacity {
            return Verdict::Drop;
        }
        self.idle_at = Some(left);
        if begins > now { Verdict::Hold(left) } else { Verdict::Carry(left) }
    }
}

/// A token bucket, kept as the time at which it will be full again.
#[derive(Debug)]
pub(super) struct Policer {
    rate: Rate,
    depth: Duration,
    full_at: Option<Instant>,
}

impl Policer {
    pub(super) fn new(rate: Rate, burst: Size) -> Self {
        Self { rate, depth: rate.time_for(burst.bytes()), full_at: None }
    }
}

impl Machine for Policer {
    fn judge(&mut self, now: Instant, packet: &mut Packet) -> Verdict {
        let full_at = self.full_at.map_or(now, |full_at| full_at.max(now)) + self.rate.time_for(packet.size());
        if full_at.duration_since(now) > self.depth {
            return Verdict::Drop;
        }
        self.full_at = Some(full_at);
        Verdict::Pass
    }
}

/// A link that is open, then shut, then open.
#[derive(Debug)]
pub(super) struct Outage {
    begun: Instant,
    every: Duration,
    open: Duration,
}

impl Outage {
    pub(super) fn new(every: Delay, lasts: Delay, now: Instant) -> Self {
        let (every, lasts) = (every.duration(), lasts.duration());
        Self { begun: now, every, open: every.saturating_sub(lasts) }
    }
}

impl Machine for Outage {
    fn judge(&mut self, now: Instant, _: &mut Packet) -> Verdict {
        let period = self.every.as_nanos().max(1);
        let within = now.duration_since(self.begun).as_nanos() % period;
        if within < self.open.as_nanos() { Verdict::Pass } else { Verdict::Drop }
    }
}
