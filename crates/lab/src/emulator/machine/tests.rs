//! Each effect alone, in time that exists only here.

use std::time::Duration;

use super::*;
use crate::emulator::packet::sample::{DATA, SYN, answer, sized, tcp, udp, v4, v6};

/// A machine with a clock.
struct Trial {
    machine: Box<dyn Machine>,
    begun: Instant,
}

impl Trial {
    fn new(table: &str) -> Self {
        let impairment: crate::emulator::Impairment = toml::from_str(table).unwrap();
        let begun = Instant::now();
        Self { machine: impairment.effect.machine(7, begun), begun }
    }

    /// The verdict at a time in microseconds since the beginning.
    fn judge(&mut self, micros: u64, packet: &mut Packet) -> Verdict {
        self.machine.judge(self.begun + Duration::from_micros(micros), packet)
    }

    /// When a packet of this size that comes at this time goes on, in microseconds.
    fn held(&mut self, micros: u64, bytes: usize) -> Option<u128> {
        match self.judge(micros, &mut down(sized(bytes))) {
            Verdict::Hold(due) | Verdict::Carry(due) => Some(due.duration_since(self.begun).as_micros()),
            Verdict::Drop => None,
            other => panic!("{other:?}"),
        }
    }

    fn passes(&mut self, micros: u64, packet: &Packet) -> bool {
        self.judge(micros, &mut packet.clone()) == Verdict::Pass
    }
}

fn down(bytes: Vec<u8>) -> Packet {
    Packet::new(Way::ToClient, bytes)
}

fn up(bytes: Vec<u8>) -> Packet {
    Packet::new(Way::ToServer, bytes)
}

#[test]
fn delay_delays_and_jitter_spreads_without_overtaking() {
    assert_eq!(Trial::new("delay = '10ms'").held(5, 100), Some(10_005));
    let mut trial = Trial::new("delay = '10ms'\njitter = '3ms'");
    let times: Vec<u128> = (0..1_000).map(|number| trial.held(number * 10_000, 100).unwrap()).collect();
    let delays: Vec<u128> = (0..).zip(&times).map(|(number, time)| time - number * 10_000).collect();
    assert!(delays.iter().all(|delay| (7_000..=13_000).contains(delay)));
    assert!(delays.iter().min().unwrap() < &7_100 && delays.iter().max().unwrap() > &12_900);
    let mut close = Trial::new("delay = '10ms'\njitter = '3ms'");
    let times: Vec<u128> = (0..1_000).map(|number| close.held(number * 10, 100).unwrap()).collect();
    assert!(times.is_sorted());
}

#[test]
fn shares_are_as_chance_allows() {
    for (table, verdict) in [
        ("loss = '2%'", Verdict::Drop),
        ("duplicate = '2%'", Verdict::Double),
        ("corrupt = '2%'", Verdict::Alter),
        ("reorder = '2%'", Verdict::Hold(Instant::now())),
    ] {
        let mut trial = Trial::new(table);
        let mut acted = 0;
        for _ in 0..20_000 {
            match (trial.judge(0, &mut down(sized(100))), verdict) {
                (Verdict::Pass, _) => {}
                (Verdict::Hold(due), Verdict::Hold(_)) => {
                    assert_eq!(due, trial.begun + Duration::from_millis(3));
                    acted += 1;
                }
                (found, expected) => {
                    assert_eq!(found, expected, "{table}");
                    acted += 1;
                }
            }
        }
        // 99.9 % of a binomial distribution: 400 ± 3.29 × 19.8.
        assert!((335..=465).contains(&acted), "{table}: {acted}");
    }
}

#[test]
fn nothing_and_everything_are_exact() {
    let count = |table: &str| {
        let mut trial = Trial::new(table);
        (0..5_000).filter(|_| !trial.passes(0, &down(sized(100)))).count()
    };
    assert_eq!((count("loss = '0%'"), count("loss = '100%'"), count("drop = true")), (0, 5_000, 5_000));
}

#[test]
fn bursts_have_the_share_and_the_length_of_their_model() {
    let mut trial = Trial::new("burst = { enter = '1%', leave = '10%' }");
    let lost: Vec<bool> = (0..200_000).map(|_| !trial.passes(0, &down(sized(100)))).collect();
    let total = lost.iter().filter(|lost| **lost).count() as f64;
    let bursts = lost.windows(2).filter(|pair| pair == &[false, true]).count() as f64;
    // enter / (enter + leave) and 1 / leave.
    assert!((total / 200_000.0 - 1.0 / 11.0).abs() < 0.01, "{total}");
    assert!((total / bursts - 10.0).abs() < 1.0, "{total} in {bursts}");
}

#[test]
fn each_way_has_its_own_chance() {
    let mut trial = Trial::new("loss = '50%'");
    let fates = [down(sized(100)), up(sized(100))]
        .map(|packet| (0..64).map(|_| trial.passes(0, &packet)).collect::<Vec<bool>>());
    assert_ne!(fates[0], fates[1]);
    let mut again = Trial::new("loss = '50%'");
    let up_first: Vec<bool> = (0..64).map(|_| again.passes(0, &up(sized(100)))).collect();
    assert_eq!(up_first, fates[1], "what goes one way must not change the fate of what goes the other");
}

#[test]
fn an_outage_is_shut_at_the_end_of_each_period() {
    let mut trial = Trial::new("outage = { every = '3s', lasts = '300ms' }");
    for (milliseconds, open) in
        [(0, true), (2_699, true), (2_700, false), (2_999, false), (3_000, true), (5_700, false)]
    {
        assert_eq!(trial.passes(milliseconds * 1_000, &down(sized(100))), open, "{milliseconds}");
    }
}

