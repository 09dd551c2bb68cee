//! What answers does not speak git.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "malformed", title: "what answers does not speak git", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) =
        case.subject.problem(|kind| matches!(kind, FailureKind::Malformed | FailureKind::TooLarge))?;
    let page = failure.text.as_str().trim_start().starts_with('<');
    let statement = if failure.kind == FailureKind::TooLarge {
        format!("The server sends more than any git server should in the {}{}.", mark.stage().words(), said(failure))
    } else {
        format!(
            "What answers at {} does not speak the protocol in the {}{}.",
            case.report.header.plan.target.host,
            mark.stage().words(),
            said(failure)
        )
    };
    let word = Judgement::fault(statement, mark.shows(format!("what came in the {}", mark.stage().words())));
    let mut possible = vec![
        "a proxy, a login page or another service answers in the server's place",
        "the path leads to something that is no repository",
        "the server or something before it damages the stream",
    ];
    if page {
        possible.truncate(2);
    }
    Some(
        word.at(mark.stage())
            .possible(possible)
            .remedy(["Open the address with `curl -v` from here and see who answers."]),
    )
}
