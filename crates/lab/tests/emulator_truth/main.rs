//! The emulated link does what it says: times, rates and losses, measured from outside over real interfaces.
//!
//! What is measured here is time, so the tests run one after the other, and their threads with real-time priority where
//! the kernel grants it: else they would measure how busy this machine is.

mod computer;
mod path;

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use lab::emulator::LinkPlan;
use lab::programs::announce;

use self::computer::{Watch, hurry, root_or_skip};
use self::path::{IPV4, IPV6, PACKET_BITS, Path, one_way, transfer};

#[test]
fn twenty_milliseconds_are_twenty_milliseconds() {
    let Some(_alone) = root_or_skip() else { return };
    let path = Path::new(effect("delay = '10ms'"));
    let sockets = [path.sockets(IPV4), path.sockets(IPV6)];
    hurry();
    let watch = Watch::begin();
    let mut trips = Vec::new();
    for _ in 0..250 {
        for (near, far) in &sockets {
            let begun = Instant::now();
            let took = one_way(near, far) + one_way(far, near);
            trips.push((begun, Instant::now(), took.abs_diff(RTT)));
        }
    }
    let gaps = watch.end();
    let total = trips.len();
    trips.retain(|(begun, ended, _)| gaps.iter().all(|gap| gap.end < *begun || gap.start > *ended));
    let mut off: Vec<Duration> = trips.into_iter().map(|(.., off)| off).collect();
    off.sort();
    assert!(off.len() * 2 > total, "this machine was taken away during {} of {total} round trips", total - off.len());
    let (median, p99) = (off[off.len() / 2], off[off.len() * 99 / 100]);
    announce(&format!(
        "delay 20 ms: off by {median:?} (median), {p99:?} (p99) in {} of {total} round trips",
        off.len()
    ));
    assert!(p99 < Duration::from_micros(500), "{p99:?}; real time: {}", path.link.is_real_time());
}

#[test]
fn a_rate_is_that_rate_on_the_wire() {
    let Some(_alone) = root_or_skip() else { return };
    for (rate, bits_per_second, packets) in [("10mbit", 1e7, 800), ("1mbit", 1e6, 120), ("256kbit", 256e3, 60)] {
        // All of it fits into the queue: what is measured is how the queue empties.
        let path = Path::new(effect(&format!("rate = '{rate}'\nqueue = '2MB'\ndirection = 'to-server'")));
        let (near, far) = path.sockets(IPV4);
        let arrivals = transfer(&near, &far, packets, Duration::ZERO);
        assert_eq!(arrivals.len(), packets);
        let took = arrivals[packets - 1].duration_since(arrivals[0]).as_secs_f64();
        let measured = (packets - 1) as f64 * PACKET_BITS / took;
        let off = measured / bits_per_second - 1.0;
        announce(&format!("rate {rate}: {measured:.0} bit/s, off by {:.3} %", off * 100.0));
        assert!(off.abs() < 0.005, "{off}");
    }
}

#[test]
fn losses_are_as_many_as_chance_allows() {
    let Some(_alone) = root_or_skip() else { return };
    for (loss, probability) in [("0.5%", 0.005), ("2%", 0.02), ("10%", 0.1)] {
        let path = Path::new(effect(&format!("loss = '{loss}'")));
        let (near, far) = path.sockets(IPV4);
        let sent = 20_000;
        let lost = sent - transfer(&near, &far, sent, Duration::from_micros(50)).len();
        let expected = sent as f64 * probability;
        let margin = CERTAINTY * (expected * (1.0 - probability)).sqrt();
        announce(&format!("loss {loss}: {lost} of {sent}, expected {expected:.0} ± {margin:.0}"));
        assert!((lost as f64 - expected).abs() <= margin);
        let impairment = path.link.counters().unwrap().impairments[0];
        assert_eq!((impairment.matched, impairment.acted), (sent as u64, lost as u64), "lost elsewhere");
    }
}

#[test]
fn nothing_is_lost_at_300_megabits_a_second() {
    let Some(_alone) = root_or_skip() else { return };
    let path = Path::new(effect("delay = '10ms'"));
    let (near, far) = path.sockets(IPV4);
    let sent = 60_000;
    let arrivals = transfer(&near, &far, sent, Duration::from_secs_f64(PACKET_BITS / 300e6));
    let took = arrivals[arrivals.len() - 1].duration_since(arrivals[0]).as_secs_f64();
    let rate = arrivals.len() as f64 * PACKET_BITS / took / 1e6;
    announce(&format!("{rate:.0} Mbit/s for {took:.2} s: {} of {sent} packets lost", sent - arrivals.len()));
    assert_eq!(arrivals.len(), sent, "{:?}", path.link.counters().unwrap());
    assert!(took > 2.0 && rate > 290.0, "{rate} Mbit/s for {took} s is not what was to be tried");
}

#[test]
fn both_ways_at_once_neither_starves() {
    let Some(_alone) = root_or_skip() else { return };
    let path = Path::new(effect("delay = '10ms'"));
    let ((near, far), sent) = (path.sockets(IPV4), 10_000);
    let (other_near, other_far) = path.sockets(IPV6);
    let gap = Duration::from_secs_f64(PACKET_BITS / 100e6);
    let (up, down) = thread::scope(|scope| {
        let up = scope.spawn(|| transfer(&near, &far, sent, gap).len());
        let down = scope.spawn(|| transfer(&other_far, &other_near, sent, gap).len());
        (up.join().unwrap(), down.join().unwrap())
    });
    assert_eq!((up, down), (sent, sent), "{:?}", path.link.counters().unwrap());
}

#[test]
fn a_new_plan_is_in_force_when_set_returns_and_interfaces_end_with_the_link() {
    let Some(_alone) = root_or_skip() else { return };
    let path = Path::new(LinkPlan::default());
    let (near, far) = path.sockets(IPV6);
    assert_eq!(transfer(&near, &far, 10, Duration::ZERO).len(), 10);
    path.link.set(effect("drop = true\ndirection = 'to-server'\nmatch = { min_bytes = 1401 }")).unwrap();
    assert_eq!(transfer(&near, &far, 10, Duration::ZERO).len(), 0);
    assert_eq!(path.link.counters().unwrap().impairments[0].acted, 10);
    assert_eq!(transfer(&far, &near, 10, Duration::ZERO).len(), 10);
    path.link.set(LinkPlan::default()).unwrap();
    assert_eq!(transfer(&near, &far, 10, Duration::ZERO).len(), 10);

    let shown = path.near.must(Command::new("ip").args(["-6", "address", "show", "dev", "wan0"])).unwrap();
    assert_eq!(shown.matches("inet6").count(), 1, "an address nobody asked for: {shown}");
    drop(path.link);
    for host in [&path.near, &path.far] {
        let left = host.must(Command::new("ip").args(["-brief", "link"])).unwrap();
        assert!(!left.contains("wan0"), "{left}");
    }
}

fn effect(table: &str) -> LinkPlan {
    LinkPlan::new(vec![toml::from_str(table).unwrap()])
}

const RTT: Duration = Duration::from_millis(20);
/// Standard deviations that hold 99.9 % of a normal distribution.
const CERTAINTY: f64 = 3.29;
