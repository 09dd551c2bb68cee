//! What the server did, event by event, for tests that compare both ends.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use crate::fault::{Ending, StageBytes};

/// Something that happened at the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Microseconds since the endpoint started.
    pub elapsed_us: u64,
    /// Which connection, counted from 1 over all transports.
    pub connection: u64,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A connection was accepted.
    Accepted {
        /// Over which transport.
        transport: Transport,
    },
    /// The SSH client was let in.
    Authenticated,
    /// A git conversation began: the exec over SSH, each request over HTTP.
    Requested {
        /// `git-upload-pack`, `GET` or `POST`.
        what: &'static str,
        /// Protocol version asked for: 0 or 2.
        protocol_version: u8,
    },
    /// A reply was handed to the transport, or as much of it as was possible.
    Replied {
        /// Bytes of the whole conversation so far, stage by stage.
        sent: StageBytes,
    },
    /// The fault struck.
    Struck {
        /// How the connection ends.
        ending: Ending,
    },
    /// The connection is gone.
    Closed {
        /// Bytes written to the socket.
        sent_bytes: u64,
        /// Bytes read from it.
        received_bytes: u64,
    },
}

/// The transports of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// SSH
    Ssh,
    /// HTTPS
    Https,
    /// Plain HTTP
    Http,
}

/// The log of events. It forgets nothing until [`EVENTS_MAX`], and then keeps the first ones.
#[derive(Debug)]
pub(crate) struct Journal {
    started: Instant,
    events: Mutex<Vec<Event>>,
    count: watch::Sender<usize>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), events: Mutex::default(), count: watch::Sender::new(0) }
    }

    pub(crate) fn write(&self, connection: u64, kind: EventKind) {
        let elapsed_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() < EVENTS_MAX {
            events.push(Event { elapsed_us, connection, kind });
            self.count.send_replace(events.len());
        }
    }

    pub(crate) fn read(&self) -> Vec<Event> {
        let events = self.events.lock();
        events.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first event that matches, which may have happened already.
    pub(crate) async fn wait_for(&self, matches: impl Fn(&Event) -> bool) -> Event {
        let mut count = self.count.subscribe();
        loop {
            count.mark_unchanged();
            if let Some(event) = self.read().into_iter().find(&matches) {
                return event;
            }
            // The sender lives in self, so waiting cannot fail.
            let _ = count.changed().await;
        }
    }
}

/// A long-running `serve` must not grow for ever.
const EVENTS_MAX: usize = 100_000;
