//! The server answers with a status that git does not expect.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "http-status", title: "an unexpected HTTP status", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) =
        case.subject.problem(|kind| matches!(kind, FailureKind::HttpStatus { .. } | FailureKind::Redirect))?;
    let FailureKind::HttpStatus { status } = failure.kind else {
        let word = Judgement::fault(
            format!("The server redirects where git does not follow{}.", said(failure)),
            mark.shows("the redirect"),
        );
        return Some(word.at(mark.stage()).remedy(["Use the address that the redirect leads to."]));
    };
    let host = &case.report.header.plan.target.host;
    let meaning = match status {
        403 => "it, or a proxy before it, forbids this",
        407 => "a proxy wants a login",
        429 => "it counts too many requests",
        500 => "it failed inside",
        502 | 504 => "a proxy before it got no answer from it",
        503 => "it is overloaded or down, or a proxy before it has no server to ask",
        _ => "git expects 200",
    };
    let word = Judgement::fault(
        format!("{host} answers with HTTP status {status} ({meaning}){}.", said(failure)),
        mark.shows(format!("status {status}")),
    );
    let remedy = match status {
        429 => "Wait, and ask less often: a longer `spec.interval`.",
        502..=504 => {
            "Look at the server's and the proxy's logs; raise the proxy's read timeout if the server is only slow."
        }
        _ => "Look at the server's log of this request.",
    };
    Some(word.at(mark.stage()).rules_out(["the network: the answer arrived"]).remedy([remedy]))
}
