//! The server refused the credential.

use crate::case::Case;
use crate::figures::list;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{FailureKind, Step, Transport};

pub(super) const RULE: Rule =
    Rule { id: "authentication-refused", title: "the login is refused", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::AuthenticationRefused)?;
    let target = &case.report.header.plan.target;
    let tried = match &mark.seen.step {
        Step::Authenticate { user, attempted, .. } if !attempted.is_empty() => {
            format!(" for {user} (tried: {})", list(attempted))
        }
        Step::Authenticate { user, .. } => format!(" for {user}"),
        _ => String::new(),
    };
    let word = Judgement::fault(
        format!("{} refuses the login{tried}{}.", target.host, said(failure)),
        mark.shows(match &mark.seen.step {
            Step::Authenticate { offered, .. } if !offered.is_empty() => {
                format!("the server's refusal; it would take: {}", list(offered))
            }
            _ => "the server's refusal".to_owned(),
        }),
    );
    let remedy = if target.transport == Transport::Ssh {
        "Register the public key with the repository (as a deploy key), and use the same private key here and in \
         Flux's secret."
    } else {
        "Check user name and token: still valid, allowed to read this repository?"
    };
    Some(word.at(mark.stage()).rules_out(["the network: the server answered at once with a no"]).remedy([remedy]))
}
