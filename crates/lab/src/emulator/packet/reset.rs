//! A TCP reset in the name of whom a packet was for, as a filter sends it that does not want to be seen.

use super::{ACK, Network, Packet, Way, array_at, u16_at};

impl Packet {
    /// The reset that answers this packet (RFC 9293, section 3.10.7.1); none for what is no TCP.
    pub(in crate::emulator) fn reset(&self) -> Option<Self> {
        let headers = self.headers()?;
        let tcp = headers.tcp?;
        let network =
            if headers.flow.is_ipv4() { Network::read_v4(&self.bytes) } else { Network::read_v6(&self.bytes) }?;
        let segment = self.bytes.get(headers.payload_at..)?;
        let number = |at| array_at::<4>(segment, at).map(u32::from_be_bytes);
        let (ours, theirs, flags) = (number(4)?, number(8)?, *segment.get(13)?);
        let sequence = if flags & ACK == 0 { 0 } else { theirs };
        let taken = u32::try_from(tcp.payload_bytes).ok()? + u32::from(tcp.begins);

        let mut reset = Vec::with_capacity(TCP_BYTES.into());
        for port in [u16_at(segment, 2)?, u16_at(segment, 0)?] {
            reset.extend(port.to_be_bytes());
        }
        reset.extend(sequence.to_be_bytes());
        reset.extend(ours.wrapping_add(taken).to_be_bytes());
        reset.extend([0x50, RST | ACK, 0, 0, 0, 0, 0, 0]);
        let bytes = addressed(&network, reset);
        let way = match self.way {
            Way::ToClient => Way::ToServer,
            Way::ToServer => Way::ToClient,
        };
        Some(Self::new(way, bytes))
    }
}

/// The segment with its checksum, in a packet back to where `network` came from.
fn addressed(network: &Network, mut segment: Vec<u8>) -> Vec<u8> {
    use std::net::IpAddr::{V4, V6};

    let addresses = match (network.destination, network.source) {
        (V4(from), V4(to)) => [from.octets(), to.octets()].concat(),
        (V6(from), V6(to)) => [from.octets(), to.octets()].concat(),
        _ => Vec::new(),
    };
    let pseudo = [addresses.as_slice(), &[0, TCP, 0, TCP_BYTES], segment.as_slice()].concat();
    segment.splice(16..18, checksum(&pseudo).to_be_bytes());
    let mut packet = if network.source.is_ipv4() {
        let mut header = vec![0x45, 0, 0, 20 + TCP_BYTES, 0, 0, 0x40, 0, TTL, TCP, 0, 0];
        header.extend(&addresses);
        let sum = checksum(&header);
        header.splice(10..12, sum.to_be_bytes());
        header
    } else {
        let mut header = vec![0x60, 0, 0, 0, 0, TCP_BYTES, TCP, TTL];
        header.extend(&addresses);
        header
    };
    packet.extend(segment);
    packet
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

const TCP: u8 = 6;
const RST: u8 = 0x04;
const TTL: u8 = 64;
/// Of a header without options.
const TCP_BYTES: u8 = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::packet::sample::{DATA, tcp, udp, v4, v6};

    #[test]
    fn a_reset_goes_back_and_adds_up() {
        for bytes in [v4(0, 0, 6, 0, &tcp(40_000, 443, DATA, 100)), v6(0, 6, &tcp(40_000, 443, DATA, 100))] {
            let packet = Packet::new(Way::ToServer, bytes);
            let reset = packet.reset().unwrap();
            assert_eq!(reset.way, Way::ToClient);
            assert_eq!(reset.headers().unwrap().flow, packet.headers().unwrap().flow);
            let at = reset.headers().unwrap().payload_at;
            let segment = &reset.bytes()[at..];
            assert_eq!((u16_at(segment, 0), u16_at(segment, 2)), (Some(443), Some(40_000)));
            assert_eq!((array_at::<4>(segment, 8).unwrap(), segment[13]), ([0, 0, 0, 100], RST | ACK));
            let addresses = if at == 20 { &reset.bytes()[12..20] } else { &reset.bytes()[8..40] };
            let pseudo = [addresses, &[0, TCP, 0, 20], segment].concat();
            assert_eq!(checksum(&pseudo), 0, "a sum over itself is nothing");
            assert!(at != 20 || checksum(&reset.bytes()[..20]) == 0);
        }
        let datagram = Packet::new(Way::ToServer, v4(0, 0, 17, 0, &udp(40_000, 53, 30)));
        assert_eq!(datagram.reset(), None);
    }
}
