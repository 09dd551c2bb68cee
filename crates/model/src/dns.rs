//! What was seen of names: how this place looks them up, and what each name server said to each question.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Micros, RemoteText, WireCount};

/// How a name is looked up here, as the system's files say it (resolv.conf(5), nsswitch.conf(5), hosts(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resolver {
    /// The name that is looked up.
    pub host: String,
    /// In the order in which they are asked, at most three, as the C library and Go take them.
    pub servers: Vec<SocketAddr>,
    /// Domains that the name is tried in, without a final dot.
    pub search: Vec<String>,
    /// A name with fewer dots is tried in those domains first; 0 to 15.
    pub ndots: u8,
    /// How long a resolver waits for each server.
    pub timeout_us: Micros,
    /// How often it asks all of them.
    pub attempts: u8,
    /// Every look-up begins with the next server.
    pub rotate: bool,
    /// A and AAAA are asked one after the other.
    pub single_request: bool,
    /// Questions go over TCP from the start.
    pub use_tcp: bool,
    /// The options as they are written.
    pub options: Vec<RemoteText>,
    /// Where hosts are looked up, in this order: `files`, `dns` and others; empty where the file says nothing of it.
    pub sources: Vec<RemoteText>,
    /// What the hosts file has for the name.
    pub in_hosts_file: Vec<IpAddr>,
}

impl Resolver {
    /// With the defaults of resolv.conf(5): no search list, one dot, five seconds, two attempts.
    pub fn new(host: impl Into<String>, servers: Vec<SocketAddr>) -> Self {
        Self {
            host: host.into(),
            servers,
            search: Vec::new(),
            ndots: 1,
            timeout_us: Micros::from_secs(5),
            attempts: 2,
            rotate: false,
            single_request: false,
            use_tcp: false,
            options: Vec::new(),
            sources: Vec::new(),
            in_hosts_file: Vec::new(),
        }
    }
}

/// One question to one name server and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnsQuery {
    /// Whom it went to.
    pub server: SocketAddr,
    /// What was asked for: a whole name, with its final dot.
    pub name: String,
    /// Which kind of address.
    // In a journal `record` is the name of the line's own kind: a second one would make the line unreadable.
    #[serde(rename = "record_type")]
    pub record: DnsRecord,
    /// How it travelled.
    pub over: DnsTransport,
    /// Which time that the question was put to this server, from 0.
    pub round: u32,
    /// A and AAAA left together from one socket, as the C library sends them, and were not sent again.
    pub paired: bool,
    /// When it was first sent, since the report's zero.
    pub started_us: Micros,
    /// From the datagram that was answered to its answer; over TCP from the SYN on. Without an answer, how long it was
    /// waited for.
    pub took_us: Micros,
    /// Datagrams sent until then; 0 over TCP.
    pub datagrams: u32,
    /// Those among them that left before the answered one and got no answer first; 0 without an answer.
    pub passed_over: u32,
    /// Messages of DNS, both ways, without headers below.
    pub wire: WireCount,
    /// What came of it.
    pub outcome: DnsOutcome,
}

/// The kinds of address record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DnsRecord {
    /// IPv4 (RFC 1035 §3.4.1).
    A,
    /// IPv6 (RFC 3596).
    Aaaa,
}

/// How a question travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DnsTransport {
    /// A datagram.
    Udp,
    /// A connection of its own (RFC 7766).
    Tcp,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DnsOutcome {
    /// The server answered, well or badly.
    Answer(DnsAnswer),
    /// Nothing came.
    Silent,
    /// Nobody listens there: an ICMP message, or a reset.
    Refused,
    /// The question could not be put, or the connection broke.
    Failed {
        /// How.
        problem: Failure,
    },
    /// What came was no answer to it.
    Malformed {
        /// What is wrong with it.
        text: RemoteText,
    },
}

/// An answer, as far as look-ups need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DnsAnswer {
    /// What the server says of the question.
    pub code: DnsCode,
    /// The addresses in it, at most 32.
    pub addresses: Vec<IpAddr>,
    /// The name that carries the addresses, where aliases (CNAME) lead to another one than was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alias_of: Option<RemoteText>,
    /// The shortest time that one of the addresses may be kept, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ttl_s: Option<u32>,
    /// It did not fit, and is to be asked for over TCP (RFC 1035 §4.1.1, TC).
    pub truncated: bool,
    /// The server is the name's own.
    pub authoritative: bool,
    /// The server asks others.
    pub recursion_available: bool,
}

