//! Who is asked what and when: everything at once that a look-up may need, so that one dead server costs its patience once.

use std::net::SocketAddr;
use std::time::Duration;

use exchange::dns::{Limit, Pace, Question, ask_over_tcp, ask_over_udp};
use measure::{Clock, Recorder};
use model::{DnsParameters, DnsQuery, DnsRecord, Micros, Resolver, Seen};
use tokio::task::JoinSet;

/// Asks each server all that a resolver would ask, and writes each outcome down as it comes; everything has ended at
/// `deadline_us`.
pub(crate) async fn survey(
    resolver: &Resolver,
    parameters: &DnsParameters,
    clock: Clock,
    recorder: &Recorder,
    deadline_us: Micros,
) {
    let desk = Desk { clock, recorder: recorder.clone(), use_tcp: resolver.use_tcp };
    let limit = || limit(parameters, deadline_us.since(clock.now()));
    let names = resolver.names();
    let (first, later) = names.split_at(needed_first(resolver, &names));
    let mut seen = desk.ask(resolver, first, &limit()).await;
    // A resolver goes on to the domains where the name itself has no address; where nobody answers it does not get there.
    if !later.is_empty() && !seen.iter().any(has_addresses) && seen.iter().any(|query| query.answer().is_some()) {
        seen.extend(desk.ask(resolver, later, &limit()).await);
    }
    let Some(again) = seen.iter().find(|query| has_addresses(query)).map(|query| query.name.clone()) else { return };
    let awake: Vec<SocketAddr> = resolver.servers.iter().copied().filter(|server| answers(*server, &seen)).collect();
    for round in 1..parameters.rounds {
        desk.ask_again(&awake, &again, round, &limit()).await;
    }
}

/// How many names are asked for at once: all of them where the name itself comes last, else the name itself.
fn needed_first(resolver: &Resolver, names: &[String]) -> usize {
    if names.first().is_some_and(|name| *name == resolver.as_it_is()) { 1 } else { names.len() }
}

fn limit(parameters: &DnsParameters, left: Micros) -> Limit {
    let left = left.since(CLOSING);
    let duration = |time: Micros| Duration::from_micros(time.min(left).0);
    Limit::new(duration(parameters.patience_us), duration(parameters.company_patience_us))
}

fn has_addresses(query: &DnsQuery) -> bool {
    query.answer().is_some_and(|answer| !answer.addresses.is_empty())
}

fn answers(server: SocketAddr, seen: &[DnsQuery]) -> bool {
    seen.iter().any(|query| query.server == server && query.answer().is_some())
}

/// Where records go.
#[derive(Debug, Clone)]
struct Desk {
    clock: Clock,
    recorder: Recorder,
    /// The resolver never sends datagrams.
    use_tcp: bool,
}

impl Desk {
    /// Every name and kind of every server at once.
    async fn ask(&self, resolver: &Resolver, names: &[String], limit: &Limit) -> Vec<DnsQuery> {
        let mut asking = JoinSet::new();
        for server in resolver.servers.iter().copied() {
            for name in names {
                for record in DnsRecord::BOTH {
                    let (desk, limit) = (self.clone(), limit.clone());
                    let question = Question { name: name.clone(), record };
                    let canary = record == DnsRecord::A && *name == resolver.as_it_is();
                    asking.spawn(async move { desk.one(server, &question, canary, &limit).await });
                }
            }
        }
        // A question that was begun is written down, whatever becomes of the others.
        asking.join_all().await.into_iter().flatten().collect()
    }

    /// One question over UDP; over TCP where UDP gives no whole answer. Where it gives none at all, one question for each
    /// server is enough.
    async fn one(&self, server: SocketAddr, question: &Question, canary: bool, limit: &Limit) -> Vec<DnsQuery> {
        let questions = std::slice::from_ref(question);
        let over_udp = async {
            let queries = ask_over_udp(self.clock, server, questions, Pace::Again, limit).await;
            self.write(queries, 0)
        };
        let over_tcp = async || {
            let query = ask_over_tcp(self.clock, server, question, limit).await;
            self.write(vec![query], 0)
        };
        if self.use_tcp {
            return over_tcp().await;
        }
        let mut over_udp = std::pin::pin!(over_udp);
        let mut seen = tokio::select! {
            biased;
            seen = &mut over_udp => seen,
            () = tokio::time::sleep(QUIET), if canary => {
                let (mut seen, tcp) = tokio::join!(over_udp, over_tcp());
                seen.extend(tcp);
                return seen;
            }
        };
        let truncated = seen.iter().any(|query| query.answer().is_some_and(|answer| answer.truncated));
        if truncated {
            seen.extend(over_tcp().await);
        }
        seen
    }

    /// A and AAAA together, as the C library sends them, and A over TCP beside them.
    async fn ask_again(&self, servers: &[SocketAddr], name: &str, round: u32, limit: &Limit) {
        let questions = DnsRecord::BOTH.map(|record| Question { name: name.to_owned(), record });
        let mut asking = JoinSet::new();
        for server in servers.iter().copied() {
            let (desk, limit, questions) = (self.clone(), limit.clone(), questions.clone());
            asking.spawn(async move {
                let [a, _] = &questions;
                let pair = ask_over_udp(desk.clock, server, &questions, Pace::Once, &limit);
                let (pair, tcp) = tokio::join!(pair, ask_over_tcp(desk.clock, server, a, &limit));
                desk.write(pair, round);
                desk.write(vec![tcp], round);
            });
        }
        asking.join_all().await;
    }

    fn write(&self, queries: Vec<DnsQuery>, round: u32) -> Vec<DnsQuery> {
        let queries: Vec<DnsQuery> = queries.into_iter().map(|query| DnsQuery { round, ..query }).collect();
        for query in &queries {
            self.recorder.write(Seen::DnsQuery(query.clone()));
        }
        queries
    }
}

/// A server that has not answered over UDP by now is asked over TCP too.
const QUIET: Duration = Duration::from_secs(1);
/// Left before a deadline for closing up.
const CLOSING: Micros = Micros::from_millis(300);

#[cfg(test)]
mod tests;
