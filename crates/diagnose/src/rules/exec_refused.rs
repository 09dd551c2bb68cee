//! The server did not run git.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "exec-refused", title: "the server does not run git", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::ExecRefused)?;
    let word = Judgement::fault(
        format!("The login works, and the server does not run git-upload-pack{}.", said(failure)),
        mark.shows("the command was refused"),
    );
    Some(
        word.at(mark.stage())
            .possible(["git is not installed there", "this key may run other commands only"])
            .rules_out(["the network: the refusal arrived"]),
    )
}
