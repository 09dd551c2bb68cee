//! What one rule says of one case, before it is ranked: a finding without its name, and which other rules' findings it
//! accounts for.

use model::Stage;

use crate::{Confidence, Evidence, Finding, Severity};

/// One rule's word.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    severity: Severity,
    confidence: Confidence,
    statement: String,
    stage: Option<Stage>,
    evidence: Vec<Evidence>,
    rules_out: Vec<String>,
    possible: Vec<String>,
    remedies: Vec<String>,
    next: Vec<String>,
    explains: Vec<&'static str>,
}

impl Judgement {
    /// A statement and the evidence that it cannot do without.
    pub(crate) fn new(
        severity: Severity,
        confidence: Confidence,
        statement: impl Into<String>,
        evidence: Evidence,
    ) -> Self {
        Self {
            severity,
            confidence,
            statement: statement.into(),
            stage: None,
            evidence: vec![evidence],
            rules_out: Vec::new(),
            possible: Vec::new(),
            remedies: Vec::new(),
            next: Vec::new(),
            explains: Vec::new(),
        }
    }

    /// Something that does not work, seen directly.
    pub(crate) fn fault(statement: impl Into<String>, evidence: Evidence) -> Self {
        Self::new(Severity::Fault, Confidence::Proven, statement, evidence)
    }

    pub(crate) fn at(mut self, stage: Stage) -> Self {
        self.stage = Some(stage);
        self
    }

    pub(crate) fn and(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    pub(crate) fn rules_out<T: Into<String>>(mut self, causes: impl IntoIterator<Item = T>) -> Self {
        self.rules_out.extend(causes.into_iter().map(Into::into));
        self
    }

    pub(crate) fn possible<T: Into<String>>(mut self, causes: impl IntoIterator<Item = T>) -> Self {
        self.possible.extend(causes.into_iter().map(Into::into));
        self
    }

    pub(crate) fn remedy<T: Into<String>>(mut self, remedies: impl IntoIterator<Item = T>) -> Self {
        self.remedies.extend(remedies.into_iter().map(Into::into));
        self
    }

    pub(crate) fn next<T: Into<String>>(mut self, commands: impl IntoIterator<Item = T>) -> Self {
        self.next.extend(commands.into_iter().map(Into::into));
        self
    }

    /// Ids of the rules whose findings of the same case are consequences of this one.
    pub(crate) fn explains(mut self, rules: &[&'static str]) -> Self {
        self.explains = rules.to_vec();
        self
    }

    /// Whether a finding of that rule is a consequence of this one.
    pub(crate) fn accounts_for(&self, rule: &str) -> bool {
        self.explains.contains(&rule)
    }

    #[cfg(test)]
    pub(crate) fn explained(&self) -> &[&'static str] {
        &self.explains
    }

    pub(crate) fn into_finding(self, rule: &str) -> Finding {
        Finding {
            rule: rule.to_owned(),
            severity: self.severity,
            confidence: self.confidence,
            statement: self.statement,
            stage: self.stage,
            evidence: self.evidence,
            rules_out: self.rules_out,
            possible: self.possible,
            remedies: self.remedies,
            next: self.next,
        }
    }
}
