//! The repository is not there, or not for this user.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "repository-not-found", title: "the repository is not there", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::RepositoryNotFound)?;
    let target = &case.report.header.plan.target;
    let word = Judgement::fault(
        format!(
            "{} has no repository {}, or does not show it to this user{}.",
            target.host,
            target.path,
            said(failure)
        ),
        mark.shows("the server's answer"),
    );
    Some(
        word.at(mark.stage())
            .rules_out(["the network: the server answered"])
            .remedy(["Check the path, and that this key or token may read the repository."]),
    )
}
