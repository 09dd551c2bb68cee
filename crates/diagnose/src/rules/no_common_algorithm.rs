//! The two sides have no algorithm in common.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "no-common-algorithm", title: "no algorithm in common", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::NoCommonAlgorithm)?;
    let word = Judgement::fault(
        format!("The server and this client have no algorithm in common{}.", said(failure)),
        mark.shows("both lists were exchanged, and nothing is in both"),
    );
    Some(
        word.at(mark.stage())
            .rules_out(["the network: both lists arrived whole"])
            .remedy(["Update the server, or allow the algorithms that it has (Flux: `--ssh-kex-algos` and \
                      `--ssh-hostkey-algos` of source-controller)."]),
    )
}
