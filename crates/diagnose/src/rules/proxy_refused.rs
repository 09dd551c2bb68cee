//! The proxy or jump host said no.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{FailureKind, Step};

pub(super) const RULE: Rule = Rule { id: "proxy-refused", title: "the proxy refuses", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::ProxyRefused)?;
    let via = match &mark.seen.step {
        Step::Proxy { kind, via } => format!("{kind} {via}"),
        _ => "the proxy".to_owned(),
    };
    let word = Judgement::fault(
        format!("{via} refuses to connect to the server{}.", said(failure)),
        mark.shows("the proxy answered, and refused"),
    );
    Some(
        word.at(mark.stage())
            .rules_out(["the path beyond the proxy: nothing went there"])
            .remedy(["Allow the host and port in the proxy, or take it out for this host (NO_PROXY)."]),
    )
}
