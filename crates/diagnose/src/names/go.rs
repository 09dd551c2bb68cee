//! What Go's own resolver, which is Flux's, makes of the answers that were seen: `net/dnsclient_unix.go` of Go 1.25
//! (`goLookupIPCNAMEOrder`, `tryOneName`, `exchange`), `net/dnsconfig_unix.go` for the order of names. It knows no rule.

use std::net::{IpAddr, SocketAddr};

use model::{DnsCode, DnsOutcome, DnsQuery, DnsRecord, DnsTransport, Micros};

use super::Names;

/// A look-up of Go's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LookUp {
    /// How long it takes. A server that was not waited for as long as Go does may answer before this.
    pub(crate) takes_us: Micros,
    /// How many names were asked for until then.
    pub(crate) names: usize,
    /// What comes of it.
    pub(crate) ending: Ending,
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With addresses, under this name.
    Found { name: String, addresses: Vec<IpAddr> },
    /// With an error. Where A and AAAA fail differently either may be the one that is told.
    Fails(Vec<Trouble>),
}

/// What Go says of a server behind `lookup HOST on SERVER: `.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Of whom.
    pub(crate) server: SocketAddr,
    /// In which words.
    pub(crate) words: Words,
}

/// Go's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Words {
    /// To the letter.
    Exact(String),
    /// `read udp`, our address and port, `->`, the server, and this: the port is a new one each time.
    ReadUdp(&'static str),
    /// Not known.
    Unknown,
}

impl Words {
    /// The whole text, with dots for what cannot be known; none where nothing is known.
    pub(crate) fn told(&self, server: SocketAddr) -> Option<String> {
        match self {
            Self::Exact(words) => Some(words.clone()),
            Self::ReadUdp(words) => Some(format!("read udp …->{server}: {words}")),
            Self::Unknown => None,
        }
    }
}

/// What Go makes of it; none where it would have asked what was not asked here.
pub(crate) fn look_up(names: &Names<'_>) -> Option<LookUp> {
    let list = names.resolver.names();
    let mut takes_us = Micros(0);
    let mut told = Vec::new();
    for (index, name) in list.iter().enumerate() {
        let [a, aaaa] = DnsRecord::BOTH.map(|record| one_name(names, name, record));
        let (a, aaaa) = (a?, aaaa?);
        takes_us = takes_us + if names.resolver.single_request { a.took + aaaa.took } else { a.took.max(aaaa.took) };
        let mut addresses = Vec::new();
        let mut troubles = Vec::new();
        for answer in [a.result, aaaa.result] {
            match answer {
                Ok(more) => addresses.extend(more),
                Err(trouble) => troubles.push(trouble),
            }
        }
        if !addresses.is_empty() {
            let ending = Ending::Found { name: name.clone(), addresses };
            return Some(LookUp { takes_us, names: index + 1, ending });
        }
        troubles.dedup();
        // The name itself is told of only where no domain was asked before it.
        if told.is_empty() || *name != names.own_name() {
            told = troubles;
        }
    }
    Some(LookUp { takes_us, names: list.len(), ending: Ending::Fails(told) })
}

/// One name, one kind of address, server after server.
struct OneName {
    took: Micros,
    result: Result<Vec<IpAddr>, Trouble>,
}

fn one_name(names: &Names<'_>, name: &str, record: DnsRecord) -> Option<OneName> {
    let mut took = Micros(0);
    let mut last = None;
    for _ in 0..names.resolver.attempts {
        for server in names.resolver.servers.iter().copied() {
            let (wait, said) = exchange(names, server, name, record)?;
            took = took + wait;
            match said {
                Said::Addresses(addresses) => return Some(OneName { took, result: Ok(addresses) }),
                // No other server is asked then.
                Said::Nothing => {
                    let words = Words::Exact("no such host".into());
                    return Some(OneName { took, result: Err(Trouble { server, words }) });
                }
                Said::GoOn(words) => last = Some(Trouble { server, words }),
            }
        }
    }
    Some(OneName { took, result: Err(last?) })
}

