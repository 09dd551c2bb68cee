//! What netprobe answered, read from the JSON it prints for anybody: by the names of its fields, as a user would, and
//! not with netprobe's own types.

use anyhow::{Context as _, Result};
use model::Stage;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::outcome::{Confidence, FluxOutcome, Overall};

/// The parts of netprobe's answer that are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The one word.
    pub verdict: Overall,
    /// The answer in a sentence.
    pub headline: String,
    /// Findings, the first cause first.
    pub findings: Vec<Told>,
    /// What Flux would do.
    pub flux: Forecast,
    /// The stage that failed in the first run, if one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failed_stage: Option<Stage>,
    /// Runs that were made.
    pub runs: usize,
    /// Payload of all connections from us, in bytes.
    pub sent_bytes: u64,
    /// Payload of all connections to us, in bytes.
    pub received_bytes: u64,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The rule.
    pub rule: String,
    /// How sure.
    pub confidence: Confidence,
    /// What is so.
    pub statement: String,
    /// The stage it concerns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stage: Option<Stage>,
}

/// What netprobe says Flux would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// In one word.
    pub outcome: FluxOutcome,
    /// The condition's text; none where there would be none or netprobe does not know it.
    pub message: Option<String>,
    /// Where the deadline would strike.
    pub dies_at: Option<Stage>,
    /// How long it would take, in microseconds.
    pub takes_us: Option<u64>,
}

impl Answer {
    /// Reads what `netprobe run --format json` printed.
    pub fn parse(stdout: &str) -> Result<Self> {
        let Document { diagnosis, report } =
            serde_json::from_str(stdout).context("netprobe's output is not the JSON document it should be")?;
        let counts: Vec<Wire> = report.measurements.iter().map(Measurement::wire).collect();
        Ok(Self {
            verdict: diagnosis.verdict,
            headline: diagnosis.headline,
            findings: diagnosis.findings,
            flux: diagnosis.flux,
            failed_stage: report.measurements.first().and_then(Measurement::failed_stage),
            runs: report.measurements.len(),
            sent_bytes: counts.iter().map(|wire| wire.sent).sum(),
            received_bytes: counts.iter().map(|wire| wire.received).sum(),
        })
    }

    /// The first finding.
    pub fn first(&self) -> Option<&Told> {
        self.findings.first()
    }

    /// Where the exchange died, as told: by the first finding, else by the stage that failed.
    pub fn stage(&self) -> Option<Stage> {
        self.first().and_then(|told| told.stage).or(self.failed_stage)
    }
}

#[derive(Deserialize)]
struct Document {
    diagnosis: Diagnosis,
    report: Report,
}

#[derive(Deserialize)]
struct Diagnosis {
    verdict: Overall,
    headline: String,
    findings: Vec<Told>,
    flux: Forecast,
}

#[derive(Deserialize)]
struct Report {
    measurements: Vec<Measurement>,
}

#[derive(Deserialize)]
struct Measurement {
    observations: Vec<Observation>,
}

/// Fields that several kinds of observation have.
#[derive(Deserialize)]
struct Observation {
    stage: Option<Stage>,
    problem: Option<IgnoredAny>,
    wire: Option<Wire>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Wire {
    sent: u64,
    received: u64,
}

impl Measurement {
    /// The counts grow with the connection, so the last ones are its whole.
    fn wire(&self) -> Wire {
        self.observations.iter().rev().find_map(|observation| observation.wire).unwrap_or_default()
    }

    fn failed_stage(&self) -> Option<Stage> {
        self.observations.iter().rev().filter(|seen| seen.problem.is_some()).find_map(|seen| seen.stage)
    }
}
