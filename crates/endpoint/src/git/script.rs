//! A reply with the fault and the pace applied: what a driver does, act by act.
//!
//! Holds one chunk back, so that the last bytes before a fault are known as the last when they are handed out.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::reply::{Reply, Step};
use crate::fault::Ending;
use crate::trip::{Chunk, Trip};

/// One act of a driver.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Send these bytes.
    Send(Bytes),
    /// Send these bytes, but not before this much time has passed since the script began to send the pack.
    SendNotBefore(Duration, Bytes),
    /// Wait.
    Pause(Duration),
    /// Send these bytes, which may be none, and end the connection so once they have left.
    Strike(Bytes, Ending),
}

/// The acts of one reply.
#[derive(Debug)]
pub(crate) struct Script<'a> {
    reply: Reply,
    trip: &'a mut Trip,
    pack_bytes_per_second: Option<u64>,
    paced_bytes: u64,
    held: Option<Act>,
    struck: bool,
}

impl<'a> Script<'a> {
    pub(crate) fn new(reply: Reply, trip: &'a mut Trip, pack_bytes_per_second: Option<u64>) -> Self {
        Self {
            reply,
            trip,
            pack_bytes_per_second: pack_bytes_per_second.filter(|rate| *rate > 0),
            paced_bytes: 0,
            held: None,
            struck: false,
        }
    }

    /// The next act, or `None` when the reply is out or the fault has struck.
    pub(crate) fn next(&mut self) -> Option<Act> {
        while !self.struck {
            match self.reply.next() {
                None => return self.held.take(),
                Some(Step::Pause(pause)) => {
                    if let Some(held) = self.held.replace(Act::Pause(pause)) {
                        return Some(held);
                    }
                }
                Some(Step::Send(mut chunk)) => {
                    if let Some(ending) = self.trip.pass(&mut chunk) {
                        self.struck = true;
                        return self.strike(chunk.bytes, ending);
                    }
                    let act = self.send(chunk);
                    if let Some(held) = self.held.replace(act) {
                        return Some(held);
                    }
                }
            }
        }
        self.held.take()
    }

    fn send(&mut self, chunk: Chunk) -> Act {
        let Some(rate) = self.pack_bytes_per_second.filter(|_| chunk.pack_from.is_some()) else {
            return Act::Send(chunk.bytes);
        };
        let due_us = self.paced_bytes.saturating_mul(1_000_000) / rate;
        self.paced_bytes += chunk.bytes.len() as u64;
        Act::SendNotBefore(Duration::from_micros(due_us), chunk.bytes)
    }

    /// The strike joins the bytes held back, or follows the act held back if that one sends nothing.
    fn strike(&mut self, bytes: Bytes, ending: Ending) -> Option<Act> {
        match self.held.take() {
            Some(Act::Send(held) | Act::SendNotBefore(_, held)) => {
                let mut joined = BytesMut::from(held);
                joined.extend_from_slice(&bytes);
                Some(Act::Strike(joined.freeze(), ending))
            }
            held => {
                self.held = Some(Act::Strike(bytes, ending));
                held.or_else(|| self.held.take())
            }
        }
    }
}
