//! Some questions to a name server that answers are lost: each costs a look-up its patience.

use crate::Confidence;
use crate::case::Case;
use crate::figures::{count, time};
use crate::judgement::Judgement;
use crate::names::{Names, Server, words};
use crate::policy::Policy;
use crate::rules::look_up_cost::LookUpCost;
use crate::rules::{Rule, Weight};
use crate::sight::Sight;
use model::{DnsOutcome, DnsQuery, DnsTransport, Stage};

pub(super) const RULE: Rule = Rule {
    id: "name-answers-lost",
    title: "questions to a name server, or its answers, get lost",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let names = Names::of(case.report, case.subject)?;
    let cost = LookUpCost::of(case)?;
    pairs(&names, policy).or_else(|| datagrams(&names, cost, policy)).map(|word| word.and([cost.shows()]))
}

/// Datagrams stayed without an answer that came to the next one; and this machine's own look-up waited.
fn datagrams(names: &Names<'_>, cost: LookUpCost<'_>, policy: &Policy) -> Option<Judgement> {
    if !cost.failed && cost.took_us() < policy.lost_question_us {
        return None;
    }
    let servers = names.servers();
    let (server, lost, sent) = servers.iter().find_map(|server| {
        let answered: Vec<_> = server.questions().filter(|query| query.seen.answer().is_some()).collect();
        let lost: u32 = answered.iter().map(|query| query.seen.passed_over).sum();
        let sent: u32 = answered.iter().map(|query| query.seen.datagrams).sum();
        // The look-up that waited is the other witness.
        (lost > 0).then_some((server, lost, sent))
    })?;
    let example =
        server.questions().filter(|query| query.seen.passed_over > 0).max_by_key(|query| query.seen.datagrams)?;
    let statement = format!(
        "Of {} to {} {lost} got no answer: a look-up waits {} for each one that is lost{}.",
        count(sent.into(), "datagram"),
        server.called(names).trim_end_matches(','),
        time(names.resolver.timeout_us),
        cost.in_brackets(policy.slow_look_up_us)
    );
    let word = Judgement::new(cost.severity, Confidence::Likely, statement, example.shows(shows(example)));
    Some(
        word.at(Stage::Resolve)
            .explains(cost.explains)
            .possible([
                "the path to the name server loses packets",
                "the name server, or a limit before it, drops what is too much for it",
            ])
            .remedy(["Look at the name server's load and at drops on the way to it; a cache on each node keeps most questions \
                      off the path (NodeLocal DNSCache)."]),
    )
}

/// A and AAAA were sent together, and one of them was lost time and again, where single questions and TCP are answered.
fn pairs(names: &Names<'_>, policy: &Policy) -> Option<Judgement> {
    let later: Vec<Sight<'_, DnsQuery>> = names.later_rounds().collect();
    let (udp, tcp): (Vec<_>, Vec<_>) = later.iter().copied().partition(|query| query.seen.over == DnsTransport::Udp);
    let lost: Vec<_> = udp.iter().filter(|query| query.seen.outcome == DnsOutcome::Silent).collect();
    let example = **lost.first()?;
    let alone = names.servers().iter().flat_map(Server::questions).map(|query| query.seen.passed_over).sum::<u32>();
    let tcp_well = tcp.iter().all(|query| query.seen.answer().is_some());
    if (lost.len() as u64) < u64::from(policy.least_lost_pairs) || alone > 0 || !tcp_well {
        return None;
    }
    let statement = format!(
        "Of {} sent in pairs, A and AAAA together as the C library sends them, {} got no answer; asked one by one or over \
         TCP all were answered.",
        count(udp.len() as u64, "question"),
        lost.len()
    );
    let word =
        Judgement::new(crate::Severity::Warning, Confidence::Likely, statement, example.shows(words(example.seen)));
    Some(
        word.at(Stage::Resolve)
            .possible([
                "two packets of one flow at the same instant, of which Linux loses one where it translates addresses \
                 (conntrack race; kubernetes#56903)",
                "the name server, or a limit before it, drops what is too much for it",
            ])
            .rules_out(["a name server that is slow or down: single questions are answered"])
            .remedy([
                "A cache on each node (NodeLocal DNSCache), which asks over TCP.",
                "The option single-request-reopen in the resolver's file of pods that use the C library; Go, and so Flux, \
                 already asks from two sockets.",
            ]),
    )
}

fn shows(query: Sight<'_, DnsQuery>) -> String {
    format!("{}, to datagram {} of this question", words(query.seen), query.seen.passed_over + 1)
}
