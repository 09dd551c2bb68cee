//! What may be wrong with a name server.

use std::net::IpAddr;

use serde::Deserialize;

use crate::units::{Delay, Fraction};

/// What one name server does wrong, as a scenario's file says it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NameServerFaults {
    /// Whether anybody listens; if not, the kernel refuses with ICMP and resets.
    pub listening: bool,
    /// Whether it can be asked over TCP.
    pub tcp: bool,
    /// What it answers.
    pub answers: Answers,
    /// What it answers to those who ask for IPv6 addresses.
    pub aaaa: Aaaa,
    /// How long each answer takes.
    pub delay: Option<Delay>,
    /// Share of the datagrams that it never sees; the same ones in every run.
    pub loss: Option<Fraction>,
    /// Whether answers do not fit into a datagram, so that clients have to ask again over TCP.
    pub truncates: bool,
    /// Given in place of the addresses of every name that exists.
    pub lie: Vec<IpAddr>,
    /// Given for every name below its zones that does not exist, as a record with a wildcard does (RFC 4592).
    pub wildcard: Vec<IpAddr>,
}

/// What a name server answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// What it knows.
    #[default]
    Normal,
    /// Nothing.
    Silent,
    /// That it has failed (SERVFAIL, RFC 1035 section 4.1.1).
    Servfail,
    /// That there is no such name (NXDOMAIN), whichever that is.
    Nxdomain,
}

/// What a name server answers to questions for IPv6 addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aaaa {
    /// As to others.
    #[default]
    Normal,
    /// Nothing, as middleboxes that do not know the type do (RFC 4074, section 4.1).
    Silent,
    /// That the name has none.
    NoData,
}

impl Default for NameServerFaults {
    fn default() -> Self {
        Self {
            listening: true,
            tcp: true,
            answers: Answers::Normal,
            aaaa: Aaaa::Normal,
            delay: None,
            loss: None,
            truncates: false,
            lie: Vec::new(),
            wildcard: Vec::new(),
        }
    }
}
