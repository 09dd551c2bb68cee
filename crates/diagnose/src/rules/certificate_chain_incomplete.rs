//! The server leaves out the certificate between its own and the root: browsers fetch it by themselves, git and Go do not.

use model::{Certificate, FailureKind, Step};

use crate::authorities;
use crate::case::Case;
use crate::command::quoted;
use crate::figures::count;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "certificate-chain-incomplete",
    title: "the server leaves out an intermediate certificate",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::CertificateUntrusted)?;
    let Step::Tls { chain, trust: Some(trust), .. } = &mark.seen.step else { return None };
    let last = chain.last()?;
    let details = last.details.as_ref().filter(|details| !details.self_issued)?;
    let issuer = last.issuer.as_str().to_lowercase();
    if issuer.contains("root") && !issuer.contains("intermediate") {
        return None; // Nothing stands between it and what is called a root: that one is not known here.
    }
    let public = details.issuer_organization.as_ref().filter(|name| authorities::is_public(name.as_str()));
    let known = match (&trust.related_root, public) {
        (Some(root), _) => format!("a root of the same organisation is trusted here (\"{root}\")"),
        (None, Some(name)) => format!("{name} is a public authority"),
        (None, None) => return None,
    };
    let host = &case.report.header.plan.target.host;
    let port = case.report.header.plan.target.effective_port();
    let sent = count(chain.len() as u64, "certificate");
    let statement = format!(
        "The server's chain is most likely not whole: {host} sends {sent} and not the one of \"{}\", which stands between it and \
         the root.",
        last.issuer
    );
    let word = Judgement::new(
        Severity::Fault,
        Confidence::Likely,
        statement,
        mark.shows(format!("{sent} came, the last one issued by \"{}\"; {known}", last.issuer)),
    );
    Some(
        word.at(mark.stage())
            .explains(&["certificate-untrusted"])
            .rules_out(["the certificate's own dates and names"])
            .possible(["the intermediate certificate is missing on the server", "a root here that is outdated"])
            .remedy([
                "On the server: serve the whole chain, its own certificate first (nginx: `ssl_certificate` with certbot's \
                 `fullchain.pem`, not `cert.pem`)."
                    .to_owned(),
                "Until then: give the intermediate certificate with `--ca-file`, and to Flux as `ca.crt` in its secret; \
                 both take it for a root."
                    .to_owned(),
            ])
            .remedy(fetch(last))
            .next([format!("openssl s_client -connect {host}:{port} -showcerts </dev/null")]),
    )
}

/// The certificate says itself where its issuer's lies.
fn fetch(last: &Certificate) -> Vec<String> {
    let Some(url) = last.details.as_ref().and_then(|details| details.issuer_url.as_ref()) else { return Vec::new() };
    vec!["The missing one, as the served certificate says:".to_owned(), format!("curl -sO {}", quoted(url.as_str()))]
}