enum Said {
    Addresses(Vec<IpAddr>),
    Nothing,
    GoOn(Words),
}

/// One question to one server: over UDP, and over TCP where the answer is truncated.
fn exchange(names: &Names<'_>, server: SocketAddr, name: &str, record: DnsRecord) -> Option<(Micros, Said)> {
    let patience = names.resolver.timeout_us;
    let first = if names.resolver.use_tcp { DnsTransport::Tcp } else { DnsTransport::Udp };
    let Some(query) = names.asked(server, name, record, first) else {
        // Who answers nothing at all would not have answered this either.
        let mut others = names.first_round().filter(|query| query.seen.server == server).peekable();
        others.peek()?;
        let outcome = others.try_fold(None, |known, query| match (known, &query.seen.outcome) {
            (None | Some(DnsOutcome::Silent), DnsOutcome::Silent) => Some(Some(DnsOutcome::Silent)),
            (None | Some(DnsOutcome::Refused), DnsOutcome::Refused) => Some(Some(DnsOutcome::Refused)),
            _ => None,
        })??;
        let silent = outcome == DnsOutcome::Silent;
        let words = Words::ReadUdp(if silent { TIMEOUT } else { REFUSED });
        return Some((if silent { patience } else { Micros(0) }, Said::GoOn(words)));
    };
    let took = query.seen.took_us.min(patience);
    match &query.seen.outcome {
        DnsOutcome::Answer(answer) if answer.truncated && first == DnsTransport::Udp => {
            let over_tcp = names.asked(server, name, record, DnsTransport::Tcp)?;
            let (more, said) = match &over_tcp.seen.outcome {
                DnsOutcome::Answer(answer) => (over_tcp.seen.took_us, answered(answer.code, &answer.addresses)),
                _ => without_tcp(over_tcp.seen, patience),
            };
            Some((took + more, said))
        }
        DnsOutcome::Answer(_) if query.seen.took_us >= patience => {
            Some((patience, Said::GoOn(Words::ReadUdp(TIMEOUT))))
        }
        DnsOutcome::Answer(answer) => Some((took, answered(answer.code, &answer.addresses))),
        _ if first == DnsTransport::Tcp => Some(without_tcp(query.seen, patience)),
        DnsOutcome::Refused => Some((took, Said::GoOn(Words::ReadUdp(REFUSED)))),
        // Go too goes on waiting behind what is no answer.
        DnsOutcome::Silent | DnsOutcome::Malformed { .. } => Some((patience, Said::GoOn(Words::ReadUdp(TIMEOUT)))),
        DnsOutcome::Failed { .. } => Some((took, Said::GoOn(Words::Unknown))),
    }
}

fn answered(code: DnsCode, addresses: &[IpAddr]) -> Said {
    match code {
        DnsCode::NO_ERROR if !addresses.is_empty() => Said::Addresses(addresses.to_vec()),
        DnsCode::NO_ERROR | DnsCode::NO_SUCH_NAME => Said::Nothing,
        _ => Said::GoOn(Words::Exact("server misbehaving".into())),
    }
}

fn without_tcp(query: &DnsQuery, patience: Micros) -> (Micros, Said) {
    let dial = |words: &str| Said::GoOn(Words::Exact(format!("dial tcp {}: {words}", query.server)));
    let connected = query.wire.sent.0 > 0;
    match query.outcome {
        DnsOutcome::Silent if connected => (patience, Said::GoOn(Words::Unknown)),
        DnsOutcome::Silent => (patience, dial(TIMEOUT)),
        DnsOutcome::Refused if !connected => (query.took_us, dial("connect: connection refused")),
        _ => (query.took_us, Said::GoOn(Words::Unknown)),
    }
}

const TIMEOUT: &str = "i/o timeout";
const REFUSED: &str = "read: connection refused";
