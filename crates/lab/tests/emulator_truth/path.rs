//! Two hosts, the link between them, and packets sent over it.

use std::io::IoSliceMut;
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lab::emulator::{Link, LinkPlan};
use lab::host::Host;
use nix::cmsg_space;
use nix::sys::socket::sockopt::{RcvBufForce, ReceiveTimestampns};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;

use crate::computer::hurry;

/// What a test works with: two hosts and the link between them.
pub(crate) struct Path {
    pub(crate) near: Host,
    pub(crate) far: Host,
    pub(crate) link: Link,
}

#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    near: &'static str,
    far: &'static str,
}

impl Path {
    pub(crate) fn new(plan: LinkPlan) -> Self {
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
    pub(crate) fn sockets(&self, family: Addresses) -> (UdpSocket, UdpSocket) {
        let open = |host: &Host, address: &'static str| host.enter(|| Ok(UdpSocket::bind((address, PORT))?)).unwrap();
        let (near, far) = (open(&self.near, family.near), open(&self.far, family.far));
        near.connect((family.far, PORT)).unwrap();
        far.connect((family.near, PORT)).unwrap();
        for socket in [&near, &far] {
            socket.set_read_timeout(Some(SILENCE)).unwrap();
            // The usual one holds 3 ms at 300 Mbit/s.
            setsockopt(socket, RcvBufForce, &(16 << 20)).unwrap();
            setsockopt(socket, ReceiveTimestampns, &true).unwrap();
        }
        (near, far)
    }
}

/// How long a packet takes until the kernel at the other end has it. That the receiver is then to be woken is not the
/// link's matter.
pub(crate) fn one_way(from: &UdpSocket, to: &UdpSocket) -> Duration {
    let sent = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    from.send(&[0; 100]).unwrap();
    let (mut packet, mut space) = ([0; 100], cmsg_space!(TimeSpec));
    let mut parts = [IoSliceMut::new(&mut packet)];
    let received = recvmsg::<()>(to.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::empty()).unwrap();
    let Some(ControlMessageOwned::ScmTimestampns(arrived)) = received.cmsgs().unwrap().next() else {
        panic!("no time of arrival");
    };
    Duration::from(arrived).checked_sub(sent).expect("it came after it was sent")
}

/// Sends so many full packets, one each `gap`, and says when each came that came.
pub(crate) fn transfer(from: &UdpSocket, to: &UdpSocket, count: usize, gap: Duration) -> Vec<Instant> {
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

fn ip(host: &Host, arguments: &[&str]) {
    host.must(Command::new("ip").args(arguments)).unwrap();
}

pub(crate) const IPV4: Addresses = Addresses { near: "198.18.0.1", far: "198.18.0.2" };
pub(crate) const IPV6: Addresses = Addresses { near: "2001:db8::1", far: "2001:db8::2" };
/// Of the packets of [`transfer`].
pub(crate) const PACKET_BITS: f64 = 12_000.0;
const PACKET_BYTES: usize = 1_500;
const PORT: u16 = 9_000;
const TICK: Duration = Duration::from_millis(1);
/// After this nothing more comes.
const SILENCE: Duration = Duration::from_secs(1);
