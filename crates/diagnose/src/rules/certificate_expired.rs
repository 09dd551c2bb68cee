//! The certificate is outside its dates.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "certificate-expired", title: "the certificate is outside its dates", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::CertificateExpired)?;
    let host = &case.report.header.plan.target.host;
    let word = Judgement::fault(
        format!("The certificate of {host} is not valid at this time{}.", said(failure)),
        mark.shows("the dates in the certificate"),
    );
    Some(
        word.at(mark.stage())
            .possible(["it has expired", "it is not valid yet", "the clock of this machine is wrong"])
            .remedy(["Renew the certificate on the server. Check this machine's clock:", "date -u"]),
    )
}
