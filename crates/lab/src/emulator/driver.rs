//! The thread between the two interfaces: reads, asks the pipeline, writes, sleeps.
//!
//! Knows the clock and the kernel. Refuses to decide anything about a packet. It never waits for anybody else: orders
//! come through a channel and are answered between two rounds.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::eventfd::EventFd;
use nix::sys::prctl::set_timerslack;
use nix::sys::time::TimeSpec;
use tun_rs::SyncDevice;

use crate::emulator::counters::Counters;
use crate::emulator::packet::Way;
use crate::emulator::pipeline::Pipeline;
use crate::emulator::plan::LinkPlan;

/// What the owner of a link may ask of its thread. Once the answer is sent it is done.
#[derive(Debug)]
pub(super) enum Order {
    Follow(LinkPlan, Sender<()>),
    Count(Sender<Counters>),
}

/// All that the thread works on.
pub(super) struct Driver {
    near: End,
    far: End,
    pipeline: Pipeline,
    orders: Receiver<Order>,
    wake: Arc<EventFd>,
    /// Somebody wrote to `wake`.
    called: bool,
    /// The packet due then is to leave on the microsecond.
    punctual: Option<Instant>,
}

/// An interface, with the way that packets go which are read from it.
struct End {
    device: SyncDevice,
    way: Way,
    /// Packets can be read.
    ready: bool,
    /// The interface was taken away.
    gone: bool,
}

impl Driver {
    pub(super) fn new(
        near: SyncDevice,
        far: SyncDevice,
        pipeline: Pipeline,
        orders: Receiver<Order>,
        wake: Arc<EventFd>,
    ) -> Self {
        let end = |device, way| End { device, way, ready: false, gone: false };
        Self {
            near: end(near, Way::ToServer),
            far: end(far, Way::ToClient),
            pipeline,
            orders,
            wake,
            called: true,
            punctual: None,
        }
    }

    /// Works until the other end of the channel is dropped.
    pub(super) fn run(mut self) {
        // Where it is not allowed, sleeps end up to 50 µs late; a thread with real-time priority has none anyway.
        let _ = set_timerslack(1);
        let mut buffer = vec![0; LARGEST_PACKET];
        while self.obey() {
            self.near.read(&mut self.pipeline, &mut buffer);
            self.far.read(&mut self.pipeline, &mut buffer);
            self.deliver();
            self.sleep();
        }
    }

    /// Carries out what has been asked for; `false` at the end.
    fn obey(&mut self) -> bool {
        if !std::mem::take(&mut self.called) {
            return true;
        }
        // It is readable, or this is the first round.
        let _ = self.wake.read();
        loop {
            // An owner who does not wait for the answer has lost nothing.
            match self.orders.try_recv() {
                Ok(Order::Follow(plan, answer)) => {
                    self.pipeline.set(plan, Instant::now());
                    let _ = answer.send(());
                }
                Ok(Order::Count(answer)) => drop(answer.send(self.pipeline.counters())),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// Writes all that is due.
    fn deliver(&mut self) {
        while let Some(packet) = self.pipeline.take(Instant::now()) {
            let end = match packet.way {
                Way::ToClient => &self.near,
                Way::ToServer => &self.far,
            };
            if end.device.send(packet.bytes()).is_err() {
                self.pipeline.refused(packet.way);
            }
        }
    }

    /// Waits for a packet, for the next that is due, or for an order.
    fn sleep(&mut self) {
        let timeout = self.pipeline.next_due().map(|due| self.timeout(due, Instant::now()));
        let mut files = [
            PollFd::new(self.near.file(&self.wake), PollFlags::POLLIN),
            PollFd::new(self.far.file(&self.wake), PollFlags::POLLIN),
            PollFd::new(self.wake.as_fd(), PollFlags::POLLIN),
        ];
        // Interrupted by a signal, nothing has happened.
        let woken = ppoll(&mut files, timeout.map(TimeSpec::from_duration), None).is_ok();
        let events = |file: PollFd| file.revents().filter(|_| woken).unwrap_or(PollFlags::empty());
        let [near, far, wake] = files.map(events);
        self.near.note(near);
        self.far.note(far);
        self.called = wake.contains(PollFlags::POLLIN);
    }

    /// How long to sleep where a packet is due then. Timers come late, on a virtual machine 40 to 200 µs, so after a long
    /// wait the last bit is spent awake. Packets close to each other do without: that would be to be awake all the time.
    fn timeout(&mut self, due: Instant, now: Instant) -> Duration {
        let wait = due.saturating_duration_since(now);
        if wait >= LONG_WAIT {
            self.punctual = Some(due);
        }
        if self.punctual == Some(due) { wait.saturating_sub(AWAKE) } else { wait }
    }
}

impl End {
    /// What to wait for. The kernel never tires of reporting an interface that is gone, so then it is nothing new.
    fn file<'a>(&'a self, instead: &'a EventFd) -> BorrowedFd<'a> {
        if self.gone { instead.as_fd() } else { self.device.as_fd() }
    }

    fn note(&mut self, events: PollFlags) {
        self.gone |= events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP);
        self.ready = !self.gone && events.contains(PollFlags::POLLIN);
    }

    /// Reads what is there, but not so much that the other end and what is due would have to wait long.
    fn read(&mut self, pipeline: &mut Pipeline, buffer: &mut [u8]) {
        if !self.ready {
            return;
        }
        for _ in 0..BATCH {
            match self.device.recv(buffer) {
                Ok(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                    pipeline.offer(Instant::now(), self.way, bytes);
                }
                // Nothing left, or gone, which `note` learns.
                Err(_) => return,
            }
        }
    }
}

/// Of IP without jumbograms.
const LARGEST_PACKET: usize = 65_536;
/// At most a tenth of a processor is spent awake.
const LONG_WAIT: Duration = Duration::from_millis(1);
const AWAKE: Duration = Duration::from_micros(100);
/// About 60 µs of work.
const BATCH: usize = 64;
