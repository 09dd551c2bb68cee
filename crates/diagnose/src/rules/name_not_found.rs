//! The name of the server does not exist.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "name-not-found", title: "the name does not exist", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::NameNotFound)?;
    let host = &case.report.header.plan.target.host;
    let statement = format!("The name {host} does not exist: the name server answered and knows no address for it.");
    let word =
        Judgement::fault(statement, mark.shows(format!("the lookup of {host} was answered with \"no such name\"")));
    Some(word.at(mark.stage()).remedy([
        format!("Look for a typing error in {host}."),
        format!(
            "If the name is known elsewhere only: `getent ahosts {host}` there and here; the name servers of \
             this place (/etc/resolv.conf) lack it."
        ),
    ]))
}
