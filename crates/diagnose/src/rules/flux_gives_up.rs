//! The clone works here, and Flux's client would not wait for it: one of Go's own limits, or time that is spent twice.

use crate::case::Case;
use crate::figures::time;
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};

pub(super) const RULE: Rule = Rule {
    id: "flux-gives-up",
    title: "the clone works, and Flux would not wait for it",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let run = case.subject;
    let plan = &case.report.header.plan;
    let over = flux::needed(plan, run).is_some_and(|needed| needed.total > plan.timeout_us);
    if over || !run.went_well() || run.first_problem().is_some() {
        return None;
    }
    // A forecast may also be dark for what no clock has to do with: an address, a host key.
    let strike = flux::struck(case)?;
    let mark = run.mark(strike.stage)?;
    let statement = format!(
        "The clone works from here, and Flux would give up {} after its start: the {} took {}, which is longer \
         than its client waits there.",
        time(strike.at),
        mark.stage().words(),
        time(mark.seen.took_us)
    );
    Some(
        Judgement::fault(statement, mark.shows(format!("{} for this stage", time(mark.seen.took_us))))
            .at(mark.stage())
            .explains(&["near-timeout"])
            .possible([
                "the server, or something before it, is overloaded",
                "packets are lost and sent again in this stage",
            ]),
    )
}
