//! Findings: what is so, why, what it excludes, what to do. The order and the words are those of the diagnosis.

use diagnose::{Confidence, Diagnosis, Evidence, Finding, RULES, Severity, Weight};

use crate::page::Page;
use crate::style::{Ink, Mark};

pub(super) fn section(page: &mut Page, diagnosis: &Diagnosis) {
    let mut named: Vec<&str> = Vec::new();
    for finding in &diagnosis.findings {
        page.gap();
        one(page, diagnosis, finding);
        // What would tell more of several findings is one command.
        let next: Vec<&String> = finding.next.iter().filter(|command| !named.contains(&command.as_str())).collect();
        page.actions("to tell more", &next);
        named.extend(next.into_iter().map(String::as_str));
    }
}

/// A finding of one of several reports: what is so, why, and what to do. The words of a report call its own place "here".
pub(crate) fn of_place(page: &mut Page, place: &str, elsewhere: bool, finding: &Finding) {
    let mark = mark(finding);
    page.marked(mark, mark.1, &format!("{} · {} · from {place}", finding.rule, surety(finding.confidence)));
    if elsewhere {
        page.paragraph(Ink::Quiet, &format!("As seen there: “here” is {place}."));
    }
    page.paragraph(Ink::Plain, &finding.statement);
    page.items("because", &evidence(&finding.evidence));
    page.items("possible", &finding.possible);
    page.actions("what to do", &finding.remedies);
    if finding.remedies.is_empty() {
        page.actions("to tell more", &finding.next);
    }
}

/// How sure a finding is, in a word.
pub(crate) const fn surety(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Proven => "proven",
    }
}

fn one(page: &mut Page, diagnosis: &Diagnosis, finding: &Finding) {
    let mark = mark(finding);
    page.marked(mark, mark.1, &format!("{} · {}", finding.rule, surety(finding.confidence)));
    // The headline often is the first finding's statement; said twice, it would only push the rest off the screen.
    if finding.statement != diagnosis.headline {
        page.paragraph(Ink::Plain, &finding.statement);
    }
    page.items("because", &evidence(&finding.evidence));
    // Causes are a few words each: one paragraph is enough for them.
    page.labelled("ruled out", &finding.rules_out.join(" · "));
    page.items("possible", &finding.possible);
    page.actions("what to do", &finding.remedies);
}

/// A finding that leaves the question open is no good news, however mild it is.
fn mark(finding: &Finding) -> Mark {
    let rule = RULES.iter().find(|rule| rule.id == finding.rule);
    let open = rule.is_some_and(|rule| rule.weight == Weight::LeavesOpen);
    if open && finding.severity != Severity::Fault { Mark::OPEN } else { finding.severity.into() }
}

/// Evidence with the run it is read from; what follows from the same run does not name it again.
pub(crate) fn evidence(evidence: &[Evidence]) -> Vec<String> {
    let several = evidence.iter().any(|one| Some(one.run) != evidence.first().map(|first| first.run));
    evidence
        .iter()
        .map(|one| if several { format!("run {}: {}", one.run.0, one.shows) } else { one.shows.clone() })
        .collect()
}
