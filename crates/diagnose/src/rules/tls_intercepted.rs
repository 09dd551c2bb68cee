//! Somebody between here and the server answers in its place with a certificate of their own making: a security product that
//! reads along. What tells: the issuer's name, or a public hoster's certificate that no public authority has signed.

use model::{Certificate, FailureKind, Hoster, Stage, Step, TlsTrust};

use crate::authorities;
use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::Mark;
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "tls-intercepted",
    title: "TLS is intercepted: the certificate is not the server's own",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let mark = case.subject.mark(Stage::Tls)?;
    let Step::Tls { chain, trust: Some(trust), .. } = &mark.seen.step else { return None };
    if trust.public_root == Some(true) {
        return None;
    }
    let target = &case.report.header.plan.target;
    let (host, port) = (target.host.as_str(), target.effective_port());
    product(mark, host, chain, trust).or_else(|| hoster(mark, host, chain, trust)).map(|word| {
        // Where it is trusted, nothing dies.
        let word = if trust.verified { word } else { word.at(Stage::Tls) };
        let word = word
            .explains(&["certificate-untrusted", "certificate-chain-incomplete"])
            .rules_out(["the server's own certificate: it is not what came here"]);
        remedied(word, host, port, trust)
    })
}

/// The issuer is named after a product that does this.
fn product(mark: Mark<'_>, host: &str, chain: &[Certificate], trust: &TlsTrust) -> Option<Judgement> {
    let names = chain.iter().map(|certificate| certificate.issuer.as_str());
    // Its own maker's servers have certificates in its name, too.
    let (product, issuer) = names
        .filter_map(|issuer| Some((authorities::interceptor(issuer)?, issuer)))
        .find(|(product, _)| !product.concerns(host))?;
    let minted = chain.first().is_some_and(|leaf| leaf.names.iter().any(|name| covers(name.as_str(), host)));
    let confidence = if minted { Confidence::Proven } else { Confidence::Likely };
    let statement = format!(
        "TLS to {host} is intercepted by {}: the certificate is issued by \"{issuer}\"{}.",
        product.name,
        verdict(trust)
    );
    Some(Judgement::new(
        severity(trust),
        confidence,
        statement,
        mark.shows(format!("a certificate for {host} issued by \"{issuer}\"")),
    ))
}

/// A public hoster's certificate always comes from a public authority.
fn hoster(mark: Mark<'_>, host: &str, chain: &[Certificate], trust: &TlsTrust) -> Option<Judgement> {
    Hoster::of(host)?;
    let kind = mark.problem().map(|problem| &problem.kind);
    if trust.public_root != Some(false) || !matches!(kind, None | Some(FailureKind::CertificateUntrusted)) {
        return None;
    }
    let last = chain.last()?;
    // An authority that became public after this program was built, or a chain that is not whole.
    let organization = last.details.as_ref().and_then(|details| details.issuer_organization.as_ref());
    if organization.is_some_and(|name| authorities::is_public(name.as_str())) {
        return None;
    }
    let confidence = if trust.verified { Confidence::Proven } else { Confidence::Likely };
    let statement = format!(
        "TLS to {host} is intercepted: its certificate is issued by \"{}\", which is no public authority{}.",
        last.issuer,
        verdict(trust)
    );
    let shows = mark.shows(format!("the chain leads to \"{}\" and to no root that everybody trusts", last.issuer));
    let word = Judgement::new(severity(trust), confidence, statement, shows);
    Some(if trust.verified {
        word
    } else {
        word.possible([
            "something that reads along",
            "the name leads to another machine here (hosts file, name server)",
        ])
    })
}

const fn severity(trust: &TlsTrust) -> Severity {
    if trust.verified { Severity::Warning } else { Severity::Fault }
}

const fn verdict(trust: &TlsTrust) -> &'static str {
    if trust.verified {
        ". This machine trusts it; Flux does only if its secret says so"
    } else {
        ", which is not trusted here"
    }
}

fn remedied(word: Judgement, host: &str, port: u16, trust: &TlsTrust) -> Judgement {
    let word = if trust.verified {
        word
    } else {
        word.remedy([
            "Here: get the interceptor's root certificate from whoever runs it, and give it with `--ca-file`."
                .to_owned(),
        ])
    };
    word.remedy([
        "For Flux: put the interceptor's root certificate into the secret that the GitRepository names, beside what is there:"
            .to_owned(),
        "kubectl -n flux-system patch secret flux-system --type merge -p \"{\\\"data\\\":{\\\"ca.crt\\\":\\\"$(base64 -w0 interceptor.pem)\\\"}}\""
            .to_owned(),
        format!("Or have {host} exempted from inspection, or clone over SSH, which these products do not read."),
    ])
    .next([format!("openssl s_client -connect {host}:{port} -servername {host} -showcerts </dev/null")])
}

/// Whether a certificate's name is for this host (RFC 6125 §6.4.3).
fn covers(name: &str, host: &str) -> bool {
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    let wild = name.strip_prefix("*.").and_then(|domain| host.strip_suffix(domain));
    name == host || wild.is_some_and(|label| label.ends_with('.') && label.matches('.').count() == 1)
}
