//! What is read in good packets, and that no packet is bad enough to panic.

use super::sample::{DATA, SYN, SYN_ACK, answer, tcp, udp, v4, v6};
use super::*;

fn read(bytes: &[u8]) -> Headers {
    Headers::read(bytes).unwrap()
}

#[test]
fn tcp_is_read_in_both_families() {
    for bytes in [v4(0xb8, 0, 6, 0, &tcp(40_000, 22, DATA, 100)), v6(0xb8, 6, &tcp(40_000, 22, DATA, 100))] {
        let headers = read(&bytes);
        assert_eq!(headers.tcp, Some(Tcp { begins: false, payload_bytes: 100 }));
        assert_eq!((headers.dscp, headers.fragment, headers.flow.protocol), (46, false, Flow::TCP));
        assert!(headers.flow.has_port(22) && headers.flow.has_port(40_000) && !headers.flow.has_port(443));
        assert_eq!(headers.flow.is_ipv4(), bytes.len() == 20 + 32 + 100);
    }
}

#[test]
fn both_ways_are_one_flow_and_another_port_is_another() {
    for bytes in [v4(0, 0, 6, 0, &tcp(40_000, 22, DATA, 9)), v6(0, 17, &udp(40_000, 53, 9))] {
        assert_ne!(bytes, answer(&bytes));
        assert_eq!(read(&bytes).flow, read(&answer(&bytes)).flow);
    }
    let flows = [40_000, 40_001].map(|port| read(&v4(0, 0, 6, 0, &tcp(port, 22, DATA, 9))).flow);
    assert_ne!(flows[0], flows[1]);
}

#[test]
fn only_a_syn_without_ack_begins() {
    let begins = |flags| read(&v6(0, 6, &tcp(1, 2, flags, 0))).tcp.unwrap().begins;
    assert!(begins(SYN) && !begins(SYN_ACK) && !begins(DATA));
    // Explicit congestion notification asks with two more flags.
    assert!(begins(SYN | 0xc0));
}

#[test]
fn options_and_extension_headers_are_skipped() {
    let headers = read(&v4(0, 0, 6, 8, &tcp(40_000, 22, DATA, 5)));
    assert_eq!((headers.payload_at, headers.tcp.unwrap().payload_bytes), (28, 5));
    // Hop by hop (8 bytes), destination options (16), authentication (12), then TCP.
    let mut payload = vec![60, 0, 0, 0, 0, 0, 0, 0];
    payload.extend([51, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    payload.extend([6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    payload.extend(tcp(40_000, 22, DATA, 5));
    let headers = read(&v6(0, 0, &payload));
    assert_eq!((headers.payload_at, headers.tcp.unwrap().payload_bytes), (40 + 36, 5));
    assert!(headers.flow.has_port(22) && !headers.fragment);
}

#[test]
fn of_fragments_only_the_first_has_ports() {
    let v6_part = |field: u16| {
        let mut payload = vec![17, 0];
        payload.extend(field.to_be_bytes());
        payload.extend([0, 0, 0, 7]);
        payload.extend(udp(40_000, 8_472, 100));
        v6(0, 44, &payload)
    };
    let v4_part = |field| v4(0, field, 17, 0, &udp(40_000, 8_472, 100));
    for (first, later) in [(v4_part(0x2000), v4_part(0x00b9)), (v6_part(1), v6_part(185 << 3))] {
        let (first, later) = (read(&first), read(&later));
        assert!(first.fragment && first.flow.has_port(8_472));
        assert!(later.fragment && !later.flow.has_port(8_472) && !later.flow.has_port(0));
        assert_eq!(later.flow.protocol, Flow::UDP);
    }
    // "Do not fragment" alone is no fragment.
    assert!(!read(&v4_part(0x4000)).fragment);
}

#[test]
fn packets_cut_anywhere_or_full_of_nonsense_are_read_as_far_as_they_go() {
    let whole =
        [v4(0, 0, 6, 4, &tcp(1, 2, DATA, 3)), v6(0, 0, &[[6, 0, 0, 0, 0, 0, 0, 0].as_slice(), &[1; 30]].concat())];
    for bytes in &whole {
        for end in 0..bytes.len() {
            let mut packet = Packet::new(Way::ToClient, bytes[..end].to_vec());
            assert!(packet.payload_mut().len() <= end);
        }
    }
    assert_eq!(Headers::read(&[]), None);
    assert_eq!(Headers::read(&[0x45; 11]), None);
    assert_eq!(Headers::read(&[0x00; 60]), None);
    let mut random = fastrand::Rng::with_seed(4);
    for _ in 0..20_000 {
        let mut bytes = vec![0; random.usize(1..90)];
        random.fill(&mut bytes);
        bytes[0] = bytes[0] & 0x0f | if random.bool() { 0x40 } else { 0x60 };
        let mut packet = Packet::new(Way::ToServer, bytes);
        let _ = packet.payload_mut();
    }
}
