//! The name of the server does not exist.

use crate::case::Case;
use crate::command::quoted;
use crate::judgement::Judgement;
use crate::names::{Names, words};
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "name-not-found", title: "the name does not exist", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::NameNotFound)?;
    let target = &case.report.header.plan.target;
    let detour = case.subject.detour(target);
    let host = detour.unwrap_or(&target.host);
    let way = case.subject.on_the_way(target);
    let statement =
        format!("The name {host}{way} does not exist: the name server answered and knows no address for it.");
    let word =
        Judgement::fault(statement, mark.shows(format!("the lookup of {host} was answered with \"no such name\"")));
    let names = Names::of(case.report, case.subject);
    let denials = names.iter().flat_map(|names| {
        let own = names.own_name();
        let denied = names.first_round().filter(move |query| query.seen.name == own && query.seen.answer().is_some());
        denied.map(|query| query.shows(words(query.seen))).take(MOST_SHOWN).collect::<Vec<_>>()
    });
    Some(word.at(mark.stage()).and(denials).remedy([
        if detour.is_some() {
            format!("Look where {host} is set: the proxy of git or of the environment, or ~/.ssh/config.")
        } else {
            format!("Look for a typing error in {host}.")
        },
        "If the name is known elsewhere, the name servers of this place (/etc/resolv.conf) lack it; ask there and here:"
            .to_owned(),
        format!("getent ahosts {}", quoted(host)),
    ]))
}

/// One for each server and kind is enough.
const MOST_SHOWN: usize = 4;
