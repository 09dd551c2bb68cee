//! The impairments of a plan one after the other, and the packets that wait between them.
//!
//! Knows time only as the arguments it is given, and chance only by the plan's seed: the same packets at the same times
//! meet the same fate. Refuses to know where packets come from and go to: `driver` does.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::emulator::counters::{Counters, ImpairmentCounters};
use crate::emulator::machine::{Machine, Verdict};
use crate::emulator::packet::{Packet, Way};
use crate::emulator::plan::{Direction, Impairment, LinkPlan};

/// A link without its ends.
#[derive(Debug)]
pub(super) struct Pipeline {
    stages: Vec<Stage>,
    /// What waits, the earliest on top.
    calendar: BinaryHeap<Held>,
    held_bytes: usize,
    sequence: u64,
    counters: Counters,
}

impl Pipeline {
    pub(super) fn new(plan: LinkPlan, now: Instant) -> Self {
        let mut pipeline = Self {
            stages: Vec::new(),
            calendar: BinaryHeap::new(),
            held_bytes: 0,
            sequence: 0,
            counters: Counters::default(),
        };
        pipeline.set(plan, now);
        pipeline
    }

    /// Follows another plan from now on. Impairments that were there before keep their state and their counters. A
    /// packet that waits keeps its time and then goes on with the impairment at the place it has come to.
    pub(super) fn set(&mut self, plan: LinkPlan, now: Instant) {
        let mut before = std::mem::take(&mut self.stages);
        for (place, impairment) in (0_u64..).zip(plan.impairments) {
            let kept = before.iter().position(|stage| stage.impairment == impairment);
            self.stages.push(match kept {
                Some(index) => before.remove(index),
                None => Stage::new(impairment, plan.seed.wrapping_add(place << 32), now),
            });
        }
    }

    /// Takes a packet that arrives now. `now` never goes back.
    pub(super) fn offer(&mut self, now: Instant, way: Way, bytes: Vec<u8>) {
        self.counters.way_mut(way).count_in(bytes.len());
        self.hold(now, 0, Packet::new(way, bytes));
    }

    /// When [`Pipeline::take`] is to be asked again.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.calendar.peek().map(|held| held.due)
    }

    /// A packet that has arrived at the other end by now, in the order of arrival.
    pub(super) fn take(&mut self, now: Instant) -> Option<Packet> {
        while self.next_due().is_some_and(|due| due <= now) {
            let held = self.calendar.pop()?;
            self.held_bytes -= held.packet.bytes().len();
            if let Some(packet) = self.advance(held) {
                self.counters.way_mut(packet.way).count_out(packet.bytes().len());
                return Some(packet);
            }
        }
        None
    }

    /// What happened so far.
    pub(super) fn counters(&self) -> Counters {
        let impairments = self.stages.iter().map(|stage| stage.counters).collect();
        Counters { impairments, ..self.counters.clone() }
    }

    /// The packet could not be given to the kernel at the other end.
    pub(super) fn refused(&mut self, way: Way) {
        self.counters.way_mut(way).refused += 1;
    }

    /// Sends a packet through the impairments that are left for it; `None` where it waits or is lost.
    fn advance(&mut self, held: Held) -> Option<Packet> {
        let Held { due: now, mut stage, mut packet, .. } = held;
        while let Some(current) = self.stages.get_mut(stage) {
            stage += 1;
            match current.judge(now, &mut packet) {
                Verdict::Pass | Verdict::Alter => {}
                Verdict::Drop => return None,
                Verdict::Double => self.hold(now, stage, packet.clone()),
                Verdict::Hold(until) | Verdict::Carry(until) => {
                    self.hold(until, stage, packet);
                    return None;
                }
            }
        }
        Some(packet)
    }

    fn hold(&mut self, due: Instant, stage: usize, packet: Packet) {
        let bytes = packet.bytes().len();
        if self.held_bytes + bytes > MOST_HELD_BYTES {
            self.counters.overflowed += 1;
            return;
        }
        self.held_bytes += bytes;
        self.sequence += 1;
        self.calendar.push(Held { due, sequence: self.sequence, stage, packet });
    }
}

#[derive(Debug)]
struct Stage {
    impairment: Impairment,
    machine: Box<dyn Machine>,
    counters: ImpairmentCounters,
}

impl Stage {
    fn new(impairment: Impairment, seed: u64, now: Instant) -> Self {
        let machine = impairment.effect.machine(seed, now);
        Self { impairment, machine, counters: ImpairmentCounters::default() }
    }

    fn judge(&mut self, now: Instant, packet: &mut Packet) -> Verdict {
        if !self.impairment.direction.includes(packet.way) || !self.impairment.matching.takes(packet) {
            return Verdict::Pass;
        }
        let verdict = self.machine.judge(now, packet);
        self.counters.matched += 1;
        self.counters.acted += u64::from(!matches!(verdict, Verdict::Pass | Verdict::Carry(_)));
        verdict
    }
}

impl Direction {
    fn includes(self, way: Way) -> bool {
        match self {
            Self::ToClient => way == Way::ToClient,
            Self::ToServer => way == Way::ToServer,
            Self::Both => true,
        }
    }
}

/// A packet that waits to meet the impairment `stage`, or to leave where there is none.
#[derive(Debug)]
struct Held {
    due: Instant,
    /// Of those due at the same time the first to come leaves first.
    sequence: u64,
    stage: usize,
    packet: Packet,
}

impl Ord for Held {
    /// The earliest is the greatest, as a [`BinaryHeap`] wants it.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.sequence).cmp(&(self.due, self.sequence))
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Held {}

/// A guard for the machine this runs on: more than 1 s at 500 Mbit/s.
const MOST_HELD_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests;
