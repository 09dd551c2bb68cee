//! Reading: the workstation's side. The log may be cut, repeated, mixed with other output or made by an enemy: whatever
//! comes, no more is kept than twice [`MAX_KEPT_BYTES`] and one line.

use model::RemoteText;

use super::encoder::Tally;
use super::{BEAT, END, Frame, HELLO, MARK, MAX_LINE_BYTES, PART, RECORD, Sum};

/// Puts a journal together again from a log in any pieces.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The line that is under way, never longer than [`MAX_LINE_BYTES`].
    line: Vec<u8>,
    /// The line under way is too long to be a frame.
    overlong: bool,
    reading: Reading,
    /// What the earlier reading had that brought most.
    earlier: Vec<String>,
    /// Frames below this number have been told.
    told: u64,
}

/// One reading of the log from its beginning.
#[derive(Debug, Default)]
struct Reading {
    /// Number of the next frame.
    next: u64,
    gap: bool,
    /// Parts of a record whose end is still to come.
    open: String,
    records: Vec<String>,
    kept_bytes: usize,
    tally: Tally,
    end: Option<Sum>,
}

impl Decoder {
    /// A decoder at the beginning of a log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads on, and tells what is new; a log that is read twice tells each frame once.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ended) = match piece.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (piece, false),
            };
            let room = MAX_LINE_BYTES.saturating_sub(self.line.len());
            self.overlong |= text.len() > room;
            self.line.extend_from_slice(text.get(..room).unwrap_or(text));
            if ended {
                let line = std::mem::take(&mut self.line);
                let overlong = std::mem::take(&mut self.overlong);
                frames.extend(self.take(&line, overlong));
            }
        }
        frames
    }

    /// The log will be read from its beginning again: what was missing or damaged may be right this time. Frames that were
    /// told are not told again.
    pub fn restart(&mut self) {
        self.line.clear();
        self.overlong = false;
        let reading = std::mem::take(&mut self.reading);
        if reading.records.len() > self.earlier.len() {
            self.earlier = reading.records;
        }
    }

    /// True where the end was seen, no frame is missing, and count, length and SHA-256 of the records are what it says.
    pub fn is_whole(&self) -> bool {
        !self.reading.gap && self.reading.end.as_ref() == Some(&self.reading.tally.sum())
    }

    /// The journal's lines so far, without their line feeds. After a restart: those of the reading that brought most.
    pub fn records(&self) -> &[String] {
        let now = &self.reading.records;
        if self.is_whole() || now.len() >= self.earlier.len() { now } else { &self.earlier }
    }

    /// What one line brings.
    fn take(&mut self, line: &[u8], overlong: bool) -> Option<Frame> {
        // A terminal in between ends lines with CR LF.
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let read = if overlong { None } else { self.reading.take(line) };
        match read {
            None if line.is_empty() => None,
            None => Some(Frame::Foreign(RemoteText::from_bytes(line).to_string())),
            Some((seq, frame)) => {
                let new = seq >= self.told;
                self.told = self.told.max(seq.saturating_add(1));
                frame.filter(|_| new)
            }
        }
    }
}

impl Reading {
    /// The frame's number, and the frame where it is to be told; none where the line is no frame.
    fn take(&mut self, line: &[u8]) -> Option<(u64, Option<Frame>)> {
        let mut words = std::str::from_utf8(line).ok()?.splitn(4, ' ');
        let (mark, kind, seq, payload) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let seq: u64 = seq.parse().ok()?;
        // Nothing follows the end, and no honest log comes this far.
        if mark != MARK || self.end.is_some() && seq >= self.next || seq == u64::MAX {
            return None;
        }
        if seq < self.next {
            return Some((seq, None));
        }
        let frame = match kind {
            HELLO => Frame::Hello(serde_json::from_str(payload).ok()?),
            // No part of the journal, so one that cannot be read is no loss to it.
            BEAT => serde_json::from_str(payload).map_or(Frame::Unknown, Frame::Beat),
            END => {
                self.end = Some(serde_json::from_str(payload).ok()?);
                Frame::End
            }
            _ => Frame::Unknown,
        };
        if seq > self.next {
            self.gap = true;
            self.open.clear();
        }
        self.next = seq + 1;
        match kind {
            PART => {
                self.keep(payload);
                Some((seq, None))
            }
            RECORD => Some((seq, self.close(payload))),
            _ => Some((seq, Some(frame))),
        }
    }

    /// Adds to the record that is under way. The first that there is no room for ends what is kept, since what it took is
    /// never given back: whatever follows would stand behind a gap.
    fn keep(&mut self, part: &str) -> bool {
        self.kept_bytes = self.kept_bytes.saturating_add(part.len());
        let room = self.kept_bytes <= MAX_KEPT_BYTES;
        if room {
            self.open.push_str(part);
        } else {
            self.gap = true;
            self.open = String::new();
        }
        room
    }

    fn close(&mut self, part: &str) -> Option<Frame> {
        // What an empty record takes is counted too: a log of nothing but these must not fill the memory.
        self.kept_bytes = self.kept_bytes.saturating_add(size_of::<String>());
        if !self.keep(part) {
            return None;
        }
        let record = std::mem::take(&mut self.open);
        self.tally.add(&record);
        self.records.push(record.clone());
        Some(Frame::Record(record))
    }
}

/// Most bytes of records that one reading keeps. A thorough run writes below 1 MiB.
const MAX_KEPT_BYTES: usize = 8 * 1024 * 1024;