/// A response code (RFC 1035 §4.1.1, RFC 6895 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DnsCode(pub u16);

impl Resolver {
    /// The names that a resolver asks for, in this order, until one of them has an address: `host` itself where it has
    /// `ndots` dots, then in each domain, and at last itself (resolv.conf(5); Go's `nameList` is the same). Each with its
    /// final dot; none where a name would be too long.
    pub fn names(&self) -> Vec<String> {
        let as_it_is = self.as_it_is();
        if self.host.ends_with('.') {
            return vec![as_it_is];
        }
        let first = self.host.matches('.').count() >= usize::from(self.ndots);
        let searched = self.search.iter().map(|domain| format!("{as_it_is}{domain}."));
        let mut names: Vec<String> = searched.filter(|name| name.len() <= LONGEST_NAME).collect();
        names.insert(if first { 0 } else { names.len() }, as_it_is);
        names
    }

    /// The name itself, with a final dot: in no search domain.
    pub fn as_it_is(&self) -> String {
        format!("{}.", self.host.trim_end_matches('.'))
    }

    /// Whether the hosts file answers before any name server is asked. Without a line the C library and Go take `files`
    /// first (nsswitch.conf(5)).
    pub fn files_answer(&self) -> bool {
        let place = |wanted: &str| self.sources.iter().position(|source| source.as_str() == wanted);
        let files_first =
            self.sources.is_empty() || place("files").is_some_and(|files| place("dns").is_none_or(|dns| files < dns));
        files_first && !self.in_hosts_file.is_empty()
    }
}

impl DnsQuery {
    /// The answer, if one came.
    pub const fn answer(&self) -> Option<&DnsAnswer> {
        match &self.outcome {
            DnsOutcome::Answer(answer) => Some(answer),
            _ => None,
        }
    }
}

impl DnsCode {
    /// The name is there, or nothing is wrong with it.
    pub const NO_ERROR: Self = Self(0);
    /// The server failed.
    pub const SERVER_FAILURE: Self = Self(2);
    /// There is no such name.
    pub const NO_SUCH_NAME: Self = Self(3);
}

impl fmt::Display for DnsCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            0 => "NOERROR",
            1 => "FORMERR",
            2 => "SERVFAIL",
            3 => "NXDOMAIN",
            4 => "NOTIMP",
            5 => "REFUSED",
            other => return write!(formatter, "response code {other}"),
        })
    }
}

impl fmt::Display for DnsRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
        })
    }
}

impl DnsRecord {
    /// In the order in which resolvers ask for them.
    pub const BOTH: [Self; 2] = [Self::A, Self::Aaaa];
}

/// With its final dot (RFC 1035 §2.3.4 as text).
const LONGEST_NAME: usize = 254;

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(host: &str, ndots: u8, search: &[&str]) -> Resolver {
        let search = search.iter().map(|&domain| domain.into()).collect();
        Resolver { search, ndots, ..Resolver::new(host, Vec::new()) }
    }

    #[test]
    fn dots_decide_whether_the_domains_come_first() {
        let names = |host, ndots| resolver(host, ndots, &["svc.test", "test"]).names();
        assert_eq!(names("git.example", 1), ["git.example.", "git.example.svc.test.", "git.example.test."]);
        assert_eq!(names("git.example", 5), ["git.example.svc.test.", "git.example.test.", "git.example."]);
        assert_eq!(names("git", 0), ["git.", "git.svc.test.", "git.test."]);
        assert_eq!(names("git.example.", 5), ["git.example."], "a final dot ends the matter");
        let long = "a".repeat(250);
        assert_eq!(names(&long, 5), [format!("{long}.")], "what would be too long is not asked for");
    }

    #[test]
    fn the_hosts_file_answers_where_it_comes_first() {
        let mut known = resolver("git", 1, &[]);
        assert!(!known.files_answer());
        known.in_hosts_file = vec![IpAddr::from([192, 0, 2, 1])];
        let mut answers = |sources: &[&str]| {
            known.sources = sources.iter().map(|&source| source.into()).collect();
            known.files_answer()
        };
        assert!(answers(&[]) && answers(&["files", "dns"]) && answers(&["files"]));
        assert!(!answers(&["dns", "files"]) && !answers(&["dns"]));
    }
}
