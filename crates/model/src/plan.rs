//! What is to be measured: a list of runs, each with a reason. Reading a plan alone must tell what a program will do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FluxVersion, GitRef, Micros, Parameters, Target};

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
    /// Whether Flux has an artifact of an earlier revision stored: it then lists the references first.
    #[serde(default)]
    pub artifact_stored: bool,
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
