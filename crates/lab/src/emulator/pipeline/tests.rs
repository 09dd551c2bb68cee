//! Impairments in a row: order, time, selection, counting, and a change of plan.

use std::time::Duration;

use super::*;
use crate::emulator::packet::sample::sized;

/// A pipeline with a clock that the test turns.
struct Trial {
    pipeline: Pipeline,
    begun: Instant,
}

impl Trial {
    fn new(tables: &[&str]) -> Self {
        let begun = Instant::now();
        Self { pipeline: Pipeline::new(plan(tables), begun), begun }
    }

    fn at(&self, micros: u64) -> Instant {
        self.begun + Duration::from_micros(micros)
    }

    fn offer(&mut self, micros: u64, way: Way, bytes: usize) {
        self.pipeline.offer(self.at(micros), way, sized(bytes));
    }

    /// All that arrives until a time: when, in microseconds, and of what size.
    fn until(&mut self, micros: u64) -> Vec<(u128, usize)> {
        let mut arrived = Vec::new();
        while let Some(due) = self.pipeline.next_due().filter(|due| *due <= self.at(micros)) {
            let time = due.duration_since(self.begun).as_micros();
            arrived.extend(self.pipeline.take(due).map(|packet| (time, packet.bytes().len())));
        }
        arrived
    }
}

fn plan(tables: &[&str]) -> LinkPlan {
    LinkPlan::new(tables.iter().map(|table| toml::from_str(table).unwrap()).collect())
}

#[test]
fn without_impairments_all_arrives_at_once_and_in_order() {
    let mut trial = Trial::new(&[]);
    for bytes in [100, 200, 300] {
        trial.offer(5, Way::ToClient, bytes);
    }
    assert_eq!(trial.until(5), [(5, 100), (5, 200), (5, 300)]);
    assert_eq!(trial.pipeline.next_due(), None);
}

#[test]
fn nothing_arrives_before_its_time() {
    let mut trial = Trial::new(&["delay = '10ms'"]);
    trial.offer(0, Way::ToServer, 100);
    assert_eq!(trial.pipeline.take(trial.at(9_999)), None);
    assert!(trial.pipeline.take(trial.at(10_000)).is_some());
}

#[test]
fn impairments_meet_a_packet_one_after_the_other_in_the_order_of_the_plan() {
    let (slow, far) = ("rate = '1mbit'", "delay = '10ms'");
    let mut trial = Trial::new(&[slow, far]);
    trial.offer(0, Way::ToClient, 1_500);
    trial.offer(0, Way::ToClient, 1_500);
    assert_eq!(trial.until(100_000), [(22_000, 1_500), (34_000, 1_500)]);
    // A queue sees packets in the order in which they reach it, not in which they set out.
    let mut trial = Trial::new(&["reorder = '100%'\nmatch = { max_bytes = 125 }\nby = '5ms'", slow]);
    trial.offer(0, Way::ToClient, 125);
    trial.offer(1_000, Way::ToClient, 250);
    assert_eq!(trial.until(100_000), [(3_000, 250), (6_000, 125)]);
}

#[test]
fn a_direction_and_a_selector_spare_the_others() {
    let mut trial = Trial::new(&["drop = true\ndirection = 'to-client'\nmatch = { min_bytes = 1401 }"]);
    for way in [Way::ToClient, Way::ToServer] {
        trial.offer(0, way, 1_400);
        trial.offer(0, way, 1_401);
    }
    assert_eq!(trial.until(0), [(0, 1_400), (0, 1_400), (0, 1_401)]);
    let counters = trial.pipeline.counters();
    assert_eq!((counters.to_client.packets_in, counters.to_client.packets_out), (2, 1));
    assert_eq!((counters.to_server.bytes_in, counters.to_server.bytes_out), (2_801, 2_801));
    assert_eq!(counters.impairments, [ImpairmentCounters { matched: 1, acted: 1 }]);
}

#[test]
fn a_doubled_packet_meets_what_is_left_twice() {
    let mut trial = Trial::new(&["duplicate = '100%'", "delay = '1ms'"]);
    trial.offer(0, Way::ToClient, 100);
    assert_eq!(trial.until(1_000), [(1_000, 100), (1_000, 100)]);
    assert_eq!(trial.pipeline.counters().impairments.iter().map(|each| each.matched).collect::<Vec<u64>>(), [1, 2]);
}

#[test]
fn the_same_seed_brings_the_same_fate_and_another_another() {
    let fate = |seed| {
        let mut trial = Trial::new(&[]);
        trial.pipeline.set(LinkPlan { seed, ..plan(&["loss = '50%'"]) }, trial.begun);
        (100..200).for_each(|bytes| trial.offer(0, Way::ToClient, bytes));
        trial.until(0)
    };
    assert_eq!(fate(1), fate(1));
    assert_ne!(fate(1), fate(2));
    let twice = {
        let mut trial = Trial::new(&["loss = '50%'", "loss = '50%'"]);
        (0..1_000).for_each(|_| trial.offer(0, Way::ToClient, 100));
        trial.until(0).len()
    };
    assert!((200..300).contains(&twice), "two coins, not one twice: {twice}");
}

#[test]
fn a_new_plan_keeps_what_stays_and_recalls_nothing() {
    let (slow, wall) = ("rate = '1mbit'", "drop = true");
    let mut trial = Trial::new(&[slow]);
    trial.offer(0, Way::ToClient, 1_500);
    trial.pipeline.set(plan(&[slow, "loss = '0%'"]), trial.at(1));
    trial.offer(1, Way::ToClient, 1_500);
    assert_eq!(trial.until(50_000), [(12_000, 1_500), (24_000, 1_500)], "the queue is still the same");
    assert_eq!(trial.pipeline.counters().impairments.first().map(|slow| slow.matched), Some(2));

    trial.offer(50_000, Way::ToClient, 1_500);
    assert_eq!(trial.until(50_000), []);
    trial.pipeline.set(plan(&[wall]), trial.at(50_001));
    trial.offer(50_001, Way::ToClient, 100);
    assert_eq!(trial.until(100_000), [(62_000, 1_500)], "what was on its way arrives");
    assert_eq!(trial.pipeline.counters().impairments, [ImpairmentCounters { matched: 1, acted: 1 }]);
}

#[test]
fn more_than_the_bound_is_not_held_and_is_said() {
    let mut trial = Trial::new(&["delay = '10s'"]);
    let fits = MOST_HELD_BYTES / 60_000;
    (0..fits + 3).for_each(|_| trial.offer(0, Way::ToClient, 60_000));
    assert_eq!(trial.until(0), []);
    assert_eq!(trial.pipeline.counters().overflowed, 3);
    assert_eq!(trial.until(20_000_000).len(), fits);
}

#[test]
fn a_rate_counts_only_whom_it_made_wait_or_dropped() {
    // 1,000 bytes take 1 ms.
    let mut trial = Trial::new(&["rate = '8mbit'\nqueue = '2000B'"]);
    let acted = |trial: &Trial| trial.pipeline.counters().impairments[0].acted;
    for micros in [0, 5_000] {
        trial.offer(micros, Way::ToServer, 1_000);
        assert_eq!(trial.until(micros + 1_000), [(u128::from(micros) + 1_000, 1_000)]);
    }
    assert_eq!(acted(&trial), 0, "the wire was idle for both");
    for _ in 0..4 {
        trial.offer(10_000, Way::ToServer, 1_000);
    }
    assert_eq!(trial.until(20_000), [(11_000, 1_000), (12_000, 1_000)]);
    assert_eq!(acted(&trial), 3, "one waits, and two find the queue full");
}
