//! What a probe writes down while it runs. Observations are only ever appended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Bytes, ConnectAttempt, DnsQuery, Failure, Hold, Host, HttpRefusal, KnownKeyTypes, MachineUse, Micros, RemoteText,
    Resolver, Route, RttHistogram, SshOpened, SshServerOffer, Stage, Step, TcpInfo,
};

/// Something seen at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// When it was written down, since the report's zero.
    pub at_us: Micros,
    /// What was seen.
    #[serde(flatten)]
    pub seen: Seen,
}

impl Observation {
    /// The stage record in it, if it is one.
    pub fn stage(&self) -> Option<&StageSeen> {
        match &self.seen {
            Seen::Stage(stage) => Some(stage),
            _ => None,
        }
    }
}

/// The kinds of thing that can be seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "seen", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a run holds a few hundred of these; boxing would only scatter them")]
pub enum Seen {
    /// A stage ended, well or badly.
    Stage(StageSeen),
    /// A look at a transfer that is under way.
    Sample(TransferSample),
    /// The last look before waiting was given up.
    Stall(StallSnapshot),
    /// HTTP sent us elsewhere; the stages begin again with the new address.
    Redirect {
        /// Where to, user-info taken off.
        to: RemoteText,
    },
    /// A setting of the user's that this run did not follow, or a size that could not be had.
    Remark {
        /// One sentence.
        text: RemoteText,
    },
    /// An HTTP answer that refuses.
    Refusal(HttpRefusal),
    /// A connection that was left idle, and whether it still carried anything then.
    Hold(Hold),
    /// How names are looked up here.
    Resolver(Resolver),
    /// One question to one name server.
    DnsQuery(DnsQuery),
    /// The machine.
    Host(Host),
    /// The way to one address.
    Route(Route),
    /// What the run used of the machine; the last observation of each run.
    Machine(MachineUse),
    /// One attempt to connect, and nothing else.
    Connect(ConnectAttempt),
    /// The round trips of repeated connects to one address.
    ConnectRtt(RttHistogram),
    /// What an SSH server offers.
    SshServerOffer(SshServerOffer),
    /// Which types of keys `known_hosts` holds.
    KnownKeyTypes(KnownKeyTypes),
    /// A connection to an SSH server that did not begin as a client's does.
    SshOpened(SshOpened),
    /// Something a newer version wrote.
    #[serde(other)]
    Unknown,
}

/// One stage, timed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageSeen {
    /// Its start, since the report's zero.
    pub started_us: Micros,
    /// How long it took, or how long it was waited for.
    pub took_us: Micros,
    /// Its particulars.
    #[serde(flatten)]
    pub step: Step,
    /// Why it did not end well; absent when it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<Failure>,
    /// Bytes on the connection so far, both ways.
    pub wire: WireCount,
    /// The kernel's view at the stage's end; absent before there is a connection.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tcp: Option<TcpInfo>,
}

impl StageSeen {
    /// Which stage this is.
    pub const fn stage(&self) -> Stage {
        self.step.stage()
    }

    /// When it ended, since the report's zero.
    pub fn ended_us(&self) -> Micros {
        self.started_us + self.took_us
    }
}

/// Payload of the TCP connection so far, encryption and framing included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WireCount {
    /// From us.
    pub sent: Bytes,
    /// To us.
    pub received: Bytes,
}

/// One point of a transfer's series over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TransferSample {
    /// The stage under way.
    pub during: Stage,
    /// Bytes on the connection so far.
    pub wire: WireCount,
    /// Pack bytes so far.
    pub pack: Bytes,
    /// The kernel's view.
    pub tcp: TcpInfo,
}

/// The single best piece of evidence: what the connection looked like while nothing came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StallSnapshot {
    /// The stage that hangs.
    pub during: Stage,
    /// Since the last byte arrived.
    pub silent_us: Micros,
    /// Bytes on the connection.
    pub wire: WireCount,
    /// The kernel's view when the stage began; absent before there is a connection.
    pub before: Option<TcpInfo>,
    /// The kernel's view now.
    pub now: Option<TcpInfo>,
}
