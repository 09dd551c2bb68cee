//! The clone works, and takes longer than Flux waits.

use model::{Micros, Stage};

use crate::case::Case;
use crate::command::seconds;
use crate::figures::{rate, size, time};
use crate::flux::{self, Needed};
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::{Mark, Trace};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "over-timeout",
    title: "the clone works, and takes longer than spec.timeout",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let timeout = case.report.header.plan.timeout_us;
    let needed = flux::needed(&case.report.header.plan, case.subject).filter(|needed| needed.total > timeout)?;
    let (mark, pack) = case.subject.pack()?;
    let about = if needed.extrapolated { "about " } else { "" };
    let statement = format!(
        "The clone works, and takes longer than Flux waits: {about}{}, spec.timeout is {}; {}.",
        time(needed.total),
        time(timeout),
        where_it_went(case.subject, &needed)
    );
    let confidence = if needed.extrapolated { Confidence::Likely } else { Confidence::Proven };
    let transfer = mark.seen.took_us;
    let shows = match rate(pack.pack, transfer) {
        Some(rate) => format!("{} of the pack in {} ({rate})", size(pack.pack), time(transfer)),
        None => format!("{} of the pack", size(pack.pack)),
    };
    let (stage, _) = longest(case.subject, &needed)?;
    let word = Judgement::new(Severity::Fault, confidence, statement, mark.shows(shows))
        .at(stage)
        .explains(&["near-timeout"])
        .rules_out(["a path on which the clone hangs: bytes came until the end of the run"])
        .remedy([timeout_remedy(&needed)]);
    Some(if stage == Stage::PackTransfer {
        word.remedy([
            "Or make the repository smaller for Flux: a branch in place of semver or commit, a repository of its \
             own, or an OCI artifact.",
        ])
    } else {
        word
    })
}

/// The stage that takes most of the time, and how much. A pack that was cut counts as a whole.
pub(super) fn longest(run: Trace<'_>, needed: &Needed) -> Option<(Stage, Micros)> {
    let takes = |mark: Mark<'_>| match mark.stage() {
        Stage::PackTransfer if needed.extrapolated => needed.total.since(needed.pack_began),
        _ => mark.seen.took_us,
    };
    run.marks().map(|mark| (mark.stage(), takes(mark))).max_by_key(|(_, takes)| *takes)
}

/// What took the time: `most of it is the pack, 40 MiB at 4.2 Mbit/s`.
pub(super) fn where_it_went(run: Trace<'_>, needed: &Needed) -> String {
    match (longest(run, needed), run.pack()) {
        (None, _) => "nothing was timed".to_owned(),
        (Some((Stage::PackTransfer, _)), Some((mark, pack))) => {
            let whole = pack.estimated_pack.map_or(pack.pack, |estimate| estimate.max(pack.pack));
            let rate = rate(pack.pack, mark.seen.took_us).map_or_else(String::new, |rate| format!(" at {rate}"));
            format!("most of it is the pack, {}{rate}", size(whole))
        }
        (Some((stage, takes)), _) => format!("{} of it in the {}", time(takes), stage.words()),
    }
}

/// Twice the measured time (flux-git.md §9), in whole half minutes.
pub(super) fn timeout_remedy(needed: &Needed) -> String {
    let half_minute = Micros::from_secs(30).0;
    let value = Micros(needed.total.0.saturating_mul(2).div_ceil(half_minute).saturating_mul(half_minute));
    format!("In the GitRepository: `spec.timeout: {}` (twice what it needs).", seconds(value))
}