#[test]
fn corruption_flips_one_bit_beyond_the_header() {
    let mut trial = Trial::new("corrupt = '100%'");
    for whole in [v4(0, 0, 6, 8, &tcp(1, 2, DATA, 40)), v6(0, 6, &tcp(1, 2, DATA, 40))] {
        let header = whole.len() - 72;
        for _ in 0..500 {
            let mut packet = down(whole.clone());
            assert_eq!(trial.judge(0, &mut packet), Verdict::Alter);
            let flipped: u32 = whole.iter().zip(packet.bytes()).map(|(was, is)| (was ^ is).count_ones()).sum();
            assert_eq!(flipped, 1);
            assert_eq!(packet.bytes().get(..header), whole.get(..header));
        }
    }
    assert!(trial.passes(0, &down(v4(0, 0, 6, 0, &[]))), "nothing to spoil");
}

#[test]
fn a_queue_serialises_and_refuses_what_it_cannot_hold() {
    // 1500 bytes take 12 ms.
    let mut trial = Trial::new("rate = '1mbit'\nqueue = '4500B'");
    assert_eq!(trial.held(0, 1_500), Some(12_000));
    assert_eq!(trial.held(0, 1_500), Some(24_000));
    assert_eq!(trial.held(1_000, 1_500), Some(36_000));
    assert_eq!(trial.held(1_000, 1_500), None, "the fourth exceeds the queue");
    assert_eq!(trial.held(1_000, 125), Some(37_000), "a small one still fits");
    assert_eq!(trial.held(12_000, 1_375), Some(48_000), "as much fits again as has left");
    assert_eq!(trial.held(100_000, 1_500), Some(112_000), "an idle time gives no credit");
    assert_eq!(Trial::new("rate = '1mbit'\nqueue = '1B'").held(0, 1_500), Some(12_000), "an idle wire takes it");
}

#[test]
fn a_policer_lets_a_burst_through_and_then_its_rate_without_waiting() {
    let mut trial = Trial::new("police = '1mbit'\nburst = '4500B'");
    let full = down(sized(1_500));
    let fates: Vec<bool> = (0..4).map(|_| trial.passes(0, &full)).collect();
    assert_eq!(fates, [true, true, true, false]);
    assert!(!trial.passes(11_999, &full));
    assert!(trial.passes(12_000, &full));
    let passed = (0..1_000).filter(|number| trial.passes(20_000 + number * 1_000, &full)).count();
    // 1 s at 1 Mbit/s is 83 packets, and the 8 ms before had saved up some.
    assert!((83..=85).contains(&passed), "{passed}");
}

#[test]
fn a_flow_freezes_at_its_byte_and_for_good_both_ways() {
    let mut trial = Trial::new("freeze_after = '3000B'");
    let segment = |port, payload| down(v4(0, 0, 6, 0, &tcp(22, port, DATA, payload)));
    assert!(trial.passes(0, &segment(5_000, 1_500)) && trial.passes(0, &segment(5_000, 1_500)));
    assert!(trial.passes(0, &segment(5_000, 0)), "exactly the allowance: an ACK still passes");
    let ack = up(answer(segment(5_000, 0).bytes()));
    assert!(trial.passes(0, &ack));
    assert!(!trial.passes(0, &segment(5_000, 1)), "one byte more does not");
    assert!(!trial.passes(0, &segment(5_000, 0)) && !trial.passes(0, &ack), "and then nothing at all");
    assert!(trial.passes(0, &segment(5_001, 1_500)), "another flow is another count");
    assert!(trial.passes(0, &down(v4(0, 0, 17, 0, &udp(22, 5_000, 9_000)))), "UDP is none of it");
    let begin = up(answer(&v4(0, 0, 6, 0, &tcp(22, 5_000, SYN, 0))));
    assert!(trial.passes(0, &begin) && trial.passes(0, &segment(5_000, 3_000)), "a SYN begins anew");
}

#[test]
fn each_way_of_a_flow_has_an_allowance_of_its_own() {
    let mut trial = Trial::new("freeze_after = '1000B'");
    let there = up(v6(0, 6, &tcp(5_000, 22, DATA, 700)));
    let back = down(answer(there.bytes()));
    assert!(trial.passes(0, &there) && trial.passes(0, &back));
    assert!(!trial.passes(0, &there) && !trial.passes(0, &back));
}

#[test]
fn an_idle_flow_is_forgotten_until_it_begins_anew() {
    let mut trial = Trial::new("idle_cut = '3s'");
    let segment = |flags| up(v6(0, 6, &tcp(5_000, 22, flags, 10)));
    let back = down(answer(segment(DATA).bytes()));
    assert!(trial.passes(0, &segment(DATA)), "a flow older than the fault");
    assert!(trial.passes(2_999_999, &back), "the other way keeps it awake too");
    assert!(trial.passes(5_900_000, &segment(DATA)));
    assert!(!trial.passes(8_900_000, &segment(DATA)) && !trial.passes(8_900_001, &back));
    assert!(!trial.passes(8_900_002, &segment(DATA)), "trying again does not wake it");
    assert!(trial.passes(9_000_000, &segment(SYN)) && trial.passes(9_000_001, &segment(DATA)));
    assert!(trial.passes(99_000_000, &up(v6(0, 17, &udp(1, 2, 3)))), "UDP has no beginning to know it by");
}
