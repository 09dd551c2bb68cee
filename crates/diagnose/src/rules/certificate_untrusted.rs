//! The certificate does not lead to a trusted root.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{FailureKind, Step};

pub(super) const RULE: Rule =
    Rule { id: "certificate-untrusted", title: "the certificate is not trusted", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::CertificateUntrusted)?;
    let (issuer, roots) = match &mark.seen.step {
        Step::Tls { chain, trust, .. } => (
            chain.last().map(|last| format!(" (issued by \"{}\")", last.issuer)).unwrap_or_default(),
            trust.as_ref().map(|trust| format!(" ({})", trust.roots)).unwrap_or_default(),
        ),
        _ => (String::new(), String::new()),
    };
    let host = &case.report.header.plan.target.host;
    let word = Judgement::fault(
        format!(
            "The certificate of {host}{issuer} does not lead to an authority that is trusted here{roots}{}.",
            said(failure)
        ),
        mark.shows("the chain that was served"),
    );
    Some(
        word.at(mark.stage())
            .possible([
                "a private authority whose certificate is missing here",
                "the server leaves out the intermediate certificate",
                "something on the way opens TLS connections and signs anew",
            ])
            .remedy(["If the authority is your own: add its certificate here, and as `ca.crt` to the secret that the \
                      GitRepository names."])
            .next([format!(
                "openssl s_client -connect {host}:{} -showcerts </dev/null",
                case.report.header.plan.target.effective_port()
            )]),
    )
}
