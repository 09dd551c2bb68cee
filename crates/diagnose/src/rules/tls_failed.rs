//! The TLS handshake failed for another reason than the certificate's trust.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "tls-failed", title: "the TLS handshake fails", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::Tls)?;
    let word = Judgement::fault(
        format!("The TLS handshake with {} failed{}.", case.report.header.plan.target.host, said(failure)),
        mark.shows("the handshake ended with an error"),
    );
    Some(
        word.at(mark.stage())
            .possible([
                "the other side does not speak TLS on this port",
                "no TLS version or cipher in common",
                "the server wants a client certificate",
            ])
            .next([format!(
                "openssl s_client -connect {}:{} </dev/null",
                case.report.header.plan.target.host,
                case.report.header.plan.target.effective_port()
            )]),
    )
}
