//! What a link does to packets, as data: the `[[link]]` tables of a scenario file.
//!
//! Knows which effects there are and which parameters belong to which. Refuses tables that name none or several.

mod table;

use serde::Deserialize;

use crate::emulator::selector::Selector;
use crate::units::{Delay, Fraction, Rate, Size};

/// All that a link does, in the order in which packets meet it. The default does nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<Impairment>")]
pub struct LinkPlan {
    /// One after the other, in both directions in the same order.
    pub impairments: Vec<Impairment>,
    /// Where chance begins. The same seed and the same packets meet the same fate.
    pub seed: u64,
}

impl LinkPlan {
    /// A plan with the usual seed.
    pub fn new(impairments: Vec<Impairment>) -> Self {
        Self { impairments, seed: 0 }
    }
}

impl From<Vec<Impairment>> for LinkPlan {
    fn from(impairments: Vec<Impairment>) -> Self {
        Self::new(impairments)
    }
}

/// One thing that happens to some packets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "table::Table")]
pub struct Impairment {
    /// Which way the packets go.
    pub direction: Direction,
    /// Which packets of those.
    pub matching: Selector,
    /// What happens to them.
    pub effect: Effect,
}

impl From<Effect> for Impairment {
    /// To all packets in both directions.
    fn from(effect: Effect) -> Self {
        Self { direction: Direction::Both, matching: Selector::default(), effect }
    }
}

/// Which ways an impairment affects. Each way has a state of its own, but flows are counted and forgotten as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the far end to the near one.
    ToClient,
    /// From the near end to the far one.
    ToServer,
    /// Either way.
    #[default]
    Both,
}

/// What happens to a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Arrives later by `delay`, spread evenly over ± `jitter`, never overtaking.
    Delay {
        /// Mean time one way.
        delay: Delay,
        /// Half the width of the spread, at most `delay`.
        jitter: Delay,
    },
    /// Is lost by chance, each packet for itself.
    Loss(Fraction),
    /// Is lost while the link is in its bad state, into and out of which each packet may move it (Gilbert 1960). Sparse
    /// flows stay in it for long; [`Effect::Outage`] is the one of radio links.
    Burst {
        /// Chance that a packet begins a burst of losses.
        enter: Fraction,
        /// Chance that a packet ends one.
        leave: Fraction,
    },
    /// Is lost while time says so: open first, then shut, over and over since the plan took force.
    Outage {
        /// From the end of an outage to the end of the next.
        every: Delay,
        /// How much of that is shut.
        lasts: Delay,
    },
    /// Is held back by chance, so that others overtake it.
    Reorder {
        /// How many.
        share: Fraction,
        /// For how long.
        by: Delay,
    },
    /// Arrives twice by chance.
    Duplicate(Fraction),
    /// Has one bit beyond the IP header flipped by chance, so that its checksum fails.
    Corrupt(Fraction),
    /// Waits in a queue that empties at `rate` and refuses what it cannot hold. Sizes are those of IP packets.
    Rate {
        /// Of the bottleneck.
        rate: Rate,
        /// What may wait, the packet on the wire included.
        queue: Size,
    },
    /// Is dropped where it exceeds `rate` after an allowance of `burst`; nothing ever waits.
    Police {
        /// At which the allowance comes back.
        rate: Rate,
        /// The allowance.
        burst: Size,
    },
    /// Is dropped.
    Drop,
    /// Is answered with a TCP reset in the name of whom it was for, at once. What is no TCP is dropped.
    Reset,
    /// Is dropped once its flow has carried so much TCP payload one way, beginning with the segment that would exceed it.
    /// A SYN begins a flow anew.
    FreezeAfter(Size),
    /// Is dropped once its TCP flow has been silent so long, as behind a NAT that forgot it. A SYN begins a flow anew.
    IdleCut(Delay),
}
