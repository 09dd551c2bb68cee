//! The rows of a comparison, as data: what is compared, what was seen of it in each place, and what differs.

use std::net::IpAddr;

use model::{Bytes, FailureKind, Micros, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Confidence, FluxOutcome};

/// One thing, seen from every place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// What is compared.
    #[serde(flatten)]
    pub measure: Measure,
    /// One for each column.
    pub cells: Vec<Cell>,
    /// What differs.
    pub difference: Difference,
    /// What to bear in mind with this row, although it is comparable.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub marks: Vec<RowMark>,
}

/// What is compared in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "measure", rename_all = "snake_case")]
pub enum Measure {
    /// The time in one stage of the exchange.
    Stage {
        /// Which.
        stage: Stage,
    },
    /// The time of the whole exchange.
    Exchange,
    /// The addresses that the name lookup gave.
    Addresses,
    /// The address and port that were dialled.
    Dialled,
    /// The shortest round trip that the kernel measured on connections there.
    RoundTrip,
    /// The MSS that this side announced, and the path MTU that the kernel had in the end.
    SegmentSizes,
    /// What was negotiated: SSH key exchange and cipher, or TLS version and key exchange.
    Algorithms,
    /// Bytes of the pack.
    Pack,
    /// Pack bytes by the time of the transfer.
    PackRate,
    /// How long the exchange was ready to run and had no processor.
    Processor,
    /// What Flux would come to.
    Flux,
    /// The first finding.
    Finding,
}

/// What stands in a cell. Never empty without a reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "cell", rename_all = "snake_case")]
pub enum Cell {
    /// What was seen.
    Value {
        /// In its base unit.
        value: Quantity,
    },
    /// It did not end well.
    Failed {
        /// What happened.
        #[serde(flatten)]
        how: FailureKind,
        /// The stage, where the row is not one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        stage: Option<Stage>,
        /// How long it took to fail, or was waited for.
        after_us: Micros,
    },
    /// The exchange failed before it.
    NotReached,
    /// It was not measured there, or is no part of the exchange.
    NotRun {
        /// Why, one clause.
        why: String,
    },
    /// It may not be compared.
    Incomparable {
        /// Why.
        #[serde(flatten)]
        why: Incomparability,
        /// What was seen all the same.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        value: Option<Quantity>,
    },
}

/// What was seen, in its base unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "quantity", rename_all = "snake_case")]
pub enum Quantity {
    /// A duration. Never an instant: clocks of two machines are not compared.
    Duration {
        /// In microseconds.
        took_us: Micros,
    },
    /// A number of bytes.
    Size {
        /// In bytes.
        size_bytes: Bytes,
    },
    /// A rate.
    Rate {
        /// In bits per second.
        bits_per_second: u64,
        /// The time that it is taken over.
        over_us: Micros,
    },
    /// Sizes of packets.
    Segments {
        /// MSS that this side announced.
        announced_mss_bytes: u32,
        /// Path MTU that the kernel assumed.
        path_mtu_bytes: u32,
    },
    /// Addresses in the resolver's order.
    Addresses {
        /// All of them.
        addresses: Vec<IpAddr>,
    },
    /// A name or an address.
    Words {
        /// As the report has it.
        words: String,
    },
    /// Waiting for a processor.
    Waited {
        /// In microseconds.
        waited_us: Micros,
        /// True where a limit on processor time held it for most of that.
        held_by_quota: bool,
    },
    /// Flux's outcome.
    Flux {
        /// The outcome.
        outcome: FluxOutcome,
        /// How long the clone would take, where that can be said.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        takes_us: Option<Micros>,
        /// `spec.timeout`.
        timeout_us: Micros,
    },
    /// A finding.
    Finding {
        /// The rule.
        rule: String,
        /// How sure it is.
        confidence: Confidence,
    },
}

/// Why a cell may not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "incomparable", rename_all = "snake_case")]
pub enum Incomparability {
    /// The report has another format version.
    OtherVersion,
    /// Another repository than the first column.
    OtherRepository,
    /// Another reference.
    OtherReference,
    /// Another depth, filter or manner of asking.
    OtherRequest,
    /// Another protocol version.
    OtherProtocol,
    /// Another client was imitated.
    OtherProfile,
    /// The reference pointed at another commit, so that the pack is another one.
    OtherCommit,
    /// The pack was cut at a cap, in one column and not in the other.
    CutAtCap,
    /// No login could be made, so that nothing behind it was tried.
    NoLogin,
    /// The run ended before it for a reason of its own: interrupted, out of time, broken off.
    BrokenOff,
}

/// What to bear in mind with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowMark {
    /// The columns dialled different addresses.
    OtherAddress,
    /// The columns agreed on different algorithms.
    OtherAlgorithms,
}

/// What differs in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// What kind of difference.
    pub kind: DifferenceKind,
    /// The columns that it is said of, by index; empty where it is said of all or none.
    pub columns: Vec<usize>,
    /// In a few words: `same`, `only from npk-n2`, `3× slower from npk-n2`. Empty where there is nothing to say.
    pub words: String,
}

/// What kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// None, or one below the bound.
    Same,
    /// It fails from some and not from others.
    FailsFromSome,
    /// It fails from all, but not in the same way.
    FailsDifferently,
    /// It takes longer, or brings less, from some.
    Slower,
    /// It is something else.
    Other,
    /// There are not two cells that may be compared.
    Nothing,
}

impl Measure {
    /// What is compared, in a few plain words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stage { stage } => stage.words(),
            Self::Exchange => "whole exchange",
            Self::Addresses => "addresses",
            Self::Dialled => "dialled",
            Self::RoundTrip => "round trip",
            Self::SegmentSizes => "MSS / path MTU",
            Self::Algorithms => "negotiated",
            Self::Pack => "pack",
            Self::PackRate => "pack rate",
            Self::Processor => "waited for CPU",
            Self::Flux => "Flux",
            Self::Finding => "finding",
        }
    }
}

impl Incomparability {
    /// Why, in two or three words.
    pub const fn short(self) -> &'static str {
        match self {
            Self::OtherVersion => "other format",
            Self::OtherRepository => "other repository",
            Self::OtherReference => "other reference",
            Self::OtherRequest => "other request",
            Self::OtherProtocol => "other protocol",
            Self::OtherProfile => "other client",
            Self::OtherCommit => "other commit",
            Self::CutAtCap => "pack cut",
            Self::NoLogin => "no login",
            Self::BrokenOff => "broken off",
        }
    }
}
