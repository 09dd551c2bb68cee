//! How often are we right? Counts verdicts by what was expected and what was told, and lists the mistakes one by one.
//!
//! Pure. With some 35 findings a square table would be empty space, so each expected finding is a row that lists what
//! was told instead. Refuses to summarise what must be read: mistakes are listed, never only counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::outcome::{FluxOutcome, GitOutcome};
use crate::record::{Key, Record};
use crate::scenario::{Expectation, Library};
use crate::verdict::{self, Standing, Verdict};

mod page;
mod sections;
#[cfg(test)]
mod tests;

use self::page::Page;

/// A trial with what was expected of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial<'a> {
    /// What was seen.
    pub record: &'a Record,
    /// What was expected.
    pub expected: &'a Expectation,
    /// How they compare.
    pub verdict: Verdict,
}

/// What many trials come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<'a> {
    trials: Vec<Trial<'a>>,
    /// By expected finding.
    findings: BTreeMap<&'a str, Row<'a>>,
    /// By what netprobe foretold and what Flux's client did; none where it was not asked.
    forecasts: BTreeMap<(FluxOutcome, Option<FluxOutcome>), usize>,
    /// By what was expected of stock git and what it did.
    clones: BTreeMap<(GitOutcome, GitOutcome), usize>,
}

/// What was told where one finding was expected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row<'a> {
    right: usize,
    instead: BTreeMap<&'a str, usize>,
}

impl<'a> Trial<'a> {
    /// Compares them.
    pub fn new(record: &'a Record, expected: &'a Expectation) -> Self {
        Self { record, expected, verdict: verdict::judge(record, expected) }
    }

    /// Compares a record with what its scenario expects today; none where the scenario is gone or has changed.
    pub fn in_library(record: &'a Record, library: &'a Library) -> Option<Self> {
        let scenario = library.get(&record.key.scenario)?;
        let expected = scenario.content.expect.over(record.key.transport)?;
        (scenario.digest == record.key.scenario_digest).then(|| Self::new(record, expected))
    }

    /// `path-mtu/hole over ssh`.
    pub fn name(&self) -> String {
        let Key { scenario, transport, .. } = &self.record.key;
        format!("{scenario} over {}", transport.scheme())
    }
}

impl<'a> Matrix<'a> {
    /// Of these trials, in any order.
    pub fn new(mut trials: Vec<Trial<'a>>) -> Self {
        trials.sort_by_cached_key(Trial::name);
        let mut matrix =
            Self { trials: Vec::new(), findings: BTreeMap::new(), forecasts: BTreeMap::new(), clones: BTreeMap::new() };
        for trial in &trials {
            matrix.count(trial);
        }
        Self { trials, ..matrix }
    }

    /// True if every trial was as expected, known limits included. Without a trial nothing is.
    pub fn is_green(&self) -> bool {
        !self.trials.is_empty() && self.of(Standing::Otherwise) + self.of(Standing::Void) == 0
    }

    /// The whole page for a terminal of at least 100 columns.
    pub fn text(&self) -> String {
        self.page().text()
    }

    /// The whole page as Markdown.
    pub fn markdown(&self) -> String {
        self.page().markdown()
    }

    fn page(&self) -> Page {
        sections::page(self)
    }

    /// Trials that stand like this.
    fn of(&self, standing: Standing) -> usize {
        self.trials.iter().filter(|trial| trial.verdict.standing() == standing).count()
    }

    fn scenarios(&self) -> usize {
        self.trials.iter().map(|trial| &trial.record.key.scenario).collect::<BTreeSet<_>>().len()
    }

    fn count(&mut self, trial: &Trial<'a>) {
        let (record, expected) = (trial.record, trial.expected);
        let Some(seen) = record.seen.as_ref().filter(|_| record.void.is_none()) else { return };
        let row = self.findings.entry(expected.finding.as_str()).or_default();
        match seen.netprobe.answer.as_ref().map(|answer| answer.first().map(|told| told.rule.as_str())) {
            Some(Some(rule)) if rule == expected.finding.as_str() => row.right += 1,
            told => *row.instead.entry(told.map_or("no answer", |rule| rule.unwrap_or("no finding"))).or_default() += 1,
        }
        let did = seen.flux.as_ref().map(|ran| ran.outcome(record.timeout_seconds));
        let foretold = seen.netprobe.answer.as_ref().map(|answer| answer.flux.outcome);
        if let Some(foretold) = foretold {
            *self.forecasts.entry((foretold, did)).or_default() += 1;
        }
        *self.clones.entry((expected.git, seen.git.outcome)).or_default() += 1;
    }
}

impl Row<'_> {
    fn trials(&self) -> usize {
        self.right + self.instead.values().sum::<usize>()
    }
}
