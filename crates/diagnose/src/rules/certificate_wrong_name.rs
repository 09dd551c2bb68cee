//! The certificate is for another name.

use crate::case::Case;
use crate::command::quoted;
use crate::figures::list;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use model::{FailureKind, Step};

pub(super) const RULE: Rule =
    Rule { id: "certificate-wrong-name", title: "the certificate is for another name", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::CertificateWrongName)?;
    let host = &case.report.header.plan.target.host;
    let names = match &mark.seen.step {
        Step::Tls { chain, .. } => chain.first().map_or(&[][..], |leaf| &leaf.names),
        _ => &[],
    };
    let others = if names.is_empty() { "for another name".to_owned() } else { format!("for {}", list(names)) };
    let word = Judgement::fault(
        format!("The server's certificate is {others}, not for {host}."),
        mark.shows("the names in the certificate"),
    );
    Some(
        word.at(mark.stage())
            .possible(["the name leads to the wrong machine", "the server has no certificate for this name"])
            .remedy([
                format!("Use a name that the certificate has, or get one for {host}. See where the name leads:"),
                format!("getent ahosts {}", quoted(host)),
            ]),
    )
}
