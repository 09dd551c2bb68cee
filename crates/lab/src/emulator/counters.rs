//! What a link did so far.

use crate::emulator::packet::Way;

/// Counted since the link was started; an impairment since the plan that brought it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// From the far end to the near one.
    pub to_client: Traffic,
    /// From the near end to the far one.
    pub to_server: Traffic,
    /// In the order of the plan.
    pub impairments: Vec<ImpairmentCounters>,
    /// Packets dropped since too much was held already; anything but 0 means that the emulator was not equal to its task.
    pub overflowed: u64,
}

/// One way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets that came.
    pub packets_in: u64,
    /// Their bytes, IP header included.
    pub bytes_in: u64,
    /// Packets that left.
    pub packets_out: u64,
    /// Their bytes, IP header included.
    pub bytes_out: u64,
    /// Packets of those that left which the receiving kernel did not take: its interface is down, or they are no IP.
    pub refused: u64,
}

/// One impairment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImpairmentCounters {
    /// Packets of its direction that its selector took.
    pub matched: u64,
    /// Those of them that it dropped, delayed, doubled or changed. A rate does so to packets that wait behind others.
    pub acted: u64,
}

impl Counters {
    pub(super) fn way_mut(&mut self, way: Way) -> &mut Traffic {
        match way {
            Way::ToClient => &mut self.to_client,
            Way::ToServer => &mut self.to_server,
        }
    }
}

impl Traffic {
    pub(super) fn count_in(&mut self, bytes: usize) {
        self.packets_in += 1;
        self.bytes_in += bytes as u64;
    }

    pub(super) fn count_out(&mut self, bytes: usize) {
        self.packets_out += 1;
        self.bytes_out += bytes as u64;
    }
}
