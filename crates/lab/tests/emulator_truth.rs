//! The emulated link does what it says: times, rates and losses, measured from outside over real interfaces.
//!
//! What is measured here is time, so the tests run one after the other, and their threads with real-time priority where
//! the kernel grants it: else they would measure how busy this machine is.

use std::env;
use std::fs::File;
use std::io::{IoSliceMut, Write as _};
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lab::emulator::{Link, LinkPlan};
use lab::host::Host;
use lab::programs::announce;
use nix::cmsg_space;
use nix::sys::socket::sockopt::{RcvBufForce, ReceiveTimestampns};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;
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
            // The usual one holds 3 ms at 300 Mbit/s.
            setsockopt(socket, RcvBufForce, &(16 << 20)).unwrap();
        }
        (near, far)
    }

    /// Times of so many packets there and back, one after the other.
    fn round_trips(&self, family: Addresses, count: usize) -> Vec<Duration> {
        let (near, far) = self.sockets(family);
        for socket in [&near, &far] {
            setsockopt(socket, ReceiveTimestampns, &true).unwrap();
        }
        hurry();
        (0..count).map(|_| one_way(&near, &far) + one_way(&far, &near)).collect()
    }
}

/// How long a packet takes until the kernel at the other end has it. That the receiver is then to be woken is not the
/// link's matter.
fn one_way(from: &UdpSocket, to: &UdpSocket) -> Duration {
    let sent = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    from.send(&[0; 100]).unwrap();
    let (mut packet, mut space) = ([0; 100], cmsg_space!(TimeSpec));
    let mut parts = [IoSliceMut::new(&mut packet)];
    let received = recvmsg::<()>(to.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::empty()).unwrap();
    let Some(ControlMessageOwned::ScmTimestampns(arrived)) = received.cmsgs().unwrap().next() else {
        panic!("no time of arrival");
    };
    Duration::from(arrived) - sent
}

/// Sends so many full packets, one each `gap`, and says when each came that came.
fn transfer(from: &UdpSocket, to: &UdpSocket, count: usize, gap: Duration) -> Vec<Instant> {
    thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            hurry();
            let mut buffer = [0; 2_000];
            std::iter::from_fn(|| to.recv(&mut buffer).ok().map(|_| Instant::now())).take(count).collect()
        });
        hurry();
        let (begun, header) = (Instant::now(), if from.local_addr().unwrap().is_ipv4() { 28 } else { 48 });
        let packet = vec![0; PACKET_BYTES - header];
        for number in 0..count {
            // A pace, no synchronisation: what sleep adds is made up for by the next packets.
            let due = begun + gap * u32::try_from(number).unwrap();
            if let Some(early) = due.checked_duration_since(Instant::now()).filter(|early| *early > TICK) {
                thread::sleep(early);
            }
            from.send(&packet).unwrap();
        }
        receiver.join().unwrap()
    })
}

fn effect(table: &str) -> LinkPlan {
    LinkPlan::new(vec![toml::from_str(table).unwrap()])
}

fn ip(host: &Host, arguments: &[&str]) {
    host.must(Command::new("ip").args(arguments)).unwrap();
}

struct Alone {
    _lock: MutexGuard<'static, ()>,
    _awake: Option<File>,
}

/// Keeps the processors from sleeping as long as the file is open (the kernel's PM quality of service): on a virtual
/// machine each wake-up of the link costs 50 to 400 µs otherwise, which is not the link's doing.
fn keep_awake() -> Option<File> {
    let mut file = File::options().write(true).open("/dev/cpu_dma_latency").ok()?;
    file.write_all(&0_i32.to_ne_bytes()).ok()?;
    Some(file)
}

/// Real-time priority for this thread, below that of the link.
fn hurry() {
    // Without it the test is only less likely to pass.
    let _ = Command::new("chrt").args(["--fifo", "--pid", "10", &gettid().to_string()]).output();
}

/// The right to be the only one that measures; `None` where it cannot be done, which was said.
fn root_or_skip() -> Option<Alone> {
    static ALONE: Mutex<()> = Mutex::new(());
    if geteuid().is_root() {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        return Some(Alone { _lock: alone, _awake: keep_awake() });
    }
    announce("SKIPPED: the emulated link needs root");
    assert!(env::var_os("CI").is_none(), "no root where CI is set");
    None
}

const IPV4: Addresses = Addresses { near: "198.18.0.1", far: "198.18.0.2" };
const IPV6: Addresses = Addresses { near: "2001:db8::1", far: "2001:db8::2" };
const PORT: u16 = 9_000;
const RTT: Duration = Duration::from_millis(20);
const PACKET_BYTES: usize = 1_500;
const PACKET_BITS: f64 = 12_000.0;
const TICK: Duration = Duration::from_millis(1);
/// Standard deviations that hold 99.9 % of a normal distribution.
const CERTAINTY: f64 = 3.29;
/// After this nothing more comes.
const SILENCE: Duration = Duration::from_secs(1);
