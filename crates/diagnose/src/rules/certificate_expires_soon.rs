//! The certificate is about to expire, and nobody has renewed it yet.

use model::{Certificate, Stage, Step};

use crate::case::Case;
use crate::figures::count;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "certificate-expires-soon", title: "the certificate expires soon", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let mark = case.subject.mark(Stage::Tls)?;
    let Step::Tls { chain, trust: Some(trust), .. } = &mark.seen.step else { return None };
    let now = trust.at_unix_s.filter(|_| trust.verified)?;
    // A root at the end of a chain is not what is verified.
    let sent = chain.iter().enumerate().filter(|(place, certificate)| *place == 0 || !is_root(certificate));
    let (place, first) = sent.min_by_key(|(_, certificate)| certificate.not_after_unix_s)?;
    let left = first.not_after_unix_s.saturating_sub(now);
    let lifetime = first.not_after_unix_s.saturating_sub(first.not_before_unix_s);
    // Certificates that live for days are renewed in their last third; that is no neglect.
    if left < 0 || left > policy.expiry_warning_s.min(lifetime / 3) {
        return None;
    }
    let host = &case.report.header.plan.target.host;
    let days = count(u64::try_from(left / DAY_S).unwrap_or(0), "day");
    let which =
        if place == 0 { format!("The certificate of {host}") } else { format!("A certificate in the chain of {host}") };
    let statement = format!("{which} expires in {days}; git and Flux refuse it from then on.");
    let word = Judgement::new(
        Severity::Warning,
        Confidence::Proven,
        statement,
        mark.shows(format!(
            "\"{}\" is valid for {days} more, of {}",
            first.subject,
            count(u64::try_from(lifetime / DAY_S).unwrap_or(0), "day")
        )),
    );
    Some(word.remedy(["Renew it on the server, and look why that did not happen by itself (certbot, cert-manager)."]))
}

fn is_root(certificate: &Certificate) -> bool {
    certificate.details.as_ref().is_some_and(|details| details.self_issued)
}

const DAY_S: i64 = 86_400;
