//! `known_hosts` revokes the host's key.

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::host_key_changed::AFTER;
use crate::rules::host_key_unknown::key_of;
use crate::rules::{Rule, Weight};
use model::FailureKind;

pub(super) const RULE: Rule =
    Rule { id: "host-key-revoked", title: "the host key is revoked", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::HostKeyRevoked)?;
    let host = &case.report.header.plan.target.host;
    let source = key_of(mark).map_or_else(String::new, |key| format!(" ({}, {})", key.fingerprint, key.source));
    let word = Judgement::fault(
        format!("{host} shows a key that known_hosts marks as revoked{source}."),
        mark.shows("the revoked key was shown"),
    );
    Some(
        word.at(mark.stage())
            .explains(AFTER)
            .remedy(["Do not log in. Whoever revoked the key knows why; the server needs a new one."]),
    )
}
