//! The server lists every reference before anything else can happen, and that takes long.

use crate::advertisement::{self, SlowAdvertisement};
use crate::case::Case;
use crate::change::Change;
use crate::figures::{count, size, time};
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "advertisement-slow", title: "the list of references takes long", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let slow = advertisement::slow(case.subject, policy)?;
    let plan = &case.report.header.plan;
    let needed = flux::needed(plan, case.subject).map(|needed| needed.total);
    // Without it the clone would fit: then it is the reason.
    let is_the_reason = needed
        .is_some_and(|total| total > plan.timeout_us && total.since(slow.took_us) <= plan.timeout_us)
        || slow.took_us > plan.timeout_us;
    let (confidence, statement) = told(case, &slow, policy);
    let severity = if is_the_reason { Severity::Fault } else { Severity::Warning };
    let shows = format!("{} with {} in {}", size(slow.size), count(slow.refs.into(), "ref"), time(slow.took_us));
    let word = Judgement::new(severity, confidence, statement, slow.mark.shows(shows)).at(slow.mark.stage()).and(
        second_run(case).map(|(mark, took)| mark.shows(format!("protocol v2 needed {} for its list", time(took)))),
    );
    let word = if is_the_reason { word.explains(&["over-timeout", "near-timeout", "cut-for-budget"]) } else { word };
    Some(word.remedy([
        "On the server: delete references that nobody needs, or hide them from clones; for example, in the \
         repository:",
        "git config --add uploadpack.hideRefs refs/pull",
        "Flux speaks protocol v0 and gets the whole list on every connection; a longer `spec.interval` asks less \
         often.",
    ]))
}

fn told(case: &Case<'_>, slow: &SlowAdvertisement<'_>, policy: &Policy) -> (Confidence, String) {
    let taken = format!(
        "The server lists {} ({}) before the clone can begin, which took {}",
        count(slow.refs.into(), "ref"),
        size(slow.size),
        time(slow.took_us)
    );
    match second_run(case) {
        Some((_, took)) if took.0.saturating_mul(policy.advertisement_gain) <= slow.took_us.0 => (
            Confidence::Proven,
            format!("{taken}; with protocol v2, which sends only the references asked for, it takes {}.", time(took)),
        ),
        Some((_, took)) => (
            Confidence::Possible,
            format!(
                "{taken}; with protocol v2 it takes {}: not the number of references, but opening the repository \
                 or the path is slow.",
                time(took)
            ),
        ),
        None => (Confidence::Likely, format!("{taken}.")),
    }
}

/// The list as protocol v2 sent it, if the server really spoke v2.
fn second_run<'a>(case: &Case<'a>) -> Option<(crate::trace::Mark<'a>, model::Micros)> {
    let run = case.varied(Change::Protocol)?;
    let (mark, advertisement) = run.advertisement().filter(|(mark, _)| mark.problem().is_none())?;
    let spoke_v2 = advertisement.protocol == Some(model::Protocol::V2);
    Some((mark, advertisement::took(run)?)).filter(|_| spoke_v2)
}
