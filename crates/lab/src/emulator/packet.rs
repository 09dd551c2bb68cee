//! A packet on its way, and what a middlebox reads in its headers.
//!
//! Knows IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200), and the beginnings of TCP and UDP. Refuses nothing:
//! what is too short or unknown simply has no headers, and goes its way like any other packet.

mod reset;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which way a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    ToClient,
    ToServer,
}

/// An IP packet with the way it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) way: Way,
    bytes: Vec<u8>,
    headers: Option<Headers>,
}

/// What was read in a packet when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Headers {
    pub(super) flow: Flow,
    /// 0 to 63 (RFC 2474).
    pub(super) dscp: u8,
    /// Whether it is a part of a larger packet, the first one included.
    pub(super) fragment: bool,
    /// Where the IP header with its extensions ends.
    pub(super) payload_at: usize,
    pub(super) tcp: Option<Tcp>,
}

/// What was read in a TCP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tcp {
    /// A SYN without ACK: somebody begins.
    pub(super) begins: bool,
    pub(super) payload_bytes: u64,
}

/// A conversation, the same value for both ways. Ports are 0 where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Flow {
    pub(super) protocol: u8,
    lower: (IpAddr, u16),
    upper: (IpAddr, u16),
}

impl Packet {
    pub(super) fn new(way: Way, bytes: Vec<u8>) -> Self {
        let headers = Headers::read(&bytes);
        Self { way, bytes, headers }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Length as a quantity.
    pub(super) fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(super) fn headers(&self) -> Option<&Headers> {
        self.headers.as_ref()
    }

    /// What the IP header carries, to be spoilt.
    pub(super) fn payload_mut(&mut self) -> &mut [u8] {
        let at = self.headers.map_or(0, |headers| headers.payload_at);
        self.bytes.get_mut(at..).unwrap_or_default()
    }
}

impl Flow {
    pub(super) const ICMP: u8 = 1;
    pub(super) const TCP: u8 = 6;
    pub(super) const UDP: u8 = 17;
    pub(super) const ICMPV6: u8 = 58;

    fn new(protocol: u8, one: (IpAddr, u16), other: (IpAddr, u16)) -> Self {
        Self { protocol, lower: one.min(other), upper: one.max(other) }
    }

    pub(super) fn is_ipv4(&self) -> bool {
        self.lower.0.is_ipv4()
    }

    pub(super) fn has_port(&self, port: u16) -> bool {
        port != 0 && (self.lower.1 == port || self.upper.1 == port)
    }
}

impl Headers {
    fn read(bytes: &[u8]) -> Option<Self> {
        let network = match bytes.first()? >> 4 {
            4 => Network::read_v4(bytes),
            6 => Network::read_v6(bytes),
            _ => None,
        }?;
        let payload = bytes.get(network.payload_at..).unwrap_or_default();
        // Only the first fragment has what follows the IP header.
        let whole = network.fragment.is_none_or(|offset| offset == 0);
        let has_ports = whole && matches!(network.protocol, Flow::TCP | Flow::UDP);
        let ports = if has_ports { u16_at(payload, 0).zip(u16_at(payload, 2)) } else { None };
        let (source_port, destination_port) = ports.unwrap_or_default();
        Some(Self {
            flow: Flow::new(network.protocol, (network.source, source_port), (network.destination, destination_port)),
            dscp: network.traffic_class >> 2,
            fragment: network.fragment.is_some(),
            payload_at: network.payload_at,
            tcp: if whole && network.protocol == Flow::TCP { Tcp::read(payload) } else { None },
        })
    }
}

impl Tcp {
    fn read(segment: &[u8]) -> Option<Self> {
        let header_bytes = usize::from(segment.get(12)? >> 4) * 4;
        let flags = segment.get(13)?;
        Some(Self {
            begins: flags & (SYN | ACK) == SYN,
            payload_bytes: segment.len().saturating_sub(header_bytes) as u64,
        })
    }
}

/// What IP itself says, of either version.
struct Network {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    traffic_class: u8,
    /// Offset of this part of a larger packet.
    fragment: Option<u16>,
    payload_at: usize,
}

impl Network {
    fn read_v4(bytes: &[u8]) -> Option<Self> {
        let fragment = u16_at(bytes, 6)?;
        let (more, offset) = (fragment & 0x2000 != 0, fragment & 0x1fff);
        Some(Self {
            source: Ipv4Addr::from(array_at::<4>(bytes, 12)?).into(),
            destination: Ipv4Addr::from(array_at::<4>(bytes, 16)?).into(),
            protocol: *bytes.get(9)?,
            traffic_class: *bytes.get(1)?,
            fragment: (more || offset != 0).then_some(offset),
            payload_at: usize::from(bytes.first()? & 0x0f) * 4,
        })
    }

    fn read_v6(bytes: &[u8]) -> Option<Self> {
        let [_, traffic_class] = (u16_at(bytes, 0)? >> 4).to_be_bytes();
        let mut network = Self {
            source: Ipv6Addr::from(array_at::<16>(bytes, 8)?).into(),
            destination: Ipv6Addr::from(array_at::<16>(bytes, 24)?).into(),
            protocol: *bytes.get(6)?,
            traffic_class,
            fragment: None,
            payload_at: 40,
        };
        while network.skip_extension(bytes).is_some() {}
        Some(network)
    }

    /// Goes past one extension header of IPv6; `None` where there is none, it is cut off, or a later fragment begins.
    fn skip_extension(&mut self, bytes: &[u8]) -> Option<()> {
        if self.fragment.is_some_and(|offset| offset != 0) {
            return None;
        }
        let next = *bytes.get(self.payload_at)?;
        let length = usize::from(*bytes.get(self.payload_at + 1)?);
        self.payload_at += match self.protocol {
            HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS => (length + 1) * 8,
            AUTHENTICATION => (length + 2) * 4,
            FRAGMENT => {
                self.fragment = Some(u16_at(bytes, self.payload_at + 2)? >> 3);
                8
            }
            _ => return None,
        };
        self.protocol = next;
        Some(())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_be_bytes)
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// RFC 9293, section 3.1.
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
/// <https://www.iana.org/assignments/ipv6-parameters>, extension header types.
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION_OPTIONS: u8 = 60;

#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod tests;
