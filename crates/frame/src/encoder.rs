//! Writing: the agent's side.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{BEAT, Beat, END, HELLO, Hello, MARK, MAX_LINE_BYTES, PART, RECORD, Sum};

/// Numbers the frames and sums up the journal. What it returns is to be written whole and in order.
#[derive(Debug, Default)]
pub struct Encoder {
    seq: u64,
    tally: Tally,
}

impl Encoder {
    /// An encoder at the beginning of a log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first frame.
    pub fn hello(&mut self, hello: &Hello) -> String {
        let payload = serde_json::to_string(hello).unwrap_or_default();
        self.line(HELLO, &payload)
    }

    /// One line of the journal, with its line feed or without; several frames where it is long. Line breaks within it, of
    /// which JSON needs none, are left out.
    pub fn record(&mut self, line: &str) -> String {
        let line: String = line.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
        self.tally.add(&line);
        let mut frames = String::new();
        let mut rest = line.as_str();
        while rest.len() > MAX_PAYLOAD_BYTES {
            let (part, behind) = rest.split_at(rest.floor_char_boundary(MAX_PAYLOAD_BYTES));
            frames += &self.line(PART, part);
            rest = behind;
        }
        frames + &self.line(RECORD, rest)
    }

    /// A sign of life.
    pub fn beat(&mut self, beat: &Beat) -> String {
        let payload = serde_json::to_string(beat).unwrap_or_default();
        self.line(BEAT, &payload)
    }

    /// The last frame.
    pub fn end(&mut self) -> String {
        let payload = serde_json::to_string(&self.tally.sum()).unwrap_or_default();
        self.line(END, &payload)
    }

    fn line(&mut self, kind: &str, payload: &str) -> String {
        let seq = self.seq;
        self.seq = seq.saturating_add(1);
        format!("{MARK} {kind} {seq} {payload}\n")
    }
}

/// Count, length and hash of the records so far; both sides keep one.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    records: u64,
    bytes: u64,
    hash: Sha256,
}

impl Tally {
    pub(super) fn add(&mut self, line: &str) {
        self.records += 1;
        self.bytes += line.len() as u64 + 1;
        self.hash.update(line);
        self.hash.update(b"\n");
    }

    pub(super) fn sum(&self) -> Sum {
        let mut sha256 = String::new();
        for byte in self.hash.clone().finalize() {
            let _ = write!(sha256, "{byte:02x}"); // writing to a String cannot fail
        }
        Sum { records: self.records, bytes: self.bytes, sha256 }
    }
}

/// What a line has room for beside mark, kind, a number of 20 digits, blanks and line feed.
const MAX_PAYLOAD_BYTES: usize = MAX_LINE_BYTES - 64;
