//! What the name servers said: one line where all is well, else one line for each server.

use std::net::SocketAddr;

use model::{DnsCode, DnsOutcome, DnsQuery, DnsRecord, DnsTransport, Measurement, Micros, Resolver, Seen};

use crate::number;
use crate::page::Page;
use crate::style::{Ink, Mark};

pub(super) fn lines(page: &mut Page, measurement: &Measurement) {
    let seen = || measurement.observations.iter().map(|observation| &observation.seen);
    let resolver = seen().find_map(|seen| match seen {
        Seen::Resolver(resolver) => Some(resolver),
        _ => None,
    });
    let Some(resolver) = resolver else { return };
    let queries: Vec<&DnsQuery> = seen()
        .filter_map(|seen| match seen {
            Seen::DnsQuery(query) => Some(query),
            _ => None,
        })
        .collect();
    if queries.is_empty() {
        if resolver.files_answer() {
            page.paragraph(Ink::Plain, &format!("{} is in the hosts file: no server is asked", resolver.host));
        }
        return;
    }
    let first: Vec<&DnsQuery> = queries.iter().copied().filter(|query| query.round == 0).collect();
    let well = first.iter().all(|query| answered(query)) && first.iter().any(|query| found(query));
    if well {
        page.paragraph(Ink::Plain, &all_at_once(resolver, &first));
    } else {
        for server in &resolver.servers {
            let of_server: Vec<&DnsQuery> = first.iter().copied().filter(|query| query.server == *server).collect();
            let fine = of_server.iter().all(|query| answered(query)) && !of_server.is_empty();
            let (mark, ink) = if fine { (Mark::NONE, Ink::Plain) } else { (Mark::CAUTION, Ink::Caution) };
            page.marked(mark, ink, &format!("{}: {}", shown(*server), told(&of_server, false)));
        }
    }
    lost(page, &first);
    later(page, &queries);
}

/// `2 servers, 3 names: A in 1.2 ms, AAAA in 1.3 ms`.
fn all_at_once(resolver: &Resolver, queries: &[&DnsQuery]) -> String {
    let mut names: Vec<&str> = queries.iter().map(|query| query.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let servers = match resolver.servers.as_slice() {
        [only] => shown(*only),
        several => number::counted(several.len() as u64, "server"),
    };
    let several_names = if names.len() > 1 { format!(", {} names", names.len()) } else { String::new() };
    format!("{servers}{several_names}: {}", told(queries, true))
}

/// What came of some questions: equal outcomes once, with the longest time. Where all is well that a search domain lacks the
/// name is not worth a word.
fn told(queries: &[&DnsQuery], well: bool) -> String {
    let mut groups: Vec<(String, Vec<&DnsQuery>)> = Vec::new();
    for query in queries {
        let outcome = if well && query.over == DnsTransport::Udp { String::new() } else { outcome(query) };
        match groups.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, group)) => group.push(query),
            None => groups.push((outcome, vec![query])),
        }
    }
    let words: Vec<String> = groups.into_iter().map(|(outcome, group)| one_group(&outcome, &group)).collect();
    if words.is_empty() { "not asked".to_owned() } else { words.join(" · ") }
}

