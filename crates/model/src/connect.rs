//! What came of connecting to an address and of nothing else: raw attempts, and their round trips in a form that can be
//! merged.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, Failure, Micros};

/// One attempt to connect to one address: from the first SYN to the parting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectAttempt {
    /// The name that led to the address, or the address that stood in its place.
    pub host: String,
    /// The address and port that were tried.
    pub peer: SocketAddr,
    /// Whether this is where the exchange itself begins.
    pub door: Door,
    /// When the attempt began, since the report's zero.
    pub started_us: Micros,
    /// From the SYN to the SYN-ACK or the error, or how long was waited.
    pub took_us: Micros,
    /// SYNs that were sent (`tcpi_total_retrans` and the first). Linux sends them after 0, 1, 3, 7 … s, from 6.5 on after 0, 1, 2,
    /// 3, 4 … s (`tcp_syn_linear_timeouts`). 0 where this machine refused by itself and nothing was sent.
    pub syns: u32,
    /// Why there was no connection; absent when there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<Failure>,
    /// What the kernel knew when the connection stood.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub handshake: Option<TcpHandshake>,
    /// What the other side did with a connection on which we said nothing; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parting: Option<Parting>,
}

impl ConnectAttempt {
    /// True where the connection stood.
    pub const fn connected(&self) -> bool {
        self.problem.is_none()
    }
}

/// What an attempt was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Where the exchange begins: the server, or the proxy or jump host before it.
    Entrance,
    /// Another one of the same service or the same host.
    Other,
}

/// A connection as its handshake left it (`TCP_INFO`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TcpHandshake {
    /// Round trip of SYN and SYN-ACK as the kernel measured it; 0 where it could not, since a SYN went out twice.
    pub rtt_us: u32,
    /// MSS that this side announced, in bytes.
    pub advertised_mss_bytes: u32,
    /// Largest segment that this side would send, in bytes: what the other side announced, or the path MTU, if that is less.
    pub snd_mss_bytes: u32,
    /// Path MTU that the kernel assumes, in bytes.
    pub path_mtu_bytes: u32,
}

/// How a connection ended on which we said nothing, were silent for a round trip or two, and then sent our FIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parting {
    /// What the other side did.
    pub end: PartingEnd,
    /// Bytes that it sent unasked, of which at most 4 KiB were read; an SSH server greets.
    pub received: Bytes,
}

/// What the other side did with a silent connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartingEnd {
    /// RST before our FIN: somebody took the connection and threw it away.
    ResetAtOnce,
    /// FIN before ours.
    ClosedFirst,
    /// FIN or RST in answer to our FIN.
    Answered,
    /// Nothing within the time that a parting gets.
    Open,
}

/// The round trips of repeated connects to one address, of those attempts that needed one SYN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RttHistogram {
    /// The address and port.
    pub peer: SocketAddr,
    /// How many round trips are in it.
    pub count: u64,
    /// Half of them took no longer.
    pub p50_us: Micros,
    /// Nine of ten took no longer.
    pub p90_us: Micros,
    /// The longest.
    pub max_us: Micros,
    /// All of them as an `HdrHistogram` in microseconds, serialised as V2 without compression and in base64, so that the
    /// histograms of several reports can be added up.
    pub hdr_v2_base64: String,
}
