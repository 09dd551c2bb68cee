//! Flux offers the types of all keys in `known_hosts`, whatever their host, in random order: with a type that is known of
//! another host only, the server may show a key that no line vouches for.

use model::{KnownKeyTypes, SshServerOffer};

use crate::case::Case;
use crate::figures::list;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::host_key_unknown::{FOR_FLUX, scan};
use crate::rules::{Rule, Weight};
use crate::ssh::{known_types, server_offer};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "host-key-types-mixed",
    title: "Flux asks for host key types that are not known of this host",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (known, offer) = (known_types(case)?, server_offer(case)?);
    let (strangers, all) = strangers(known.seen, offer.seen)?;
    let host = &case.report.header.plan.target.host;
    let share = if strangers.len() * 2 == all {
        "every second time".to_owned()
    } else {
        format!("{} times out of {all}", strangers.len())
    };
    let statement = format!(
        "Flux fails {share} with `knownhosts: key mismatch`: known_hosts has {} for other hosts, {host} has such a key too, \
         and none of it is known for {host}.",
        list(&strangers)
    );
    Some(
        Judgement::new(
            Severity::Warning,
            Confidence::Likely,
            statement,
            known.shows(format!(
                "known_hosts: {} in all, {} for {host}",
                list(&known.seen.all),
                list(&known.seen.host)
            )),
        )
        .and([offer.shows(format!("the server offers {}", list(&offer.seen.host_key)))])
        .rules_out(["a server that changed its keys: those that are known of it are its own"])
        .possible(["Flux's secret has other lines than the known_hosts that was read here"])
        .remedy([
            "Add the missing lines, one for each type of key that the server has:".to_owned(),
            format!("{} >> ~/.ssh/known_hosts", scan(case)),
            FOR_FLUX.to_owned(),
            "Or keep only this host's lines in that secret; one for each host.".to_owned(),
        ]),
    )
}

/// The types that Flux may end up with and that are not known of the host, and how many it may end up with. Of the types in
/// random order the first one that the server has is taken.
pub(crate) fn strangers(known: &KnownKeyTypes, offer: &SshServerOffer) -> Option<(Vec<String>, usize)> {
    // Where somebody's own known_hosts was read, that it has many hosts says nothing of Flux's.
    if known.host.is_empty() || known.authority || !known.given {
        return None;
    }
    // A type is offered by its own name, and `ssh-rsa` is then SHA-1, which few servers still have.
    let has = |name: &String| offer.host_key.iter().any(|offered| offered.as_str() == name);
    let possible: Vec<&String> = known.all.iter().filter(|name| has(name)).collect();
    let strangers: Vec<String> =
        possible.iter().filter(|name| !known.host.contains(name)).map(ToString::to_string).collect();
    (!strangers.is_empty()).then_some((strangers, possible.len()))
}
