//! What the name servers say around a run, and the same without what would justify a finding.

use std::net::IpAddr;

use model::{
    Bytes, DnsAnswer, DnsCode, DnsOutcome, DnsParameters, DnsQuery, DnsRecord, DnsTransport, FailureKind, Micros,
    Parameters, Resolver, Seen, Stage, Step, WireCount,
};

use super::stories::{Sample, sample};
use super::{Story, Telling, V4, V6, calm, step};
use crate::Verdict;

pub(crate) const FIRST: &str = "10.0.0.53:53";
const SECOND: &str = "10.0.1.53:53";
const OWN: &str = "git.example.";

/// A survey under way: a resolver, and what each question brought.
pub(crate) struct Survey {
    resolver: Resolver,
    queries: Vec<DnsQuery>,
}

impl Survey {
    pub(crate) fn of(servers: &[&str]) -> Self {
        let servers = servers.iter().map(|server| server.parse().unwrap()).collect();
        let resolver = Resolver::new("git.example", servers);
        Self { resolver, queries: Vec::new() }
    }

    /// A pod's search list, with as many domains.
    pub(crate) fn searching(mut self, domains: &[&str]) -> Self {
        self.resolver.search = domains.iter().map(|&domain| domain.into()).collect();
        self.resolver.ndots = 5;
        self
    }

    pub(crate) fn asked(mut self, server: &str, name: &str, record: DnsRecord, ms: u64, outcome: DnsOutcome) -> Self {
        let datagrams = if outcome == DnsOutcome::Silent { 4 } else { 1 };
        self.queries.push(DnsQuery {
            server: server.parse().unwrap(),
            name: name.into(),
            record,
            over: DnsTransport::Udp,
            round: 0,
            paired: false,
            started_us: Micros(0),
            took_us: Micros::from_millis(ms),
            datagrams,
            passed_over: 0,
            wire: WireCount { sent: Bytes(40), received: Bytes(0) },
            outcome,
        });
        self
    }

    /// The same for both kinds of address.
    pub(crate) fn both(self, server: &str, name: &str, ms: u64, outcome: &DnsOutcome) -> Self {
        DnsRecord::BOTH.into_iter().fold(self, |survey, record| survey.asked(server, name, record, ms, outcome.clone()))
    }

    /// A server that has this address, and no other.
    fn knows(self, server: &str, name: &str, ms: u64, address: IpAddr) -> Self {
        self.asked(server, name, DnsRecord::A, ms, has(&[address])).asked(server, name, DnsRecord::Aaaa, ms, has(&[]))
    }

    /// The same over TCP.
    pub(crate) fn over_tcp(self, server: &str, name: &str, record: DnsRecord, ms: u64, outcome: DnsOutcome) -> Self {
        self.asked(server, name, record, ms, outcome).last(|query| {
            (query.over, query.datagrams, query.wire) = (DnsTransport::Tcp, 0, WireCount::default());
        })
    }

    fn last(mut self, change: impl FnOnce(&mut DnsQuery)) -> Self {
        change(self.queries.last_mut().unwrap());
        self
    }

    /// Later rounds of pairs to the first server, of which so many are lost, and TCP beside them.
    fn pairs(mut self, rounds: u32, lost: u32) -> Self {
        for round in 1..=rounds {
            let outcome = if round <= lost { DnsOutcome::Silent } else { has(&[]) };
            let paired = |query: &mut DnsQuery| (query.round, query.paired) = (round, true);
            let over_tcp = |query: &mut DnsQuery| (query.round, query.over) = (round, DnsTransport::Tcp);
            self = self.asked(FIRST, OWN, DnsRecord::A, 1, has(&[V4])).last(paired);
            self = self.asked(FIRST, OWN, DnsRecord::Aaaa, 1, outcome).last(paired);
            self = self.asked(FIRST, OWN, DnsRecord::A, 2, has(&[V4])).last(over_tcp);
        }
        self
    }

    pub(crate) fn seen(self) -> Vec<Seen> {
        [Seen::Resolver(self.resolver)].into_iter().chain(self.queries.into_iter().map(Seen::DnsQuery)).collect()
    }

    fn around(self, story: Story) -> Story {
        story.around(parameters(), self.seen())
    }
}

