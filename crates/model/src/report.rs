//! What was seen from one vantage, and nothing that was concluded from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Measurement, Micros, Plan, RemoteText, RunId, StopCause, Symptom, Vantage};

/// One report. On disk it is a journal (see [`crate::journal`]) or this, as one JSON object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Who measured what, from where.
    #[serde(flatten)]
    pub header: Header,
    /// One for each run that was begun, in order.
    pub measurements: Vec<Measurement>,
    /// What a reader should know beside the measurements.
    pub notes: Vec<Note>,
    /// What the cluster says of the repository, where the report was made for one of its objects.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub symptom: Option<Symptom>,
    /// How the report itself ended.
    pub ending: Ending,
    /// From zero to the end, or to the last record that was read.
    pub took_us: Micros,
}

impl Report {
    /// The measurement of one run.
    pub fn measurement(&self, run: RunId) -> Option<&Measurement> {
        self.measurements.iter().find(|measurement| measurement.run.id == run)
    }
}

/// The first record of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Always [`Header::FORMAT`].
    pub format: String,
    /// [`crate::REPORT_VERSION`] of the program that wrote it.
    pub version: u32,
    /// Unique, and sorts by time (UUID version 7).
    pub id: String,
    /// Wall clock at the report's zero, RFC 3339 in UTC.
    pub created: String,
    /// The program.
    pub tool: Tool,
    /// Where it ran.
    pub vantage: Vantage,
    /// What it set out to do.
    pub plan: Plan,
}

impl Header {
    /// Marks a file as ours.
    pub const FORMAT: &'static str = "netprobe-report";
}

/// The program that wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A remark on the whole report, such as a setting of the user's that was not followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// One sentence.
    pub text: RemoteText,
}

/// How a report ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// Every run that was due was made.
    Complete,
    /// Ended from outside; what was seen until then is in it.
    Stopped {
        /// By what.
        cause: StopCause,
    },
    /// It did not come from where it was made, or not whole; who waited for it says why.
    BrokenOff {
        /// What became of the program there.
        why: RemoteText,
        /// What to do about it.
        remedy: RemoteText,
    },
    /// The journal breaks off: the program was killed, or the file was cut.
    CutShort,
}
