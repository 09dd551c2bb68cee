//! The answer on stdout: judged, put into the format that was asked for, written. The exit code is decided first.

use diagnose::{Diagnosis, Policy};
use model::Report;

use crate::args::look::Format;
use crate::exit::Exit;
use crate::look::Look;
use crate::output;

/// For a run that was just made: its exit code, once the answer is written.
pub(crate) fn run(report: &Report, look: &Look, report_path: Option<&str>) -> anyhow::Result<Exit> {
    let diagnosis = diagnose::diagnose(report, &Policy::STANDARD);
    let exit = Exit::of_run(report, &diagnosis, look.strict);
    answer(report, &diagnosis, look, report_path)?;
    Ok(exit)
}

/// Writes the answer. In `jsonl` the records of a run are out already.
pub(crate) fn answer(
    report: &Report,
    diagnosis: &Diagnosis,
    look: &Look,
    report_path: Option<&str>,
) -> anyhow::Result<()> {
    let text = match look.format {
        Format::Human => reports::screen::render(report, diagnosis, &look.style, report_path),
        Format::Json => reports::json::document(report, diagnosis)?,
        Format::Jsonl => record(diagnosis)?,
    };
    output::data(&text)
}

/// The diagnosis as one more line of a journal. Readers of journals pass over it, as over every record that they do not
/// know: a report holds no verdict.
fn record(diagnosis: &Diagnosis) -> anyhow::Result<String> {
    let fields = serde_json::to_string(diagnosis)?;
    Ok(fields.replacen('{', r#"{"record":"diagnosis","#, 1) + "\n")
}
