//! Whom one asks, or how the name is completed, decides which machine one gets.

use crate::case::Case;
use crate::figures::list;
use crate::judgement::Judgement;
use crate::names::{Names, Server, Standing, shown, words};
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, Evidence, Severity};
use model::{FailureKind, Stage};
use std::net::IpAddr;

pub(super) const RULE: Rule =
    Rule { id: "name-answers-differ", title: "the name leads to different machines", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let names = Names::of(case.report, case.subject)?;
    completed(case, &names).or_else(|| servers_disagree(case, &names))
}

/// A search domain has an address for every name below it, and is asked before the name itself (flux-git.md §7 R8).
fn completed(case: &Case<'_>, names: &Names<'_>) -> Option<Judgement> {
    let own = names.own_name();
    let servers = names.servers();
    let (server, first) = servers.iter().find_map(|server| {
        let first = names.resolver.names().into_iter().find(|name| !server.addresses(name).is_empty())?;
        Some((server, first))
    })?;
    let (taken, meant) = (server.addresses(&first), server.addresses(&own));
    if first == own || meant.is_empty() || taken.iter().any(|address| meant.contains(address)) {
        return None;
    }
    let there = case.subject.address().is_some_and(|address| taken.contains(&address));
    let failed = case.subject.first_problem().is_some_and(|(mark, _)| mark.stage() >= Stage::Connect);
    let host = &names.resolver.host;
    let statement = format!(
        "Resolvers complete {host} to {first} and go to {}; {own} as it stands is at {}.",
        list(&taken),
        list(&meant)
    );
    let severity = if there && failed { Severity::Fault } else { Severity::Warning };
    // Where this machine's own resolver went elsewhere, others may too.
    let confidence = if there && !failed { Confidence::Proven } else { Confidence::Likely };
    let word = Judgement::new(severity, confidence, statement, shows(server, &first)?)
        .at(Stage::Resolve)
        .and(shows(server, &own))
        .and(wrong_machine(case).filter(|_| there))
        .possible(["a wildcard record in the search domain, which has an address for any name"])
        .remedy([
            "Take the domain out of `search` in /etc/resolv.conf, or the wildcard out of the domain.".to_owned(),
            "Or lower `ndots`, so that a name with dots is asked for as it stands first; for Flux:".to_owned(),
            "kubectl -n flux-system patch deployment source-controller --type merge -p \
             '{\"spec\":{\"template\":{\"spec\":{\"dnsConfig\":{\"options\":[{\"name\":\"ndots\",\"value\":\"1\"}]}}}}}'"
                .to_owned(),
        ]);
    Some(if severity == Severity::Fault { word.explains(WRONG_MACHINE) } else { word })
}

/// One server has addresses and another one says that there are none, or theirs are of another world.
fn servers_disagree(case: &Case<'_>, names: &Names<'_>) -> Option<Judgement> {
    let own = names.own_name();
    let servers: Vec<Server<'_>> =
        names.servers().into_iter().filter(|server| matches!(server.standing(), Standing::Answers(_))).collect();
    let knowing = servers.iter().find(|server| !server.addresses(&own).is_empty())?;
    let at = knowing.addresses(&own);
    let other = servers.iter().find(|server| {
        let theirs = server.addresses(&own);
        server.denies(&own)
            || !theirs.is_empty() && is_private(&at).zip(is_private(&theirs)).is_some_and(|(a, b)| a != b)
    })?;
    let theirs = other.addresses(&own);
    let says =
        if theirs.is_empty() { "says that there is no such name".to_owned() } else { format!("has {}", list(&theirs)) };
    let statement = format!(
        "The name servers disagree about {}: {} has {}, {} {says}; whoever is asked first is believed.",
        names.resolver.host,
        shown(knowing.address),
        list(&at),
        shown(other.address)
    );
    let not_found = case.subject.problem(|kind| *kind == FailureKind::NameNotFound).is_some();
    let severity = if not_found { Severity::Fault } else { Severity::Warning };
    let word = Judgement::new(severity, Confidence::Proven, statement, shows(knowing, &own)?)
        .at(Stage::Resolve)
        .and(shows(other, &own))
        .explains(&["name-not-found"])
        .possible([
            "an inside and an outside view of the same domain, of which each server has one",
            "one of the servers has an old answer",
        ])
        .remedy([
            "Name only servers of one view in /etc/resolv.conf; the second one is for when the first is down, not for \
                  names that it lacks.",
        ]);
    Some(word)
}

/// All private or all public; none where they are mixed.
fn is_private(addresses: &[IpAddr]) -> Option<bool> {
    let inside = |address: &IpAddr| match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    };
    let private = addresses.iter().filter(|address| inside(address)).count();
    match private {
        0 => Some(false),
        all if all == addresses.len() => Some(true),
        _ => None,
    }
}

fn shows(server: &Server<'_>, name: &str) -> Option<Evidence> {
    let query = server
        .queries
        .iter()
        .filter(|query| query.seen.name == *name)
        .max_by_key(|query| query.seen.answer().map_or(0, |answer| 1 + answer.addresses.len()))?;
    Some(query.shows(words(query.seen)))
}

fn wrong_machine(case: &Case<'_>) -> Option<Evidence> {
    let (mark, failure) = case.subject.first_problem()?;
    Some(mark.shows(format!("there it ended in the {}{}", mark.stage().words(), crate::trace::said(failure))))
}

/// What a machine that is not the git server says, or does not.
const WRONG_MACHINE: &[&str] = &[
    "connect-refused",
    "connect-unreachable",
    "connect-silent",
    "connection-cut",
    "host-key-changed",
    "host-key-unknown",
    "certificate-untrusted",
    "certificate-wrong-name",
    "tls-failed",
    "http-status",
    "malformed",
    "repository-not-found",
    "authentication-refused",
    "stalled",
];

#[cfg(test)]
mod tests {
    use model::{DnsRecord, Step};

    use super::*;
    use crate::diagnose;
    use crate::samples::names::{FIRST, Survey, has};
    use crate::samples::{Story, V4};

    #[test]
    fn what_others_resolvers_do_is_proven_only_where_this_ones_did_it() {
        let own: IpAddr = "203.0.113.7".parse().unwrap();
        let confidence = |went_to: IpAddr| {
            let seen = Survey::of(&[FIRST])
                .searching(&["corp.test"])
                .asked(FIRST, "git.example.corp.test.", DnsRecord::A, 1, has(&[V4]))
                .asked(FIRST, "git.example.", DnsRecord::A, 1, has(&[own]))
                .seen();
            let resolved = Step::Resolve { host: "git.example".into(), addresses: vec![went_to] };
            let parameters = model::Parameters::Dns(model::DnsParameters {
                rounds: 1,
                patience_us: model::Micros::from_secs(5),
                company_patience_us: model::Micros::from_secs(2),
            });
            let run = |run: crate::samples::Telling| {
                run.ask(|asked| asked.address = Some(went_to)).good(resolved.clone(), 2).complete()
            };
            let report = Story::ssh().run(run).around(parameters, seen).done();
            let findings = diagnose(&report, &Policy::STANDARD).findings;
            findings.iter().find(|finding| finding.rule == "name-answers-differ").unwrap().confidence
        };
        assert_eq!((confidence(V4), confidence(own)), (Confidence::Proven, Confidence::Likely));
    }
}
