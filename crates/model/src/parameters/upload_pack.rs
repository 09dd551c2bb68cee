//! How one upload-pack exchange is to be made.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, Micros};

/// How one upload-pack exchange is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UploadPackParameters {
    /// Which protocol to ask for.
    pub protocol: Protocol,
    /// How much history to ask for.
    pub depth: Depth,
    /// Whether to let the server speak on band 2.
    pub progress: bool,
    /// Leave objects out, for a tiny pack.
    pub filter: Option<Filter>,
    /// `TCP_MAXSEG` before the SYN: neither side then sends larger segments.
    pub mss_clamp_bytes: Option<u16>,
    /// The one address to try; none takes the resolver's first.
    pub address: Option<IpAddr>,
    /// How long silence may last before it is called a stall.
    pub patience_us: Micros,
    /// Where to stop although all is well.
    pub caps: Caps,
}

/// Git's wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// What Flux speaks: every ref is advertised on every connection.
    V0,
    /// What `git` speaks since 2.26: refs on request.
    V2,
}

/// How much history to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// What source-controller asks for with this kind of reference.
    AsFlux,
    /// One commit.
    One,
    /// All of it.
    Full,
}

/// Partial-clone filters (git-rev-list(1), `--filter`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// `tree:0`: commits only.
    TreeZero,
    /// `blob:none`: commits and trees.
    BlobNone,
}

impl Filter {
    /// As it goes over the wire.
    pub const fn spec(self) -> &'static str {
        match self {
            Self::TreeZero => "tree:0",
            Self::BlobNone => "blob:none",
        }
    }
}

/// Limits on a transfer that is going well. Reaching one cuts the pack, and the report says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Caps {
    /// Bytes to receive; none means the whole pack.
    pub received: Option<Bytes>,
    /// Time to spend on the run while bytes flow, from the first connection on; none means as long as the budget lasts.
    pub time_us: Option<Micros>,
}