fn parameters() -> Parameters {
    Parameters::Dns(DnsParameters {
        rounds: 1,
        patience_us: Micros::from_secs(5),
        company_patience_us: Micros::from_secs(2),
    })
}

pub(crate) fn coded(code: DnsCode, addresses: &[IpAddr]) -> DnsOutcome {
    DnsOutcome::Answer(DnsAnswer {
        code,
        addresses: addresses.to_vec(),
        alias_of: None,
        ttl_s: None,
        truncated: false,
        authoritative: true,
        recursion_available: true,
    })
}

pub(crate) fn has(addresses: &[IpAddr]) -> DnsOutcome {
    coded(DnsCode::NO_ERROR, addresses)
}

pub(crate) fn truncated() -> DnsOutcome {
    match has(&[]) {
        DnsOutcome::Answer(answer) => DnsOutcome::Answer(DnsAnswer { truncated: true, ..answer }),
        other => other,
    }
}

fn found(addresses: &[IpAddr]) -> Step {
    Step::Resolve { host: "git.example".into(), addresses: addresses.to_vec() }
}

/// A clone that works, behind a look-up that takes so long.
fn works(look_up_ms: u64) -> Story {
    Story::ssh().run(|run: Telling| run.good(found(&[V4]), look_up_ms).complete())
}

fn fails(kind: FailureKind, after_ms: u64) -> Story {
    Story::ssh().run(|run| run.bad(step(Stage::Resolve, V4), after_ms, kind))
}

