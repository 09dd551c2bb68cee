//! Effects that remember flows. Both ways share what is remembered; a SYN begins a flow anew.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::{Machine, Verdict};
use crate::emulator::packet::{Flow, Packet, Way};
use crate::units::{Delay, Size};

/// A middlebox that lets flows begin and then swallows them.
#[derive(Debug)]
pub(super) struct Freeze {
    allowance_bytes: u64,
    flows: HashMap<Flow, Carried>,
}

/// TCP payload so far, retransmissions included.
#[derive(Debug, Default)]
struct Carried {
    to_client_bytes: u64,
    to_server_bytes: u64,
    frozen: bool,
}

impl Freeze {
    pub(super) fn new(allowance: Size) -> Self {
        Self { allowance_bytes: allowance.bytes(), flows: HashMap::new() }
    }
}

impl Machine for Freeze {
    fn judge(&mut self, _: Instant, packet: &mut Packet) -> Verdict {
        let Some((flow, tcp)) = packet.headers().and_then(|headers| Some((headers.flow, headers.tcp?))) else {
            return Verdict::Pass;
        };
        let carried = self.flows.entry(flow).or_default();
        if tcp.begins {
            *carried = Carried::default();
        }
        let way_bytes = match packet.way {
            Way::ToClient => &mut carried.to_client_bytes,
            Way::ToServer => &mut carried.to_server_bytes,
        };
        *way_bytes += tcp.payload_bytes;
        carried.frozen |= *way_bytes > self.allowance_bytes;
        if carried.frozen { Verdict::Drop } else { Verdict::Pass }
    }
}

/// A NAT that forgets flows that are silent. One that it has never seen passes: it may be older than the fault.
#[derive(Debug)]
pub(super) struct IdleCut {
    after: Duration,
    /// When a packet of a flow last passed.
    flows: HashMap<Flow, Instant>,
}

impl IdleCut {
    pub(super) fn new(after: Delay) -> Self {
        Self { after: after.duration(), flows: HashMap::new() }
    }
}

impl Machine for IdleCut {
    fn judge(&mut self, now: Instant, packet: &mut Packet) -> Verdict {
        let Some((flow, tcp)) = packet.headers().and_then(|headers| Some((headers.flow, headers.tcp?))) else {
            return Verdict::Pass;
        };
        let last = self.flows.entry(flow).or_insert(now);
        // What is dropped does not wake the memory, so that a flow that was cut stays cut.
        if !tcp.begins && now.duration_since(*last) >= self.after {
            return Verdict::Drop;
        }
        *last = now;
        Verdict::Pass
    }
}
