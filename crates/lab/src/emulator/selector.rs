//! Which packets an impairment is about.
//!
//! Knows the marks of a packet that a middlebox goes by. Refuses to remember anything: each packet is judged alone.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use anyhow::{Error, Result, ensure};
use serde::Deserialize;

use crate::emulator::packet::{Flow, Packet};
use crate::units::Fraction;

/// All that is given must hold; the default takes every packet. What cannot be read in a packet does not hold for it: a
/// later fragment has no port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selector {
    /// TCP or UDP port, source or destination.
    pub port: Option<u16>,
    /// What the IP packet carries.
    pub protocol: Option<Protocol>,
    /// Version of IP.
    pub family: Option<Family>,
    /// Mark of the traffic's class.
    pub dscp: Option<Dscp>,
    /// Least length of the IP packet, header included.
    pub min_bytes: Option<usize>,
    /// Greatest length of the IP packet, header included.
    pub max_bytes: Option<usize>,
    /// Share of flows, chosen by addresses, ports and protocol alone, so that a flow stays in or out, both ways.
    pub flows: Option<Fraction>,
    /// Only fragments of IP packets, or only whole ones.
    pub fragment: Option<bool>,
    /// What the packet carries holds these letters somewhere, as a TLS hello holds the server's name.
    pub contains: Option<String>,
}

/// What an IP packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP of either family.
    Icmp,
}

/// Version of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Version 4.
    Ipv4,
    /// Version 6.
    Ipv6,
}

/// Which marks are meant: a number from 0 to 63 (RFC 2474), or `"any"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "DscpText")]
pub enum Dscp {
    /// Every mark but the default, 0.
    Any,
    /// This one.
    Exactly(u8),
}

impl Selector {
    /// Whether this packet is meant.
    pub(super) fn takes(&self, packet: &Packet) -> bool {
        let length = packet.bytes().len();
        let headers = packet.headers();
        self.min_bytes.is_none_or(|least| length >= least)
            && self.max_bytes.is_none_or(|most| length <= most)
            && self.port.is_none_or(|port| headers.is_some_and(|headers| headers.flow.has_port(port)))
            && self.protocol.is_none_or(|protocol| headers.is_some_and(|headers| protocol.is(headers.flow.protocol)))
            && self.family.is_none_or(|family| headers.is_some_and(|headers| family.is(&headers.flow)))
            && self.dscp.is_none_or(|dscp| headers.is_some_and(|headers| dscp.is(headers.dscp)))
            && self.fragment.is_none_or(|fragment| headers.is_some_and(|headers| headers.fragment == fragment))
            && self.flows.is_none_or(|share| headers.is_some_and(|headers| within(share, &headers.flow)))
            && self.contains.as_ref().is_none_or(|letters| holds(packet.bytes(), letters.as_bytes()))
    }
}

impl Protocol {
    fn is(self, number: u8) -> bool {
        match self {
            Self::Tcp => number == Flow::TCP,
            Self::Udp => number == Flow::UDP,
            Self::Icmp => number == Flow::ICMP || number == Flow::ICMPV6,
        }
    }
}

impl Family {
    fn is(self, flow: &Flow) -> bool {
        flow.is_ipv4() == (self == Self::Ipv4)
    }
}

impl Dscp {
    fn is(self, mark: u8) -> bool {
        match self {
            Self::Any => mark != 0,
            Self::Exactly(wanted) => mark == wanted,
        }
    }
}

fn holds(bytes: &[u8], letters: &[u8]) -> bool {
    !letters.is_empty() && bytes.windows(letters.len()).any(|window| window == letters)
}

/// Whether a flow belongs to this share of all.
fn within(share: Fraction, flow: &Flow) -> bool {
    let mut hasher = DefaultHasher::new();
    flow.hash(&mut hasher);
    // As many bits as a double holds exactly.
    let place = (hasher.finish() >> 11) as f64 / (1_u64 << 53) as f64;
    place < share.probability()
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`dscp` is a number from 0 to 63, or \"any\" for all but 0")]
enum DscpText {
    Number(u8),
    Word(String),
}

impl TryFrom<DscpText> for Dscp {
    type Error = Error;

    fn try_from(text: DscpText) -> Result<Self> {
        match text {
            DscpText::Number(mark) => {
                ensure!(mark < 64, "`dscp` {mark} is not from 0 to 63");
                Ok(Self::Exactly(mark))
            }
            DscpText::Word(word) => {
                ensure!(word == "any", "`dscp` \"{word}\" is neither a number from 0 to 63 nor \"any\"");
                Ok(Self::Any)
            }
        }
    }
}

#[cfg(test)]
mod tests;
