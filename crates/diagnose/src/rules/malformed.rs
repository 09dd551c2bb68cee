//! What answers does not speak git.

use crate::case::Case;
use crate::command::quoted;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{FailureKind, Transport};

pub(super) const RULE: Rule =
    Rule { id: "malformed", title: "what answers does not speak git", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) =
        case.subject.problem(|kind| matches!(kind, FailureKind::Malformed | FailureKind::TooLarge))?;
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
    let target = &case.report.header.plan.target;
    let (culprit, look) = match target.transport {
        Transport::Ssh => (
            "the login on the server prints text of its own before git speaks",
            [
                "See what a login prints; this must print nothing:".to_owned(),
                format!(
                    "ssh -T -p {} {} true",
                    target.effective_port(),
                    quoted(&format!("{}@{}", target.ssh_user(), target.host))
                ),
            ],
        ),
        _ => (
            "a proxy, a login page or another service answers in the server's place",
            [
                "See who answers:".to_owned(),
                format!("curl -v {}", quoted(&format!("{}/info/refs?service=git-upload-pack", target.url()))),
            ],
        ),
    };
    let possible = [
        culprit,
        "the path leads to something that is no repository",
        "the server or something before it damages the stream",
    ];
    Some(word.at(mark.stage()).possible(possible).remedy(look))
}
