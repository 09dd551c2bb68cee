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

/// Writes the answer of several places. In `jsonl` the records of their runs are out already, one journal behind the other.
pub(crate) fn side_by_side(
    reports: &[Report],
    diagnoses: &[Diagnosis],
    paths: &[Option<String>],
    look: &Look,
) -> anyhow::Result<()> {
    let comparison = diagnose::compare(reports, &Policy::STANDARD);
    let text = match look.format {
        Format::Human => reports::side_by_side::render(reports, diagnoses, &comparison, paths, &look.style),
        Format::Json => reports::side_by_side::document(reports, diagnoses, &comparison)?,
        Format::Jsonl => {
            let lines = diagnoses.iter().map(record).collect::<anyhow::Result<String>>()?;
            let fields = serde_json::to_string(&comparison)?;
            lines + &fields.replacen('{', r#"{"record":"comparison","#, 1) + "\n"
        }
    };
    output::data(&text)
}

/// The diagnosis as one more line of a journal. Readers of journals pass over it, as over every record that they do not
/// know: a report holds no verdict.
fn record(diagnosis: &Diagnosis) -> anyhow::Result<String> {
    let fields = serde_json::to_string(diagnosis)?;
    Ok(fields.replacen('{', r#"{"record":"diagnosis","#, 1) + "\n")
}
