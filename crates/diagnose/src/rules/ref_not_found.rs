//! The repository lacks the reference.

use crate::case::Case;
use crate::figures::count;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "ref-not-found", title: "the reference is not there", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::RefNotFound)?;
    let refs = case.subject.advertisement().map_or(0, |(_, advertisement)| advertisement.refs);
    let wanted = &case.report.header.plan.git_ref;
    let word = Judgement::fault(
        format!("The repository has no {wanted}; it advertises {}.", count(refs.into(), "ref")),
        mark.shows("the advertisement, read to its end"),
    );
    let url = crate::command::quoted(&case.report.header.plan.target.url());
    Some(
        word.at(mark.stage())
            .rules_out(["the network: the whole advertisement arrived"])
            .remedy(["See what there is:".to_owned(), format!("git ls-remote {url}")]),
    )
}
