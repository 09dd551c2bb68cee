//! Nothing is wrong.

use crate::case::Case;
use crate::figures::{size, time};
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule { id: "healthy", title: "nothing is wrong", weight: Weight::LastWord, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let run = case.subject;
    if !run.went_well() || run.first_problem().is_some() {
        return None;
    }
    let plan = &case.report.header.plan;
    let needed = flux::needed(plan, run)?;
    let (mark, pack) = run.pack()?;
    let timeout = time(plan.timeout_us);
    let statement = if needed.extrapolated {
        let whole = pack.estimated_pack.map_or(pack.pack, |estimate| estimate.max(pack.pack));
        format!(
            "The clone works from here: {} of about {} came in {}, the whole takes about {}; Flux waits {timeout}.",
            size(pack.pack),
            size(whole),
            time(run.0.took_us),
            time(needed.total)
        )
    } else {
        format!(
            "The clone works from here: a pack of {}, {} in all; Flux waits {timeout}.",
            size(pack.pack),
            time(needed.total)
        )
    };
    let confidence = if needed.extrapolated { Confidence::Likely } else { Confidence::Proven };
    let shows = if needed.extrapolated { "the pack until it was cut" } else { "the whole pack" };
    Some(Judgement::new(Severity::Info, confidence, statement, mark.shows(shows)))
}
