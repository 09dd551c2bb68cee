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
    let plan = &case.report.header.plan;
    let (host, port) = (&plan.target.host, plan.target.effective_port());
    let leaf = match &mark.seen.step {
        Step::Tls { chain, .. } => chain.first().and_then(|leaf| leaf.details.as_ref()),
        _ => None,
    };
    let alone = leaf.is_some_and(|leaf| leaf.self_issued);
    let subject = if alone {
        format!("The certificate of {host} has signed itself and is not one that is trusted here{roots}")
    } else {
        format!("The certificate of {host}{issuer} does not lead to an authority that is trusted here{roots}")
    };
    let shows = leaf.map_or_else(
        || "the chain that was served".to_owned(),
        |leaf| format!("the chain that was served; the server's own certificate has SHA-256 {}", leaf.sha256),
    );
    let word = Judgement::fault(format!("{subject}{}.", said(failure)), mark.shows(shows)).at(mark.stage());
    let own = if alone {
        vec![
            "a server with a certificate that it made for itself",
            "the name leads to another machine (a login portal, a firewall's own page)",
        ]
    } else {
        vec![
            "a private authority whose certificate is missing here",
            "the server leaves out the intermediate certificate",
        ]
    };
    let file = if alone { "that very certificate" } else { "its certificate" };
    Some(
        word.possible(own)
            .possible(["something on the way opens TLS connections and signs anew"])
            .remedy([format!(
                "If it is your own: compare the fingerprint on the server, then give {file} with `--ca-file` here, and as \
                 `ca.crt` in the secret that the GitRepository names."
            )])
            .next([format!("openssl s_client -connect {host}:{port} -showcerts </dev/null")]),
    )
}
