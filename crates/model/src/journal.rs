//! The report as it grows: one JSON record a line, each whole by itself. A journal that was cut at any byte is read up
//! to its last whole record. Records of kinds that this version does not know are passed over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Ended, Ending, Header, Measurement, Micros, Note, Observation, REPORT_VERSION, Report, Run, RunId, Symptom,
};

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// Always first.
    Header(Header),
    /// A run begins.
    RunStarted {
        /// Since the report's zero.
        at_us: Micros,
        /// The run.
        #[serde(flatten)]
        run: Run,
    },
    /// A run saw something.
    Observation {
        /// Which run.
        run: RunId,
        /// What.
        #[serde(flatten)]
        observation: Observation,
    },
    /// A run is over.
    RunEnded {
        /// Since the report's zero.
        at_us: Micros,
        /// Which run.
        run: RunId,
        /// How.
        #[serde(flatten)]
        ended: Ended,
    },
    /// A remark.
    Note(Note),
    /// What the cluster says of the repository.
    Symptom(Symptom),
    /// Always last, where the program came to its end.
    End {
        /// Since the report's zero.
        at_us: Micros,
        /// How.
        #[serde(flatten)]
        ending: Ending,
    },
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Record {
    /// The line, line feed included.
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_else(|error| {
            // Unreachable with the types above (no map with other keys than strings); a journal must not end over it.
            format!(r#"{{"record":"note","text":"a record could not be written: {}"}}"#, error.classify() as u8)
        });
        line.push('\n');
        line
    }
}

/// Builds a [`Report`] from records.
#[derive(Debug)]
pub struct Journal {
    report: Report,
}

/// Why a file is not a report that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Nothing that begins as a report begins.
    #[error("this is not a netprobe report: its first line should be a header with \"format\":\"netprobe-report\"")]
    NoHeader,
    /// Written by a later version.
    #[error(
        "this report has format version {found}, and this netprobe reads versions up to {REPORT_VERSION}; use the netprobe that wrote it, or a newer one"
    )]
    TooNew {
        /// The version in the header.
        found: u32,
    },
    /// The header's marks are right and its content is not.
    #[error("the report's header cannot be read: {0}")]
    BadHeader(String),
}

impl Journal {
    /// An empty journal behind its header.
    pub fn new(header: Header) -> Self {
        let report = Report {
            header,
            measurements: Vec::new(),
            notes: Vec::new(),
            symptom: None,
            ending: Ending::CutShort,
            took_us: Micros::default(),
        };
        Self { report }
    }

    /// Reads what a file holds: a journal, cut or whole, or a report as one JSON object, alone or under `"report"`.
    pub fn read(bytes: &[u8]) -> Result<Report, JournalError> {
        if let Some(report) = whole_document(bytes) {
            return report;
        }
        let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let mut journal = Self::new(header(lines.next().unwrap_or_default())?);
        for line in lines {
            // A line that does not parse is the cut-off end of the file, or damage; what follows may still be whole.
            if let Ok(record) = serde_json::from_slice(line) {
                journal.push(record);
            }
        }
        Ok(journal.into_report())
    }

    /// The same of a file that may hold several: the document of a comparison has one under each of its `"columns"`, and
    /// in a stream a header begins the next journal.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Report>, JournalError> {
        let document: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
        if let Some(columns) = document.as_ref().and_then(|document| document.get("columns")?.as_array()) {
            return columns.iter().map(|column| from_value(column.clone())).collect();
        }
        let mut journals: Vec<Vec<u8>> = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            match journals.last_mut() {
                Some(journal) if header(line) == Err(JournalError::NoHeader) => journal.extend_from_slice(line),
                _ => journals.push(line.to_vec()),
            }
        }
        if journals.len() < 2 {
            return Self::read(bytes).map(|report| vec![report]);
        }
        journals.iter().map(|journal| Self::read(journal)).collect()
    }

    /// Adds one record.
    pub fn push(&mut self, record: Record) {
        match record {
            Record::Header(_) | Record::Unknown => {}
            Record::RunStarted { at_us, run } => {
                self.at(at_us);
                self.report.measurements.push(Measurement {
                    run,
                    started_us: at_us,
                    took_us: Micros::default(),
                    ended: Ended::Lost,
                    observations: Vec::new(),
                });
            }
            Record::Observation { run, observation } => {
                self.at(observation.at_us);
                if let Some(measurement) = self.measurement(run) {
                    measurement.took_us = measurement.took_us.max(observation.at_us.since(measurement.started_us));
                    measurement.observations.push(observation);
                }
            }
            Record::RunEnded { at_us, run, ended } => {
                self.at(at_us);
                if let Some(measurement) = self.measurement(run) {
                    measurement.took_us = at_us.since(measurement.started_us);
                    measurement.ended = ended;
                }
            }
            Record::Note(note) => self.report.notes.push(note),
            Record::Symptom(symptom) => self.report.symptom = Some(symptom),
            Record::End { at_us, ending } => {
                self.at(at_us);
                self.report.ending = ending;
            }
        }
    }

    /// The report so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The report, finished.
    pub fn into_report(self) -> Report {
        self.report
    }

    fn measurement(&mut self, run: RunId) -> Option<&mut Measurement> {
        self.report.measurements.iter_mut().rev().find(|measurement| measurement.run.id == run)
    }

    fn at(&mut self, at_us: Micros) {
        self.report.took_us = self.report.took_us.max(at_us);
    }
}

fn header(line: &[u8]) -> Result<Header, JournalError> {
    let value: serde_json::Value = serde_json::from_slice(line).map_err(|_| JournalError::NoHeader)?;
    marks(&value)?;
    serde_json::from_value(value).map_err(|error| JournalError::BadHeader(error.to_string()))
}

/// Checks what every version of the header will have.
fn marks(value: &serde_json::Value) -> Result<(), JournalError> {
    if value.get("format").and_then(serde_json::Value::as_str) != Some(Header::FORMAT) {
        return Err(JournalError::NoHeader);
    }
    let version = value.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0);
    match u32::try_from(version) {
        Ok(found) if (1..=REPORT_VERSION).contains(&found) => Ok(()),
        Ok(0) => Err(JournalError::NoHeader),
        found => Err(JournalError::TooNew { found: found.unwrap_or(u32::MAX) }),
    }
}

/// The report in a file that is one JSON object; none where the file is a journal.
fn whole_document(bytes: &[u8]) -> Option<Result<Report, JournalError>> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    if value.get("record").is_some() {
        return None;
    }
    Some(from_value(value))
}

/// The report that one JSON object is, or has under `"report"`.
fn from_value(mut value: serde_json::Value) -> Result<Report, JournalError> {
    if let Some(inner) = value.get_mut("report") {
        value = inner.take();
    }
    marks(&value)?;
    serde_json::from_value(value).map_err(|error| JournalError::BadHeader(error.to_string()))
}

#[cfg(test)]
mod tests;
