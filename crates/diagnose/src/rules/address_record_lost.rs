//! Questions for one kind of address are never answered, those for the other one are.

use crate::Confidence;
use crate::case::Case;
use crate::figures::time;
use crate::judgement::Judgement;
use crate::names::go::{self, Ending};
use crate::names::{Names, Server, words};
use crate::policy::Policy;
use crate::rules::look_up_cost::LookUpCost;
use crate::rules::{Rule, Weight};
use model::{DnsOutcome, DnsRecord, Stage};

pub(super) const RULE: Rule = Rule {
    id: "address-record-lost",
    title: "questions for one kind of address are never answered",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let names = Names::of(case.report, case.subject)?;
    let cost = LookUpCost::of(case)?;
    // The machine's own resolver has to have felt it: then it was no chance.
    if !cost.failed && cost.took_us() < policy.lost_question_us {
        return None;
    }
    let servers = names.servers();
    let lost = DnsRecord::BOTH.into_iter().find(|record| {
        let mut one_sided = servers.iter().filter_map(|server| never_answers(server, *record)).peekable();
        one_sided.peek().is_some() && one_sided.all(|never| never)
    })?;
    let other = if lost == DnsRecord::A { DnsRecord::Aaaa } else { DnsRecord::A };
    let silent = servers.iter().flat_map(Server::questions).find(|query| query.seen.record == lost)?;
    let well = servers.iter().flat_map(Server::questions).find(|query| query.seen.answer().is_some())?;
    let flux = match go::look_up(&names) {
        Some(look_up) if matches!(look_up.ending, Ending::Found { .. }) => {
            format!("; Flux has the address after {}", time(look_up.takes_us))
        }
        _ => String::new(),
    };
    let statement = format!(
        "Questions for {lost} records get no answer from {}, those for {other} records do: every look-up waits for \
         them{}{flux}.",
        if servers.len() == 1 { "the name server" } else { "any name server" },
        cost.in_brackets(policy.slow_look_up_us),
    );
    let word = Judgement::new(cost.severity, Confidence::Proven, statement, silent.shows(words(silent.seen)));
    Some(
        word.at(Stage::Resolve)
            .and([well.shows(words(well.seen)), cost.shows()])
            .explains(cost.explains)
            .rules_out([
                "a name server that is down: it answers the other questions",
                "datagrams that are lost by chance: the same question was lost four times, in every look-up",
            ])
            .possible([
                "a firewall, router or load balancer before the name server that does not know the record type and drops \
                 it (RFC 4074, section 4.1)",
                "the name server itself, or the one that it asks",
            ])
            .remedy([
                "Where the name server is yours: let it answer with no records in place of nothing.",
                "Until then, here: the option single-request-reopen in /etc/resolv.conf, or the option no-aaaa with glibc \
                 2.36; Flux's resolver knows neither and needs the server repaired.",
            ]),
    )
}

/// Whether this server answers one kind at once and is silent to the other, in each of its names; none where it tells
/// nothing, as it does not answer the other kind either.
fn never_answers(server: &Server<'_>, record: DnsRecord) -> Option<bool> {
    let (of_kind, others): (Vec<_>, Vec<_>) = server.questions().partition(|query| query.seen.record == record);
    let answered = others.iter().all(|query| query.seen.answer().is_some());
    if of_kind.is_empty() || others.is_empty() || !answered {
        return None;
    }
    Some(of_kind.iter().all(|query| query.seen.outcome == DnsOutcome::Silent))
}
