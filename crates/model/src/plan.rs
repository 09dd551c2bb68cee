//! What is to be measured: a list of runs, each with a reason. Reading a plan alone must tell what a program will do.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, FluxVersion, GitRef, Micros, Target};

/// Everything that one `netprobe run` sets out to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The repository.
    pub target: Target,
    /// The revision.
    pub git_ref: GitRef,
    /// Whose first flights and algorithms are imitated.
    pub profile: Profile,
    /// Which Flux is imitated and foretold.
    #[serde(default)]
    pub flux_version: FluxVersion,
    /// Flux's clock: `spec.timeout`.
    pub timeout_us: Micros,
    /// The run's own time, everything included.
    pub budget_us: Micros,
    /// The runs known from the start. Follow-ups join the report as they are decided.
    pub runs: Vec<Run>,
}

/// Number of a run within its report, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RunId(pub u32);

/// One question to the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// Why it is made.
    pub purpose: Purpose,
    /// Which probe asks, and how.
    pub parameters: Parameters,
}

/// Why a run is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Purpose {
    /// What the user asked for.
    Asked,
    /// To tell apart the causes that an earlier run left possible.
    FollowUp {
        /// The run that raised the question.
        after: RunId,
        /// The question, one sentence.
        question: String,
    },
}

/// A probe's parameters. The variant names the probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "probe", rename_all = "snake_case")]
pub enum Parameters {
    /// The git upload-pack exchange.
    GitUploadPack(UploadPackParameters),
}

impl Parameters {
    /// The probe's name, as in the catalogue.
    pub const fn probe(&self) -> &'static str {
        match self {
            Self::GitUploadPack(_) => "git_upload_pack",
        }
    }
}

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

/// Whose client is imitated in the size of its first flights and in its algorithms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Flux's source-controller: go-git over Go's SSH and TLS.
    #[default]
    Flux,
    /// The OpenSSH client, as `git` calls it.
    Openssh,
    /// `git` over libcurl with OpenSSL.
    Git,
}

impl Profile {
    /// As it is typed and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flux => "flux",
            Self::Openssh => "openssh",
            Self::Git => "git",
        }
    }
}
