//! The comparison as Markdown (GitHub Flavored Markdown), for an issue or a page.

use std::fmt::Write as _;

use diagnose::{Comparison, Diagnosis};
use model::{Report, Symptom};

use super::{bound, cell, difference, unhealthy};
use crate::explained::markdown::{code, fenced, foreign, prose};
use crate::screen::findings::{evidence, surety};

/// The comparison, a line feed behind each line.
pub fn markdown(
    reports: &[Report],
    diagnoses: &[Diagnosis],
    comparison: &Comparison,
    paths: &[Option<String>],
) -> String {
    let mut out = String::new();
    let mut put = |words: String| {
        // Writing to a String does not fail.
        let _ = writeln!(out, "{words}\n");
    };
    if let Some(plan) = reports.first().map(|report| &report.header.plan) {
        put(format!("## {}, {}", foreign(&plan.target.url()), foreign(&plan.git_ref.to_string())));
    }
    put(format!("**{}**", foreign(&comparison.sentence)));
    if let Some(told) = &comparison.told {
        if let Some(symptom) = reports.get(told.column).and_then(|report| report.symptom.as_ref()) {
            put(complaint(symptom));
        }
        put(foreign(&told.sentence));
    }
    put(table(comparison));
    for one in unhealthy(reports, diagnoses, comparison) {
        let Some(finding) = one.finding else {
            let remedy = one.remedy.map(|remedy| format!("\n- **to do** {}", foreign(remedy))).unwrap_or_default();
            put(format!("- **{}**: {}{remedy}", foreign(&one.column.label), foreign(&one.column.headline)));
            continue;
        };
        put(format!(
            "### {}, {}, from {}",
            code(&finding.rule),
            surety(finding.confidence),
            foreign(&one.column.called)
        ));
        put(foreign(&finding.statement));
        let because = evidence(&finding.evidence).into_iter().map(|shows| format!("- **because** {}", foreign(&shows)));
        let possible = finding.possible.iter().map(|cause| format!("- **possible** {}", foreign(cause)));
        let todo = finding.remedies.iter().map(|step| format!("- **to do** {}", action(step)));
        put(because.chain(possible).chain(todo).collect::<Vec<_>>().join("\n"));
        if let (Some(message), false) = (&one.column.flux_message, one.is_echoed) {
            put(format!("Flux would log:\n\n{}", fenced(message)));
        }
    }
    let mut remarks: Vec<String> = comparison.caveats.iter().map(|caveat| format!("- {}", foreign(caveat))).collect();
    remarks.push(format!("- “same” means {}", prose(&bound(&comparison.bound))));
    remarks.extend(paths.iter().flatten().map(|path| format!("- report {}", code(path))));
    put(remarks.join("\n"));
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn table(comparison: &Comparison) -> String {
    let mut out = String::from("| |");
    for column in &comparison.columns {
        let (answer, _) = cell::answer(column);
        let _ = write!(out, " {}<br>{} |", foreign(&column.label), foreign(&answer));
    }
    let _ = write!(out, " differs |\n|---|{}---|", "--:|".repeat(comparison.columns.len()));
    for row in &comparison.rows {
        let _ = write!(out, "\n| {} |", foreign(&cell::label(row.measure, comparison)));
        for one in &row.cells {
            let _ = write!(out, " {} |", foreign(&cell::words(one, false)));
        }
        let _ = write!(out, " {} |", foreign(&difference(&row.difference, !row.marks.is_empty())));
    }
    out
}

/// What the cluster says, in its own words.
fn complaint(symptom: &Symptom) -> String {
    let name = foreign(&format!("GitRepository {}/{}", symptom.namespace, symptom.name));
    let lines: Vec<String> = symptom
        .conditions
        .iter()
        .map(|one| format!("{} = {} · {}: {}", one.kind, one.status, one.reason, one.message))
        .collect();
    format!("{name} says:\n\n{}", fenced(&lines.join("\n")))
}

/// A sentence, or a command as it is to be pasted.
fn action(step: &str) -> String {
    match step.strip_prefix("$ ").unwrap_or(step) {
        command if command.starts_with(|first: char| first.is_ascii_lowercase()) && !command.ends_with('.') => {
            code(command)
        }
        _ => foreign(step),
    }
}
