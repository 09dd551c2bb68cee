//! A reply as a lazy sequence: literal packets, a time of computing, a pack in side-band packets.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::pktline::{FLUSH, push_packet};
use crate::repository::PackStream;
use crate::trip::{Chunk, Stage};

/// What comes next in a reply.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Chunk),
    Pause(Duration),
}

/// How pack bytes are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// No side-band: the bare pack.
    Raw,
    /// Side-band packets that carry at most so many bytes.
    Band(usize),
}

impl Framing {
    /// `side-band` (gitprotocol-capabilities): 1000 bytes, its length and its band included.
    pub(crate) const SIDE_BAND: Self = Self::Band(995);
    /// `side-band-64k`: what git itself puts into a packet.
    pub(crate) const SIDE_BAND_64K: Self = Self::Band(65_515);
}

/// A sequence of steps, made as it is taken.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    parts: VecDeque<Part>,
}

#[derive(Debug)]
enum Part {
    Literal(Stage, Bytes),
    Pause(Duration),
    Pack(Box<PackStream>, Framing),
}

impl Reply {
    /// Literal bytes of a stage.
    pub(crate) fn push(&mut self, stage: Stage, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        if !bytes.is_empty() {
            self.parts.push_back(Part::Literal(stage, bytes));
        }
    }

    /// Time before the next part.
    pub(crate) fn push_pause(&mut self, pause: Duration) {
        if !pause.is_zero() {
            self.parts.push_back(Part::Pause(pause));
        }
    }

    /// Time of computing, with keepalives where the framing has a place for them.
    pub(crate) fn push_compute(&mut self, compute: Duration, keepalive: Option<Duration>, framing: Framing) {
        let Some(interval) = keepalive.filter(|i| !i.is_zero() && framing != Framing::Raw) else {
            return self.push_pause(compute);
        };
        let mut left = compute;
        while left > interval {
            self.push_pause(interval);
            self.push(Stage::Band, KEEPALIVE);
            left -= interval;
        }
        self.push_pause(left);
    }

    /// Text on band 2.
    pub(crate) fn push_progress(&mut self, text: &str) {
        self.push_band(2, text.as_bytes());
    }

    /// A fatal message on band 3.
    pub(crate) fn push_fatal(&mut self, text: &str) {
        self.push_band(3, text.as_bytes());
    }

    /// The pack, and the flush that ends a side-band.
    pub(crate) fn push_pack(&mut self, pack: PackStream, framing: Framing) {
        self.parts.push_back(Part::Pack(Box::new(pack), framing));
        if framing != Framing::Raw {
            self.push(Stage::Band, FLUSH);
        }
    }

    /// Text on band 2 between the pack and the flush behind it.
    pub(crate) fn push_before_flush(&mut self, text: &str) {
        let flush = self.parts.pop_back();
        self.push_progress(text);
        self.parts.extend(flush);
    }

    /// Everything of another reply behind this one.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.parts.append(&mut other.parts);
    }

    /// The next step, or `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Step> {
        loop {
            match self.parts.pop_front()? {
                Part::Literal(stage, bytes) => {
                    return Some(Step::Send(Chunk { stage, bytes, pack_from: None }));
                }
                Part::Pause(pause) => return Some(Step::Pause(pause)),
                Part::Pack(mut pack, framing) => {
                    if let Some(chunk) = pack_chunk(&mut pack, framing) {
                        self.parts.push_front(Part::Pack(pack, framing));
                        return Some(Step::Send(chunk));
                    }
                }
            }
        }
    }

    fn push_band(&mut self, band: u8, text: &[u8]) {
        let (text, _) = text.split_at(text.len().min(TEXT_MAX));
        let mut packet = Vec::with_capacity(text.len() + 5);
        push_packet(&[&[band], text].concat(), &mut packet);
        self.push(Stage::Band, packet);
    }
}

fn pack_chunk(pack: &mut PackStream, framing: Framing) -> Option<Chunk> {
    let (head, limit) = match framing {
        Framing::Raw => (0, RAW_READ_BYTES),
        Framing::Band(limit) => (HEAD_BYTES, limit),
    };
    let mut bytes = Vec::with_capacity(head + limit);
    bytes.resize(head, 0);
    pack.read(limit, &mut bytes);
    if bytes.len() == head {
        return None;
    }
    if framing != Framing::Raw {
        let digits = format!("{:04x}\x01", bytes.len());
        for (place, digit) in bytes.iter_mut().zip(digits.bytes()) {
            *place = digit;
        }
    }
    Some(Chunk { stage: Stage::Band, bytes: bytes.into(), pack_from: Some(head) })
}

/// An empty packet on band 1: upload-pack's sign of life.
const KEEPALIVE: &[u8] = b"0005\x01";

/// Four digits and the band.
const HEAD_BYTES: usize = 5;

/// Pack bytes per step without side-band.
const RAW_READ_BYTES: usize = 65_536;

/// Longest text on band 2 or 3: fits the small side-band.
const TEXT_MAX: usize = 900;
