//! The JSON document of a run: the report and what was made of it, side by side. `diagnose` reads the report out of it
//! again, so that old documents can be judged by new rules.

use diagnose::Diagnosis;
use model::Report;
use schemars::JsonSchema;
use serde::Serialize;

/// What `--format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// What was seen.
    pub report: &'a Report,
    /// What it comes to.
    pub diagnosis: &'a Diagnosis,
}

/// The document as indented JSON with a line feed behind it.
pub fn document(report: &Report, diagnosis: &Diagnosis) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Document { report, diagnosis })?;
    text.push('\n');
    Ok(text)
}