fn one_group(outcome: &str, group: &[&DnsQuery]) -> String {
    if group.iter().all(|query| query.outcome == DnsOutcome::Silent) {
        let mut kinds: Vec<String> = group.iter().map(|query| query.record.to_string()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let waited = group.iter().map(|query| query.took_us).max().unwrap_or_default();
        return format!("{outcome} within {} to {}", number::duration(waited), kinds.join(", "));
    }
    let longest =
        |record: DnsRecord| group.iter().filter(|query| query.record == record).map(|query| query.took_us).max();
    let in_time = |record: DnsRecord| longest(record).map(|took| format!("{record} in {}", took_at_least(took)));
    let [a, aaaa] = DnsRecord::BOTH.map(in_time);
    let kinds: Vec<String> = [a, aaaa].into_iter().flatten().collect();
    let kinds = kinds.join(", ");
    if outcome.is_empty() { kinds } else { format!("{outcome} ({kinds})") }
}

fn outcome(query: &DnsQuery) -> String {
    let words = match &query.outcome {
        DnsOutcome::Answer(answer) if answer.truncated => "truncated".to_owned(),
        DnsOutcome::Answer(answer) if answer.code == DnsCode::NO_ERROR => String::new(),
        DnsOutcome::Answer(answer) => answer.code.to_string(),
        DnsOutcome::Silent => "no answer".to_owned(),
        DnsOutcome::Refused => "nobody listens".to_owned(),
        DnsOutcome::Failed { problem } => crate::failure::words(problem),
        DnsOutcome::Malformed { .. } => "no valid answer".to_owned(),
    };
    match query.over {
        DnsTransport::Udp => words,
        DnsTransport::Tcp => format!("{words} over TCP").trim_start().to_owned(),
    }
}

/// Datagrams that got no answer where a later one did.
fn lost(page: &mut Page, queries: &[&DnsQuery]) {
    let count = |of: &dyn Fn(&DnsQuery) -> u32| queries.iter().map(|query| u64::from(of(query))).sum::<u64>();
    let lost = count(&|query| query.passed_over);
    if lost > 0 {
        let all = number::counted(count(&|query| query.datagrams), "datagram");
        page.marked(Mark::CAUTION, Ink::Caution, &format!("{lost} of {all} got no answer, and the next one did"));
    }
}

/// The rounds behind the first: how many of them were lost.
fn later(page: &mut Page, queries: &[&DnsQuery]) {
    let pairs: Vec<_> = queries.iter().filter(|query| query.paired).collect();
    if pairs.is_empty() {
        return;
    }
    let lost = pairs.iter().filter(|query| query.outcome == DnsOutcome::Silent).count();
    let (mark, ink) = if lost == 0 { (Mark::NONE, Ink::Plain) } else { (Mark::CAUTION, Ink::Caution) };
    let asked = number::counted(pairs.len() as u64, "more question");
    let words = if lost == 0 { "all answered".to_owned() } else { format!("{lost} without an answer") };
    page.marked(mark, ink, &format!("{asked}, A and AAAA together: {words}"));
}

fn answered(query: &DnsQuery) -> bool {
    query.answer().is_some_and(|answer| matches!(answer.code, DnsCode::NO_ERROR | DnsCode::NO_SUCH_NAME))
}

fn found(query: &DnsQuery) -> bool {
    query.answer().is_some_and(|answer| !answer.addresses.is_empty())
}

/// Zero would say that no time passed.
fn took_at_least(took: Micros) -> String {
    number::duration(took.max(Micros(1)))
}

fn shown(server: SocketAddr) -> String {
    if server.port() == 53 { server.ip().to_string() } else { server.to_string() }
}

#[cfg(test)]
mod tests {
    use model::{DnsAnswer, DnsParameters, Ended, Observation, Parameters, Purpose, Run, RunId, WireCount};

    use super::*;
    use crate::Style;

    const FIRST: &str = "10.0.0.53:53";
    const SECOND: &str = "10.0.1.53:53";

    fn query(server: &str, record: DnsRecord, took_us: u64, outcome: DnsOutcome) -> DnsQuery {
        DnsQuery {
            server: server.parse().unwrap(),
            name: "git.example.".into(),
            record,
            over: DnsTransport::Udp,
            round: 0,
            paired: false,
            started_us: Micros(0),
            took_us: Micros(took_us),
            datagrams: 1,
            passed_over: 0,
            wire: WireCount::default(),
            outcome,
        }
    }

    fn answer(code: DnsCode, addresses: &[&str]) -> DnsOutcome {
        DnsOutcome::Answer(DnsAnswer {
            code,
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
            alias_of: None,
            ttl_s: None,
            truncated: false,
            authoritative: false,
            recursion_available: true,
        })
    }

    fn well(server: &str) -> [DnsQuery; 2] {
        let found = answer(DnsCode::NO_ERROR, &["192.0.2.1"]);
        [
            query(server, DnsRecord::A, 1_200, found),
            query(server, DnsRecord::Aaaa, 1_300, answer(DnsCode::NO_ERROR, &[])),
        ]
    }

    fn page(servers: &[&str], queries: impl IntoIterator<Item = DnsQuery>) -> String {
        let servers = servers.iter().map(|server| server.parse().unwrap()).collect();
        let in_hosts_file = vec!["192.0.2.9".parse().unwrap()];
        let resolver = Resolver { in_hosts_file, ..Resolver::new("git.example", servers) };
        let parameters = DnsParameters { rounds: 1, patience_us: Micros(0), company_patience_us: Micros(0) };
        let seen = [Seen::Resolver(resolver)].into_iter().chain(queries.into_iter().map(Seen::DnsQuery));
        let measurement = Measurement {
            run: Run { id: RunId(2), purpose: Purpose::Asked, parameters: Parameters::Dns(parameters) },
            started_us: Micros(0),
            took_us: Micros(0),
            ended: Ended::Complete,
            observations: seen.map(|seen| Observation { at_us: Micros(0), seen }).collect(),
        };
        let mut page = Page::new(Style { width: 80, colour: false, unicode: true });
        lines(&mut page, &measurement);
        page.finished()
    }

    #[test]
    fn where_all_is_well_one_line_is_enough() {
        let both = page(&[FIRST, SECOND], well(FIRST).into_iter().chain(well(SECOND)));
        assert_eq!(both, "  2 servers: A in 1.2 ms, AAAA in 1.3 ms\n");
        assert_eq!(page(&[FIRST], well(FIRST)), "  10.0.0.53: A in 1.2 ms, AAAA in 1.3 ms\n");
        assert_eq!(page(&[FIRST], []), "  git.example is in the hosts file: no server is asked\n");
    }

    #[test]
    fn else_each_server_has_a_line() {
        let silent = DnsRecord::BOTH.map(|record| query(FIRST, record, 2_000_000, DnsOutcome::Silent));
        let told = page(&[FIRST, SECOND], silent.into_iter().chain(well(SECOND)));
        assert_eq!(told, "! 10.0.0.53: no answer within 2.00 s to A, AAAA\n  10.0.1.53: A in 1.2 ms, AAAA in 1.3 ms\n");
        let denied = DnsRecord::BOTH.map(|record| query(FIRST, record, 1_000, answer(DnsCode::NO_SUCH_NAME, &[])));
        assert_eq!(page(&[FIRST], denied), "  10.0.0.53: NXDOMAIN (A in 1.0 ms, AAAA in 1.0 ms)\n");
    }

    #[test]
    fn what_is_lost_is_told_of_a_server_that_answers() {
        let lossy = well(FIRST).map(|query| DnsQuery { datagrams: 2, passed_over: 1, ..query });
        assert!(page(&[FIRST], lossy).ends_with("! 2 of 4 datagrams got no answer, and the next one did\n"));
    }
}
