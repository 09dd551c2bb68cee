//! The repository has no commit.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "repository-empty", title: "the repository is empty", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::RepositoryEmpty)?;
    let word = Judgement::fault(
        format!("The repository {} has no commit yet.", case.report.header.plan.target.path),
        mark.shows("an advertisement without references"),
    );
    Some(
        word.at(mark.stage())
            .rules_out(["the network: the whole advertisement arrived"])
            .remedy(["Push a first commit."]),
    )
}
