//! The server said itself why it stopped.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "remote-error", title: "the server reports an error", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::RemoteError)?;
    let word = Judgement::fault(
        format!("The server stopped in the {} and said why{}.", mark.stage().words(), said(failure)),
        mark.shows("the server's own words"),
    );
    Some(
        word.at(mark.stage())
            .rules_out(["the network: the message arrived"])
            .remedy(["Look at the server's log; the fault is there."]),
    )
}
