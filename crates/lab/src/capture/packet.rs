//! Ethernet frames as packets of UDP and TCP, in IPv4 (RFC 791) and IPv6 (RFC 8200).
//!
//! Refuses fragments and extension headers: no stage's first or last byte is in one on the laboratory's path.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Moment;
use super::frame::Frame;

/// A packet that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// When.
    pub at: Moment,
    /// Who sent it.
    pub from: SocketAddr,
    /// For whom it was.
    pub to: SocketAddr,
    /// What was in it.
    pub content: Content,
}

/// What a packet carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A datagram's payload.
    Udp(Vec<u8>),
    /// A segment.
    Tcp(Tcp),
}

/// A TCP segment (RFC 9293, 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tcp {
    /// Of its first byte, or of its SYN.
    pub sequence: u32,
    /// It begins a direction.
    pub syn: bool,
    /// It acknowledges.
    pub ack: bool,
    /// It ends a direction, or the whole connection at once.
    pub ends: bool,
    /// Its bytes.
    pub payload: Vec<u8>,
}

impl Packet {
    /// The packet in a frame; `None` for what is neither UDP nor TCP.
    pub(super) fn read(frame: &Frame<'_>) -> Option<Self> {
        let (source, destination, protocol, inner) = match u16_at(frame.bytes, 12)? {
            IPV4 => read_v4(frame.bytes.get(ETHERNET_HEADER..)?)?,
            IPV6 => read_v6(frame.bytes.get(ETHERNET_HEADER..)?)?,
            _ => return None,
        };
        let content = match protocol {
            UDP => Content::Udp(inner.get(8..)?.to_vec()),
            TCP => Content::Tcp(read_tcp(inner)?),
            _ => return None,
        };
        let (from, to) = (SocketAddr::new(source, u16_at(inner, 0)?), SocketAddr::new(destination, u16_at(inner, 2)?));
        Some(Self { at: frame.at, from, to, content })
    }
}

type Network<'a> = (IpAddr, IpAddr, u8, &'a [u8]);

/// The total length matters: short frames are padded.
fn read_v4(bytes: &[u8]) -> Option<Network<'_>> {
    if u16_at(bytes, 6)? & 0x3fff != 0 {
        return None;
    }
    let header_bytes = usize::from(bytes.first()? & 0x0f) * 4;
    let inner = bytes.get(header_bytes..usize::from(u16_at(bytes, 2)?))?;
    let address = |at| array_at::<4>(bytes, at).map(Ipv4Addr::from);
    Some((address(12)?.into(), address(16)?.into(), *bytes.get(9)?, inner))
}

fn read_v6(bytes: &[u8]) -> Option<Network<'_>> {
    let inner = bytes.get(40..)?.get(..usize::from(u16_at(bytes, 4)?))?;
    let address = |at| array_at::<16>(bytes, at).map(Ipv6Addr::from);
    Some((address(8)?.into(), address(24)?.into(), *bytes.get(6)?, inner))
}

fn read_tcp(segment: &[u8]) -> Option<Tcp> {
    let flags = *segment.get(13)?;
    Some(Tcp {
        sequence: array_at(segment, 4).map(u32::from_be_bytes)?,
        syn: flags & 0x02 != 0,
        ack: flags & 0x10 != 0,
        ends: flags & 0x05 != 0,
        payload: segment.get(usize::from(*segment.get(12)? >> 4) * 4..)?.to_vec(),
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_be_bytes)
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

const ETHERNET_HEADER: usize = 14;
/// `EtherType`s (IANA, "IEEE 802 Numbers").
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
/// IANA, "Protocol Numbers".
const TCP: u8 = 6;
const UDP: u8 = 17;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Packet> {
        Packet::read(&Frame { at: Moment::new(1, 0), bytes })
    }

    /// Ethernet header, IPv4 header of 20 bytes, TCP header of 20 bytes, `hi`, and padding.
    fn segment() -> Vec<u8> {
        let mut frame = vec![0; 12];
        frame.extend([0x08, 0x00, 0x45, 0, 0, 42, 0, 0, 0x40, 0, 64, 6, 0, 0, 198, 18, 0, 2, 198, 18, 2, 2]);
        frame.extend([0x9c, 0x40, 0, 22, 0, 0, 1, 0, 0, 0, 0, 9, 0x50, 0x18, 0, 1, 0, 0, 0, 0]);
        frame.extend(b"hi\0\0\0\0");
        frame
    }

    #[test]
    fn a_segment_is_read_without_the_padding_of_its_frame() {
        let packet = read(&segment()).unwrap();
        assert_eq!((packet.from, packet.to), ("198.18.0.2:40000".parse().unwrap(), "198.18.2.2:22".parse().unwrap()));
        let tcp = Tcp { sequence: 256, syn: false, ack: true, ends: false, payload: b"hi".to_vec() };
        assert_eq!(packet.content, Content::Tcp(tcp));
    }

    #[test]
    fn a_datagram_of_ipv6_is_read() {
        let mut frame = vec![0; 12];
        frame.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 10, 17, 64]);
        let address = |last: u8| [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
        frame.extend(address(2));
        frame.extend(address(53));
        frame.extend([0x80, 0, 0, 53, 0, 10, 0, 0, b'o', b'k']);
        let packet = read(&frame).unwrap();
        assert_eq!((packet.to, packet.content), ("[2001:db8::35]:53".parse().unwrap(), Content::Udp(b"ok".to_vec())));
    }

    #[test]
    fn what_is_cut_off_or_a_fragment_or_neither_is_no_packet() {
        let whole = segment();
        for length in 0..whole.len() - 4 {
            assert_eq!(read(&whole[..length]), None, "{length} bytes");
        }
        let mut fragment = segment();
        fragment[20] = 0x20;
        assert_eq!(read(&fragment), None);
        let mut icmp = segment();
        icmp[23] = 1;
        assert_eq!(read(&icmp), None);
    }
}
