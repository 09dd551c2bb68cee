//! What judgement comes to: findings, ranked, each with evidence that can be looked up in the report, and what Flux
//! would have made of it.

use model::{FluxVersion, Micros, RunId, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that can be said of one report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// The one word.
    pub verdict: Verdict,
    /// The answer in a sentence.
    pub headline: String,
    /// Findings, the primary cause first. Consequences are inside their cause, never beside it.
    pub findings: Vec<Finding>,
    /// What source-controller would do with this repository from this place.
    pub flux: FluxForecast,
}

/// The one word, from which the exit code follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing is wrong.
    Healthy,
    /// It works, and something deserves attention.
    Warning,
    /// A fault was seen, its cause known or not.
    Fault,
    /// Nothing could be decided.
    Undecided,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule that found it, stable across versions: `path-mtu-black-hole`, `server-computing` …
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure we are.
    pub confidence: Confidence,
    /// What is so, one sentence with its figures.
    pub statement: String,
    /// The stage it concerns, where it concerns one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stage: Option<Stage>,
    /// What was seen that says so. Never empty.
    pub evidence: Vec<Evidence>,
    /// Causes that this evidence excludes.
    pub rules_out: Vec<String>,
    /// Causes that remain possible, where the cause is open.
    pub possible: Vec<String>,
    /// What to do, cheapest first: a sentence or a command that can be pasted.
    pub remedies: Vec<String>,
    /// What would tell more, as a command, where the cause is open.
    pub next: Vec<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good or neutral news.
    Info,
    /// Works, and deserves attention.
    Warning,
    /// Does not work.
    Fault,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Compatible with what was seen, as other causes are.
    Possible,
    /// The best explanation; others are weaker.
    Likely,
    /// Seen directly, or shown by an experiment that changed this one thing.
    Proven,
}

/// A pointer into the report, with what is to be read there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The run.
    pub run: RunId,
    /// Index into that run's observations; none speaks of the run as a whole.
    pub observation: Option<usize>,
    /// What it shows, with its figure.
    pub shows: String,
}

/// What Flux's source-controller would do, derived from the Flux-parity run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FluxForecast {
    /// `spec.timeout`.
    pub timeout_us: Micros,
    /// The release of Flux that this is said of.
    #[serde(default)]
    pub flux_version: FluxVersion,
    /// The answer.
    pub outcome: FluxOutcome,
    /// How long the clone would take, or took to fail, as far as it can be said.
    pub takes_us: Option<Micros>,
    /// The whole text of the condition, from `failed to checkout and determine revision: ` on, exactly as
    /// source-controller words it. None where there is no message, or where a part of it cannot be known from here; a
    /// caveat then says which.
    pub message: Option<String>,
    /// The stage where the deadline would strike.
    pub dies_at: Option<Stage>,
    /// True where the run ended before Flux's deadline and the rest is extrapolated.
    pub extrapolated: bool,
    /// What the answer rests on and what could change it, one sentence each.
    pub caveats: Vec<String>,
}

/// The forecast's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FluxOutcome {
    /// The clone fits into `spec.timeout`.
    Fits,
    /// The deadline strikes first.
    TimesOut,
    /// It fails at once, without the deadline.
    Fails,
    /// A handshake hangs and the deadline does not cut it: no message, Ready stays as it was.
    HangsSilently,
    /// This report cannot tell.
    Unknown,
}
