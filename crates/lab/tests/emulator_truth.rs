//! The emulated link does what it says: times, rates and losses, measured from outside over real interfaces.
//!
//! What is measured here is time, so the tests run one after the other, and their threads with real-time priority where
//! the kernel grants it: else they would measure how busy this machine is.

use std::env;
use std::net::UdpSocket;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use lab::emulator::{Link, LinkPlan};
use lab::host::Host;
use lab::programs::announce;
use nix::unistd::{geteuid, gettid};

#[test]
fn twenty_milliseconds_are_twenty_milliseconds() {
    let Some(_alone) = root_or_skip() else { return };
    let path = Path::new(effect("delay = '10ms'"));
    for family in [IPV4, IPV6] {
        let mut off: Vec<Duration> = path.round_trips(family, 250).into_iter().map(|rtt| rtt.abs_diff(RTT)).collect();
        off.sort();
        let (median, p99) = (off[off.len() / 2], off[off.len() * 99 / 100]);
        announce(&format!("delay 20 ms, {}: off by {median:?} (median), {p99:?} (p99)", family.near));
        assert!(p99 < Duration::from_micros(500), "{p99:?}, real time: {}", path.link.is_real_time());
    }
}

/// What a test works with: two hosts and the link between them.
struct Path {
    near: Host,
    far: Host,
    link: Link,
}

#[derive(Clone, Copy)]
struct Addresses {
    near: &'static str,
    far: &'static str,
}

impl Path {
    fn new(plan: LinkPlan) -> Self {
        let (near, far) = (Host::start("near").unwrap(), Host::start("far").unwrap());
        let link = Link::start(&near, &far, "wan0", plan).unwrap();
        for (host, v4, v6) in [(&near, IPV4.near, IPV6.near), (&far, IPV4.far, IPV6.far)] {
            ip(host, &["address", "add", &format!("{v4}/30"), "dev", "wan0"]);
            ip(host, &["address", "add", &format!("{v6}/64"), "dev", "wan0", "nodad"]);
            ip(host, &["link", "set", "wan0", "up"]);
        }
        Self { near, far, link }
    }

    /// A socket on each host, which hear only each other.
    fn sockets(&self, family: Addresses) -> (UdpSocket, UdpSocket) {
        let open = |host: &Host, address: &'static str| host.enter(|| Ok(UdpSocket::bind((address, PORT))?)).unwrap();
        let (near, far) = (open(&self.near, family.near), open(&self.far, family.far));
        near.connect((family.far, PORT)).unwrap();
        far.connect((family.near, PORT)).unwrap();
        for socket in [&near, &far] {
            socket.set_read_timeout(Some(SILENCE)).unwrap();
        }
        (near, far)
    }

    /// Times of so many packets there and back, one after the other.
    fn round_trips(&self, family: Addresses, count: usize) -> Vec<Duration> {
        let (near, far) = self.sockets(family);
        thread::scope(|scope| {
            scope.spawn(|| {
                hurry();
                let mut buffer = [0; 2_000];
                while let Ok(length) = far.recv(&mut buffer) {
                    far.send(&buffer[..length]).unwrap();
                }
            });
            hurry();
            let mut buffer = [0; 2_000];
            let once = |_| {
                let begun = Instant::now();
                near.send(&[0; 100]).unwrap();
                near.recv(&mut buffer).unwrap();
                begun.elapsed()
            };
            (0..count).map(once).collect()
        })
    }
}

fn effect(table: &str) -> LinkPlan {
    LinkPlan::new(vec![toml::from_str(table).unwrap()])
}

fn ip(host: &Host, arguments: &[&str]) {
    host.must(Command::new("ip").args(arguments)).unwrap();
}

/// Real-time priority for this thread, below that of the link.
fn hurry() {
    // Without it the test is only less likely to pass.
    let _ = Command::new("chrt").args(["--fifo", "--pid", "10", &gettid().to_string()]).output();
}

/// The right to be the only one that measures; `None` where it cannot be done, which was said.
fn root_or_skip() -> Option<MutexGuard<'static, ()>> {
    static ALONE: Mutex<()> = Mutex::new(());
    if geteuid().is_root() {
        return Some(ALONE.lock().unwrap_or_else(PoisonError::into_inner));
    }
    announce("SKIPPED: the emulated link needs root");
    assert!(env::var_os("CI").is_none(), "no root where CI is set");
    None
}

const IPV4: Addresses = Addresses { near: "198.18.0.1", far: "198.18.0.2" };
const IPV6: Addresses = Addresses { near: "2001:db8::1", far: "2001:db8::2" };
const PORT: u16 = 9_000;
const RTT: Duration = Duration::from_millis(20);
/// After this nothing more comes.
const SILENCE: Duration = Duration::from_secs(1);
