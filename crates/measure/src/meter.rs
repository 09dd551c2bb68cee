//! Counts one TCP connection's bytes and remembers when the last ones came.

use std::net::Shutdown;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use model::{Bytes, Micros, TcpInfo, WireCount};
use socket2::Socket;

use crate::sys;
use crate::{Clock, Gauge};

/// Shared between the stream that feeds it and whoever looks.
#[derive(Debug, Clone)]
pub struct Meter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    gauge: Gauge,
    /// A second handle on the connection's socket, for `TCP_INFO` while the stream is elsewhere.
    socket: Socket,
    sent: AtomicU64,
    received: AtomicU64,
    last_received_us: AtomicU64,
    last_sent_us: AtomicU64,
    quick_ack: AtomicBool,
}

impl Meter {
    pub(crate) fn new(clock: Clock, gauge: Gauge, socket: Socket) -> Self {
        gauge.received(0);
        gauge.pack(0);
        Self(Arc::new(Inner {
            clock,
            gauge,
            socket,
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            last_received_us: AtomicU64::new(clock.now().0),
            last_sent_us: AtomicU64::new(clock.now().0),
            quick_ack: AtomicBool::new(true),
        }))
    }

    /// Bytes so far.
    pub fn wire(&self) -> WireCount {
        WireCount {
            sent: Bytes(self.0.sent.load(Ordering::Relaxed)),
            received: Bytes(self.0.received.load(Ordering::Relaxed)),
        }
    }

    /// When the last byte came, or the connection was made.
    pub fn last_received(&self) -> Micros {
        Micros(self.0.last_received_us.load(Ordering::Relaxed))
    }

    /// When we last wrote, or the connection was made.
    pub fn last_sent(&self) -> Micros {
        Micros(self.0.last_sent_us.load(Ordering::Relaxed))
    }

    /// The kernel's view; none once the kernel has forgotten the connection.
    pub fn tcp(&self) -> Option<TcpInfo> {
        sys::tcp_info(self.0.socket.as_fd()).ok()
    }

    /// In the conversation before a transfer a delayed acknowledgement costs the server's Nagle algorithm about 40 ms,
    /// which would be measured as its slowness; in a transfer it costs nothing, and the calls would.
    pub fn quick_ack(&self, wanted: bool) {
        self.0.quick_ack.store(wanted, Ordering::Relaxed);
    }

    /// Ends the connection in both directions, whoever still holds its stream.
    pub(crate) fn close(&self) {
        // It may be gone already, which is what is wanted.
        let _ = self.0.socket.shutdown(Shutdown::Both);
    }

    pub(crate) fn count_sent(&self, bytes: usize) {
        self.0.last_sent_us.store(self.0.clock.now().0, Ordering::Relaxed);
        self.0.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_received(&self, bytes: usize) {
        let received = self.0.received.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        self.0.last_received_us.store(self.0.clock.now().0, Ordering::Relaxed);
        self.0.gauge.received(received);
        if self.0.quick_ack.load(Ordering::Relaxed) {
            // The kernel leaves quick-ack mode by itself (tcp(7)), so it is asked for again after each read.
            let _ = self.0.socket.set_tcp_quickack(true);
        }
    }
}
