//! What has to come of a trial, for each transport that is tried.
//!
//! Knows what can be expected and which expectations contradict each other. Refuses to compare: verdicts do.

use std::time::Duration;

use anyhow::ensure;
use model::{Stage, Transport};
use serde::Deserialize;

use super::Slug;
use crate::outcome::{Confidence, FluxOutcome, GitOutcome};
use crate::units::Delay;

/// `[expect.ssh]`, `[expect.https]`, `[expect.http]`: a transport is tried if something is expected of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Tables")]
pub struct Expectations(Vec<(Transport, Expectation)>);

/// What has to come of one trial.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Draft")]
pub struct Expectation {
    /// Where the exchange dies; none where it does not.
    pub stage: Option<Stage>,
    /// The rule of netprobe's first finding.
    pub finding: Slug,
    /// The least confidence that finding may have.
    pub confidence: Confidence,
    /// The most time that netprobe may take, on the wall.
    pub within: Delay,
    /// What becomes of stock git's clone.
    pub git: GitOutcome,
    /// A part of what git says on stderr when it fails.
    pub git_says: Option<String>,
    /// What becomes of Flux's clone.
    pub flux: FluxExpectation,
    /// Whether this transport never meets the fault. Else a trial in which nothing met it is void.
    pub spared: bool,
    /// Why this answer is accepted although a better one is imaginable; such trials are counted apart.
    pub known_limit: Option<String>,
}

/// What becomes of Flux's clone, and what netprobe has to say of it beforehand.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "FluxDraft")]
pub struct FluxExpectation {
    /// What Flux's own client does, and so what netprobe has to foretell.
    pub outcome: FluxOutcome,
    /// True where netprobe may say instead that it cannot tell.
    pub forecast_open: bool,
    /// A part of the text of Flux's condition.
    pub message: Option<String>,
    /// Whether netprobe's text has to be Flux's to the letter, wherever netprobe gives one.
    pub same_words: bool,
    /// Whether Flux's own client is asked. Where it is not, `outcome` is the truth: the client does part of what
    /// source-controller does, and there are answers that only the rest of it can cope with.
    pub asked: bool,
}

impl Expectations {
    /// In the order ssh, https, http.
    pub fn iter(&self) -> impl Iterator<Item = (Transport, &Expectation)> {
        self.0.iter().map(|(transport, expectation)| (*transport, expectation))
    }

    /// What is expected over this transport.
    pub fn over(&self, transport: Transport) -> Option<&Expectation> {
        self.iter().find(|(over, _)| *over == transport).map(|(_, expectation)| expectation)
    }
}

impl Expectation {
    /// True where nothing is broken: git clones and Flux is in time.
    pub fn works(&self) -> bool {
        self.git == GitOutcome::Clones && self.flux.outcome == FluxOutcome::Fits
    }

    /// True where netprobe is to call it healthy.
    pub fn finding_is_healthy(&self) -> bool {
        self.finding.as_str() == HEALTHY
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    ssh: Option<Expectation>,
    https: Option<Expectation>,
    http: Option<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    stage: Option<Stage>,
    finding: Slug,
    #[serde(default = "likely")]
    confidence: Confidence,
    #[serde(default = "ten_seconds")]
    within: Delay,
    git: GitOutcome,
    git_says: Option<String>,
    flux: FluxExpectation,
    #[serde(default)]
    spared: bool,
    known_limit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FluxDraft {
    outcome: FluxOutcome,
    #[serde(default)]
    forecast_open: bool,
    message: Option<String>,
    #[serde(default = "yes")]
    same_words: bool,
    #[serde(default = "yes")]
    asked: bool,
}

impl TryFrom<Tables> for Expectations {
    type Error = anyhow::Error;

    fn try_from(tables: Tables) -> Result<Self, Self::Error> {
        let of = |transport, table: Option<Expectation>| table.map(|expectation| (transport, expectation));
        let rows =
            [of(Transport::Ssh, tables.ssh), of(Transport::Https, tables.https), of(Transport::Http, tables.http)];
        let given: Vec<_> = rows.into_iter().flatten().collect();
        ensure!(!given.is_empty(), "nothing is expected, so nothing would be tried: add a table such as [expect.ssh]");
        Ok(Self(given))
    }
}

impl TryFrom<Draft> for Expectation {
    type Error = anyhow::Error;

    fn try_from(draft: Draft) -> Result<Self, Self::Error> {
        let Draft { stage, finding, confidence, within, git, git_says, flux, spared, known_limit } = draft;
        ensure!(
            git_says.is_none() || git == GitOutcome::Fails,
            "`git_says` is for `git = \"fails\"`; a clone that {} is not asked for its words",
            git.word()
        );
        ensure!(
            stage.is_none() || finding.as_str() != HEALTHY,
            "`stage` says where the exchange dies; a `{HEALTHY}` one does not"
        );
        Ok(Self { stage, finding, confidence, within, git, git_says, flux, spared, known_limit })
    }
}

impl TryFrom<FluxDraft> for FluxExpectation {
    type Error = anyhow::Error;

    fn try_from(draft: FluxDraft) -> Result<Self, Self::Error> {
        let FluxDraft { outcome, forecast_open, message, same_words, asked } = draft;
        ensure!(
            outcome != FluxOutcome::Unknown,
            "Flux does one thing or another: expected `fits`, `times_out`, `fails` or `hangs_silently`, and \
             `forecast_open = true` where netprobe may leave it open"
        );
        ensure!(
            message.is_none() || matches!(outcome, FluxOutcome::TimesOut | FluxOutcome::Fails),
            "`message` is for the outcomes `times_out` and `fails`; with `{}` Flux says nothing",
            outcome.word()
        );
        Ok(Self { outcome, forecast_open, message, same_words, asked })
    }
}

/// The rule that says all is well.
const HEALTHY: &str = "healthy";

const fn likely() -> Confidence {
    Confidence::Likely
}

fn ten_seconds() -> Delay {
    Delay::from(Duration::from_secs(10))
}

const fn yes() -> bool {
    true
}
