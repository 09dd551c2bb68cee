//! From rules to an answer: every rule sees every case, consequences go behind their cause, the rest is ranked. It
//! knows no rule by name.

use model::{Ending, Report};

use crate::case::Case;
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{RULES, Rule, Weight};
use crate::{Diagnosis, Finding, Severity, Verdict};

/// Judges a report. Total: every report that can be read has a diagnosis.
pub fn diagnose(report: &Report, policy: &Policy) -> Diagnosis {
    let mut told: Vec<Told> = Vec::new();
    for case in Case::all(report) {
        for word in heard(&case, policy) {
            match told.iter_mut().find(|earlier| earlier.order == word.order) {
                // The same thing seen by a second run: one finding, more evidence. What is seen of the place is the same for
                // every run.
                Some(earlier) => {
                    let known = &mut earlier.finding.evidence;
                    let more: Vec<_> = word.finding.evidence.into_iter().filter(|new| !known.contains(new)).collect();
                    known.extend(more);
                }
                None => told.push(word),
            }
        }
    }
    // What is said only for want of anything better is not said beside something better about another run.
    if told.iter().any(|word| word.weight() != Weight::LastWord) {
        told.retain(|word| word.weight() != Weight::LastWord);
    }
    told.sort_by_key(|word| (std::cmp::Reverse(word.finding.severity), word.order));
    let verdict = verdict(&told);
    Diagnosis {
        verdict,
        headline: headline(report, verdict, &told),
        findings: told.into_iter().map(|word| word.finding).collect(),
        flux: flux::forecast(report),
    }
}

/// One rule's finding, with the rule's place in the catalogue.
struct Told {
    order: usize,
    finding: Finding,
}

impl Told {
    fn weight(&self) -> Weight {
        RULES.get(self.order).map_or(Weight::Stands, |rule| rule.weight)
    }
}

/// What the rules say of one case, without what another finding accounts for.
fn heard(case: &Case<'_>, policy: &Policy) -> Vec<Told> {
    let asked = RULES.iter().enumerate().filter_map(|(order, rule)| Some((order, rule, (rule.judge)(case, policy)?)));
    let words: Vec<(usize, &Rule, Judgement)> = asked.collect();
    let superseded = |candidate: &Rule| {
        words.iter().any(|(_, rule, word)| {
            rule.id != candidate.id && (word.accounts_for(candidate.id) || speaks_before(rule, candidate))
        })
    };
    let kept: Vec<bool> = words.iter().map(|(_, rule, _)| !superseded(rule)).collect();
    let kept = words.into_iter().zip(kept).filter(|(_, kept)| *kept);
    kept.map(|((order, rule, word), _)| Told { order, finding: word.into_finding(rule.id) }).collect()
}

fn speaks_before(rule: &Rule, candidate: &Rule) -> bool {
    candidate.weight == Weight::LastWord && rule.weight != Weight::LastWord
}

fn verdict(told: &[Told]) -> Verdict {
    let any = |wanted: &dyn Fn(&Told) -> bool| told.iter().any(wanted);
    if any(&|word| word.finding.severity == Severity::Fault) {
        Verdict::Fault
    } else if told.is_empty() || any(&|word| word.weight() == Weight::LeavesOpen) {
        Verdict::Undecided
    } else if any(&|word| word.finding.severity == Severity::Warning) {
        Verdict::Warning
    } else {
        Verdict::Healthy
    }
}

/// The sentence of the finding that the verdict comes from.
fn headline(report: &Report, verdict: Verdict, told: &[Told]) -> String {
    let open = told.iter().find(|word| word.weight() == Weight::LeavesOpen);
    let leading = open.filter(|_| verdict == Verdict::Undecided).or(told.first());
    match (leading, &report.ending) {
        (Some(word), _) => word.finding.statement.clone(),
        (None, Ending::BrokenOff { why, .. }) => format!("Nothing was measured: {why}."),
        (None, _) => "Nothing was measured: the report holds no run.".to_owned(),
    }
}

#[cfg(test)]
mod tests;
