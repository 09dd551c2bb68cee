//! Each criterion takes what it should and leaves the rest.

use super::*;
use crate::emulator::packet::Way;
use crate::emulator::packet::sample::{DATA, answer, sized, tcp, udp, v4, v6};

fn takes(selector: &str, bytes: &[u8]) -> bool {
    let selector: Selector = toml::from_str(selector).unwrap();
    selector.takes(&Packet::new(Way::ToClient, bytes.to_vec()))
}

#[test]
fn each_criterion_tells_packets_apart() {
    let ssh4 = v4(0x48, 0, 6, 0, &tcp(22, 40_000, DATA, 10));
    let ssh6 = v6(0x48, 6, &tcp(40_000, 22, DATA, 10));
    let dns = v4(0, 0, 17, 0, &udp(40_000, 53, 30));
    let ping = v6(0, 58, &[128, 0, 0, 0, 0, 0, 0, 0]);
    let part = v4(0, 0x2000, 17, 0, &udp(40_000, 8_472, 30));
    let all = [&ssh4, &ssh6, &dns, &ping, &part];
    for (selector, expected) in [
        ("", [true, true, true, true, true]),
        ("port = 22", [true, true, false, false, false]),
        ("port = 8472", [false, false, false, false, true]),
        ("protocol = 'tcp'", [true, true, false, false, false]),
        ("protocol = 'udp'", [false, false, true, false, true]),
        ("protocol = 'icmp'", [false, false, false, true, false]),
        ("family = 'ipv4'", [true, false, true, false, true]),
        ("family = 'ipv6'", [false, true, false, true, false]),
        ("dscp = 'any'", [true, true, false, false, false]),
        ("dscp = 18", [true, true, false, false, false]),
        ("dscp = 0", [false, false, true, true, true]),
        ("fragment = true", [false, false, false, false, true]),
        ("fragment = false", [true, true, true, true, false]),
        ("port = 22\nfamily = 'ipv6'", [false, true, false, false, false]),
    ] {
        assert_eq!(all.map(|bytes| takes(selector, bytes)), expected, "{selector}");
    }
}

#[test]
fn lengths_include_their_limits() {
    for (bytes, at_least, at_most) in [(1_399, false, true), (1_400, true, true), (1_401, true, false)] {
        assert_eq!(takes("min_bytes = 1400", &sized(bytes)), at_least, "{bytes}");
        assert_eq!(takes("max_bytes = 1400", &sized(bytes)), at_most, "{bytes}");
    }
}

#[test]
fn letters_are_found_wherever_they_stand() {
    let hello = |name: &[u8]| {
        let mut packet = v4(0, 0, 6, 0, &tcp(40_000, 443, DATA, 60));
        packet.splice(70..70 + name.len(), name.iter().copied());
        packet
    };
    assert!(takes("contains = 'git.lab'", &hello(b"git.lab.test")));
    assert!(!takes("contains = 'git.lab'", &hello(b"www.lab.test")));
    assert!(!takes("contains = 'git.lab'", &[]));
}

#[test]
fn a_share_of_flows_is_that_share_and_the_same_both_ways() {
    let share: Selector = toml::from_str("flows = '25%'").unwrap();
    let mut taken = 0_u32;
    for port in 10_000..14_000 {
        let packet = v4(0, 0, 6, 0, &tcp(port, 22, DATA, 10));
        let (there, back) = (Packet::new(Way::ToServer, packet.clone()), Packet::new(Way::ToClient, answer(&packet)));
        assert_eq!(share.takes(&there), share.takes(&back), "{port}");
        taken += u32::from(share.takes(&there));
    }
    // 99.9 % of a binomial distribution: 1000 ± 3.29 × 27.4.
    assert!((910..=1_090).contains(&taken), "{taken}");
    let (none, every) = ("flows = '0%'", "flows = '100%'");
    assert!(!takes(none, &sized(100)) && takes(every, &sized(100)));
}

#[test]
fn what_is_no_ip_is_taken_only_where_nothing_is_asked_about_headers() {
    let nonsense = [0; 50];
    assert!(takes("", &nonsense) && takes("max_bytes = 50", &nonsense));
    for selector in
        ["port = 22", "protocol = 'tcp'", "family = 'ipv4'", "dscp = 0", "fragment = false", "flows = '100%'"]
    {
        assert!(!takes(selector, &nonsense), "{selector}");
    }
}