#[expect(clippy::too_many_lines, reason = "a list of stories")]
pub(super) fn names() -> Vec<Sample> {
    let silent = &DnsOutcome::Silent;
    let one = || Survey::of(&[FIRST]);
    let two = || Survey::of(&[FIRST, SECOND]);
    let warning = |name, rules, story| sample(name, Verdict::Warning, rules, story);
    let fault = |name, rules, story| sample(name, Verdict::Fault, rules, story);
    let healthy = |name, story| sample(name, Verdict::Healthy, &["healthy"], story);
    let inside: IpAddr = "10.1.1.1".parse().unwrap();
    let domains = ["flux-system.svc.test", "svc.test"];
    let denied = coded(DnsCode::NO_SUCH_NAME, &[]);
    let in_vain = |survey: Survey, ms| {
        domains.iter().fold(survey, |survey, domain| survey.both(FIRST, &format!("{OWN}{domain}."), ms, &denied))
    };
    vec![
        healthy("a name server that answers at once", one().knows(FIRST, OWN, 1, V4).around(works(2))),
        warning(
            "the first name server silent",
            &["name-server-silent"],
            two().both(FIRST, OWN, 2_000, silent).knows(SECOND, OWN, 1, V4).around(works(5_005)),
        ),
        warning(
            "the second name server silent, and nobody noticed",
            &["name-server-silent"],
            two().knows(FIRST, OWN, 1, V4).both(SECOND, OWN, 2_000, silent).around(works(2)),
        ),
        fault(
            "the first name server silent, and half a minute is not enough",
            &["name-server-silent"],
            two()
                .both(FIRST, OWN, 2_000, silent)
                .knows(SECOND, OWN, 1, V4)
                .around(works(20_005).plan(|plan| plan.timeout_us = Micros::from_secs(15))),
        ),
        healthy(
            "nobody listens at the first name server: nothing is lost by that",
            two().both(FIRST, OWN, 1, &DnsOutcome::Refused).knows(SECOND, OWN, 1, V4).around(works(2)),
        ),
        fault(
            "AAAA never answered",
            &["address-record-lost"],
            one()
                .asked(FIRST, OWN, DnsRecord::A, 1, has(&[V4]))
                .asked(FIRST, OWN, DnsRecord::Aaaa, 2_000, DnsOutcome::Silent)
                .around(Story::ssh().run(|run| run.stalls(step(Stage::Resolve, V4), calm()))),
        ),
        healthy(
            "an AAAA that was lost by chance, and no look-up felt it",
            one()
                .asked(FIRST, OWN, DnsRecord::A, 1, has(&[V4]))
                .asked(FIRST, OWN, DnsRecord::Aaaa, 2_000, DnsOutcome::Silent)
                .around(works(2)),
        ),
        warning("a slow name server", &["name-lookup-slow"], one().knows(FIRST, OWN, 3_000, V4).around(works(3_002))),
        warning(
            "three names of a second each",
            &["name-lookup-slow"],
            in_vain(one().searching(&domains), 1_000).knows(FIRST, OWN, 1_000, V4).around(works(3_010)),
        ),
        healthy(
            "three names over 300 ms of delay",
            in_vain(one().searching(&domains), 300).knows(FIRST, OWN, 300, V4).around(works(910)),
        ),
        healthy("slow once: a cache that was filled", one().knows(FIRST, OWN, 1, V4).around(works(2_800))),
        warning(
            "questions that get lost",
            &["name-answers-lost"],
            one()
                .asked(FIRST, OWN, DnsRecord::A, 1, has(&[V4]))
                .last(|query| (query.datagrams, query.passed_over) = (2, 1))
                .asked(FIRST, OWN, DnsRecord::Aaaa, 1, has(&[]))
                .last(|query| (query.datagrams, query.passed_over) = (2, 1))
                .around(works(5_004)),
        ),
        healthy(
            "one question lost, and the look-up was quick",
            one()
                .asked(FIRST, OWN, DnsRecord::A, 1, has(&[V4]))
                .last(|query| (query.datagrams, query.passed_over) = (2, 1))
                .asked(FIRST, OWN, DnsRecord::Aaaa, 1, has(&[]))
                .around(works(2)),
        ),
        warning("pairs get lost", &["name-answers-lost"], one().knows(FIRST, OWN, 1, V4).pairs(9, 3).around(works(2))),
        healthy("one of nine pairs lost", one().knows(FIRST, OWN, 1, V4).pairs(9, 1).around(works(2))),
        fault(
            "a wildcard in the search domain leads to another machine",
            &["name-answers-differ"],
            one()
                .searching(&["corp.test"])
                .knows(FIRST, "git.example.corp.test.", 1, V4)
                .knows(FIRST, OWN, 1, "203.0.113.7".parse().unwrap())
                .around(Story::ssh().run(|run| {
                    let run = run.good(found(&[V4]), 2);
                    run.bad(step(Stage::Connect, V4), 20, FailureKind::Refused)
                })),
        ),
        healthy(
            "the search domain has no such name",
            in_vain(one().searching(&domains), 1).knows(FIRST, OWN, 1, V4).around(works(4)),
        ),
        fault(
            "only the second name server knows the name",
            &["name-answers-differ"],
            two()
                .both(FIRST, OWN, 1, &denied)
                .knows(SECOND, OWN, 1, inside)
                .around(fails(FailureKind::NameNotFound, 2)),
        ),
        warning(
            "one server has an address inside, the other one outside",
            &["name-answers-differ"],
            two().knows(FIRST, OWN, 1, V4).knows(SECOND, OWN, 1, inside).around(works(2)),
        ),
        healthy(
            "each server has another address of a large hoster",
            two().knows(FIRST, OWN, 1, V4).knows(SECOND, OWN, 1, "203.0.113.7".parse().unwrap()).around(works(2)),
        ),
        healthy(
            "one of the servers makes IPv6 addresses up (DNS64)",
            two()
                .knows(FIRST, OWN, 1, V4)
                .asked(SECOND, OWN, DnsRecord::A, 1, has(&[V4]))
                .asked(SECOND, OWN, DnsRecord::Aaaa, 1, has(&[V6]))
                .around(works(2)),
        ),
        fault(
            "no such name, and the server says so",
            &["name-not-found"],
            one().both(FIRST, OWN, 1, &denied).around(fails(FailureKind::NameNotFound, 2)),
        ),
        fault(
            "each server fails in its own way",
            &["name-server-failure"],
            Survey::of(&[FIRST, SECOND, "10.0.2.53:53"])
                .both(FIRST, OWN, 5_000, silent)
                .both(SECOND, OWN, 1, &coded(DnsCode::SERVER_FAILURE, &[]))
                .both("10.0.2.53:53", OWN, 1, &DnsOutcome::Refused)
                .around(fails(FailureKind::NameServerFailure, 10_020)),
        ),
        fault(
            "truncated without TCP",
            &["name-server-failure"],
            one()
                .both(FIRST, OWN, 1, &truncated())
                .over_tcp(FIRST, OWN, DnsRecord::A, 1, DnsOutcome::Refused)
                .around(fails(FailureKind::NameServerFailure, 20)),
        ),
    ]
}
