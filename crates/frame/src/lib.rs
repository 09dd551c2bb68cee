//! How a report travels through a pod's log: one line a frame, `NP1 <kind> <seq> <payload>`, numbered without a gap and
//! closed by a frame with count, length and SHA-256 of the journal's lines. Pure: strings in, strings out; it refuses to
//! know where a log comes from and what stands in a journal.
//!
//! A log that ends proves nothing (a cut link ends it with success); only [`Decoder::is_whole`] does.

mod decoder;
mod encoder;
mod summary;

use model::{Bytes, Micros, RemoteText, Stage};
use serde::{Deserialize, Deserializer, Serialize};

pub use decoder::Decoder;
pub use encoder::Encoder;
pub use summary::{MAX_SUMMARY_BYTES, read_summary, summary};

/// The first frame: who writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of the program in the pod.
    #[serde(deserialize_with = "cleaned")]
    pub netprobe: String,
    /// [`model::REPORT_VERSION`] of the program in the pod.
    pub report_version: u32,
}

/// A sign of life: where the run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Why the run that is under way is made, one phrase.
    #[serde(deserialize_with = "cleaned")]
    pub purpose: String,
    /// The stage under way.
    pub stage: Stage,
    /// Received so far on the run's connection.
    pub received: Bytes,
    /// Since the run's start.
    pub elapsed_us: Micros,
}

/// What stood on a line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The program in the pod began.
    Hello(Hello),
    /// One line of the journal, without its line feed.
    Record(String),
    /// A sign of life.
    Beat(Beat),
    /// The program in the pod says that it has written everything.
    End,
    /// A kind of frame, or a beat of a stage, that only a later version knows: a sign of life, and no more.
    Unknown,
    /// A line that is no frame: of a runtime, of a panic, or damaged. Cleaned, for the eyes of a person only.
    Foreign(String),
}

/// What the end frame says of the journal.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    records: u64,
    /// Of the lines, each with its line feed.
    bytes: u64,
    /// Of the same, in hexadecimal.
    sha256: String,
}

/// Text of the pod's is harmless from the moment it is read.
fn cleaned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    RemoteText::deserialize(deserializer).map(|text| text.to_string())
}

/// Marks a line as a frame of this version.
const MARK: &str = "NP1";

/// Longest line, its line feed included. Container runtimes split lines at 16 KiB, and not every agent that collects logs
/// on a node joins them again.
const MAX_LINE_BYTES: usize = 8 * 1024;

const HELLO: &str = "hello";
const RECORD: &str = "record";
const PART: &str = "part";
const BEAT: &str = "beat";
const END: &str = "end";

#[cfg(test)]
mod tests;
