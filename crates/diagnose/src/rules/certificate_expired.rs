//! The certificate is outside its dates.

use model::{Certificate, FailureKind, Step};

use crate::case::Case;
use crate::figures::{count, time};
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::processor;
use crate::rules::{Rule, Weight};
use crate::trace::said;

pub(super) const RULE: Rule =
    Rule { id: "certificate-expired", title: "the certificate is outside its dates", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::CertificateExpired)?;
    let host = &case.report.header.plan.target.host;
    let off = match &mark.seen.step {
        Step::Tls { chain, trust: Some(trust), .. } => trust.at_unix_s.and_then(|now| off(chain, now)),
        _ => None,
    };
    let (statement, shows, causes) = match off {
        Some(Off::Expired { certificate, ago }) => (
            format!("The certificate of {host} expired {ago} ago."),
            format!("\"{}\" is past its end by {ago}", certificate.subject),
            vec!["it was not renewed", "the clock of this machine is fast"],
        ),
        Some(Off::NotYet { certificate, ahead }) => (
            format!("The certificate of {host} is not valid for another {ahead}."),
            format!("\"{}\" begins in {ahead}", certificate.subject),
            vec!["the clock of this machine is slow", "the certificate was made for later"],
        ),
        None => (
            format!("The certificate of {host} is not valid at this time{}.", said(failure)),
            "the dates in the certificate".to_owned(),
            vec!["it has expired", "it is not valid yet", "the clock of this machine is wrong"],
        ),
    };
    let word = Judgement::fault(statement, mark.shows(shows)).at(mark.stage());
    let asked = processor::host(case.report).and_then(|host| Some((host, host.seen.clock.value()?)));
    let kept = asked.is_some_and(|(_, clock)| clock.synchronised);
    let word = word.possible(causes.into_iter().filter(|cause| !(kept && cause.starts_with(THE_CLOCK))));
    let word = word.and(asked.map(|(host, clock)| {
        host.shows(if clock.synchronised {
            format!("a time service keeps the clock of this machine, to within {}", time(clock.max_error_us))
        } else {
            "no time service has told the kernel of this machine that its clock is right".to_owned()
        })
    }));
    let word = if kept { word.rules_out([format!("{THE_CLOCK}: a time service keeps it")]) } else { word };
    Some(word.remedy(["Renew the certificate on the server. Check this machine's clock:", "date -u"]))
}

/// What is wrong with the dates, by this machine's clock.
enum Off<'a> {
    Expired { certificate: &'a Certificate, ago: String },
    NotYet { certificate: &'a Certificate, ahead: String },
}

/// The first certificate of the chain that is outside its dates.
fn off(chain: &[Certificate], now: i64) -> Option<Off<'_>> {
    chain.iter().find_map(|certificate| {
        if now > certificate.not_after_unix_s {
            Some(Off::Expired { certificate, ago: span(now.saturating_sub(certificate.not_after_unix_s)) })
        } else if now < certificate.not_before_unix_s {
            Some(Off::NotYet { certificate, ahead: span(certificate.not_before_unix_s.saturating_sub(now)) })
        } else {
            None
        }
    })
}

/// `3 hours`, `12 days`.
fn span(seconds: i64) -> String {
    let hours = u64::try_from(seconds / 3_600).unwrap_or(0);
    if hours < 48 { count(hours, "hour") } else { count(hours / 24, "day") }
}

/// How a cause begins that a time service rules out.
const THE_CLOCK: &str = "the clock of this machine";

#[cfg(test)]
mod tests {
    use model::{Parameters, Seen, Stage};

    use super::*;
    use crate::samples::{Story, machine, step};

    #[test]
    fn a_clock_that_is_kept_is_not_to_blame() {
        let blamed = |synchronised: bool| {
            let expired = |run: crate::samples::Telling| {
                run.until(Stage::Tls).bad(step(Stage::Tls, crate::samples::V4), 20, FailureKind::CertificateExpired)
            };
            let story = Story::https().run(expired);
            let report = story.around(Parameters::Host, [Seen::Host(machine::host(None, synchronised))]).done();
            let finding = crate::diagnose(&report, &Policy::STANDARD).findings.remove(0);
            assert_eq!((finding.rule.as_str(), finding.evidence.len()), (RULE.id, 2));
            finding.possible.iter().any(|cause| cause.starts_with(THE_CLOCK))
        };
        assert!(blamed(false) && !blamed(true));
    }
}
