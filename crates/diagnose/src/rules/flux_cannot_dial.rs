//! The address works for git, and Flux's client makes something of it that nobody can dial.

use model::Stage;

use crate::case::Case;
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};

pub(super) const RULE: Rule = Rule {
    id: "flux-cannot-dial",
    title: "the clone works, and Flux cannot dial this address",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (run, target) = (case.subject, &case.report.header.plan.target);
    if !flux::cannot_dial(target) || !run.went_well() || run.first_problem().is_some() {
        return None;
    }
    let statement = format!(
        "The clone works from here, and Flux fails at once: over SSH its client puts the IPv6 address {} in brackets \
         twice and cannot dial the result.",
        target.host
    );
    let mark = run.mark(Stage::Connect)?;
    Some(
        Judgement::fault(statement, mark.shows("this address was dialled, and it answered"))
            .at(Stage::Connect)
            .explains(&["flux-gives-up", "over-timeout", "near-timeout"])
            .remedy(["Write a name in place of the address in `spec.url`, or use HTTPS."]),
    )
}
