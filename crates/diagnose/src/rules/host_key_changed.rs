//! `known_hosts` has another key for this host.

use crate::case::Case;
use crate::command::quoted;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::host_key_unknown::{FOR_FLUX, entry, key_of, others, scan};
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{FailureKind, HostKeyVerdict};

pub(super) const RULE: Rule =
    Rule { id: "host-key-changed", title: "the host key is another one", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| *kind == FailureKind::HostKeyChanged)?;
    let target = &case.report.header.plan.target;
    let key = key_of(mark);
    let shown = key.map_or_else(|| "a key".to_owned(), |key| format!("the {} key {}", key.key_type, key.fingerprint));
    let other_types = key.is_some_and(|key| key.verdict == HostKeyVerdict::OtherTypesOnly);
    let known = if other_types { "has only keys of other types for this host" } else { "has another key for it" };
    let statement = if key.is_some_and(|key| key.key_type.contains("-cert-")) {
        format!("{} shows {shown}, and it is not taken{}.", target.host, said(failure))
    } else {
        format!("{} shows {shown}, and known_hosts {known}.", target.host)
    };
    let word = Judgement::fault(
        statement,
        mark.shows(key.map_or_else(|| "the key exchange".to_owned(), |key| format!("known_hosts: {}", key.source))),
    );
    Some(
        word.at(mark.stage())
            .and(others(case))
            .explains(AFTER)
            .possible(["the server got new keys", "the connection ends at another machine than the one that was meant"])
            .remedy(["Ask the server's owner for its fingerprints before you trust the new key. Then:".to_owned()])
            .remedy((!other_types).then(|| format!("ssh-keygen -R {}", quoted(&entry(case)))))
            .remedy([format!("{} >> ~/.ssh/known_hosts", scan(case)), FOR_FLUX.to_owned()]),
    )
}

/// Without a trusted key no credential is sent, so the login fails too.
pub(super) const AFTER: &[&str] = &["no-credential", "authentication-refused"];
