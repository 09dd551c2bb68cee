//! The record of one trial: a scenario over one transport, and everything needed to judge it again later.
//!
//! Knows what was set, what each client did and what it said, cut to a length that can be kept. Refuses to judge:
//! verdicts do, and may change while records stay.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use model::Transport;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::oracle;
use crate::outcome::{FluxOutcome, GitOutcome};
use crate::scenario::ScenarioName;

mod answer;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use self::answer::{Answer, Forecast, Told};

/// One trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What it was a trial of.
    pub key: Key,
    /// When it began, RFC 3339 in UTC.
    pub at: String,
    /// Program to version: `netprobe`, `git`, `kernel` and so on.
    pub versions: BTreeMap<String, String>,
    /// `spec.timeout`, and when clones were cut, in seconds.
    pub timeout_seconds: f64,
    /// Each fault with the proof that it was there.
    pub faults: Vec<FaultInForce>,
    /// What the path counted: packets forwarded, dropped and so on.
    pub path: BTreeMap<String, u64>,
    /// Why this trial says nothing: a fault was not in force, a server did not start. None if it counts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub void: Option<String>,
    /// What the clients did; none if they were not let run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seen: Option<Seen>,
}

/// What a trial is a trial of. The same key again would be the same trial again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Which scenario.
    pub scenario: ScenarioName,
    /// Over what.
    pub transport: Transport,
    /// Of the scenario's file.
    pub scenario_digest: Digest,
    /// With which programs.
    pub instruments: Instruments,
}

/// The programs of a trial. Others may see something else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instruments {
    /// Of netprobe's program file.
    pub netprobe: Digest,
    /// Of everything else: the laboratory, Flux's client or its absence, git, servers, kernel.
    pub others: Digest,
}

/// The first 64 bits of SHA-256 in hexadecimal: enough to tell versions of a file apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

/// What the clients did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// netprobe.
    pub netprobe: NetprobeRan,
    /// Stock git.
    pub git: GitRan,
    /// Flux's own client; none where it is not at hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub flux: Option<FluxRan>,
}

/// One run of netprobe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetprobeRan {
    /// None if a signal ended it.
    pub exit_code: Option<i32>,
    /// On the wall.
    pub seconds: f64,
    /// What its JSON says; none if there was none.
    pub answer: Option<Answer>,
    /// The end of stderr, where there is no answer.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub stderr: String,
}

/// One clone by stock git.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitRan {
    /// How it ended.
    pub outcome: GitOutcome,
    /// On the wall.
    pub seconds: f64,
    /// The end of stderr.
    pub stderr: String,
}

/// One clone by Flux's own client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FluxRan {
    /// Whether it cloned.
    pub ok: bool,
    /// By its own clock; until it was killed, where it hung.
    pub seconds: f64,
    /// The condition's text; empty where there is none.
    pub message: String,
    /// True if it was still silent long past its deadline.
    pub hung: bool,
}

/// A fault and the proof that it was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultInForce {
    /// Which: `mtu of far`, `nft on near` and so on.
    pub what: String,
    /// What was asked for.
    pub set: String,
    /// What the kernel or the emulator said when asked afterwards.
    pub read_back: String,
    /// How often it struck, where that is counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub struck: Option<u64>,
}

impl Digest {
    /// Of a file's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(16);
        for byte in &Sha256::digest(bytes)[..8] {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FluxRan {
    /// It answered.
    pub fn answered(outcome: &oracle::Outcome) -> Self {
        Self { ok: outcome.ok, seconds: outcome.seconds, message: outcome.message.clone(), hung: false }
    }

    /// It did not answer within `seconds` and was killed.
    pub fn hung(seconds: f64) -> Self {
        Self { ok: false, seconds, message: String::new(), hung: true }
    }

    /// In one word. The deadline struck where Go says so, or where the failure came no earlier than it.
    pub fn outcome(&self, timeout_seconds: f64) -> FluxOutcome {
        if self.hung {
            FluxOutcome::HangsSilently
        } else if self.ok {
            FluxOutcome::Fits
        } else if self.message.contains(DEADLINE) || self.seconds >= timeout_seconds {
            FluxOutcome::TimesOut
        } else {
            FluxOutcome::Fails
        }
    }
}

/// The end of what a program said, at most [`KEPT`] characters of it: there the reason stands.
pub fn last_words(text: &str) -> String {
    let text = text.trim();
    let surplus = text.chars().count().saturating_sub(KEPT);
    if surplus == 0 { text.to_owned() } else { format!("…{}", text.chars().skip(surplus).collect::<String>()) }
}

/// What a record keeps of a program's output: five to ten lines, so that a thousand records stay a few megabytes.
pub const KEPT: usize = 800;
/// What Go's `context` says when a deadline strikes.
const DEADLINE: &str = "context deadline exceeded";
