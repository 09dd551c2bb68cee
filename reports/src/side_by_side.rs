//! Several reports side by side: what the cluster says, a table with a column for each place, what is wrong in each of them,
//! and where the fault therefore lies. What is compared and concluded was decided before; this is its layout.

mod cell;
mod grid;
mod markdown;

use diagnose::{Column, Comparison, Diagnosis, Difference, DifferenceBound, FaultPlace, Finding, Verdict};
use model::{Ending, Report};
use schemars::JsonSchema;
use serde::Serialize;

use crate::page::Page;
use crate::screen::{findings, symptom};
use crate::style::{Ink, Mark};
use crate::{Style, number};

pub use markdown::markdown;

/// What `--format json` prints for several reports.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// What differs, and where the fault lies.
    pub comparison: &'a Comparison,
    /// The reports, each with what it comes to by itself.
    pub columns: Vec<crate::json::Document<'a>>,
}

/// The document as indented JSON with a line feed behind it.
pub fn document(
    reports: &[Report],
    diagnoses: &[Diagnosis],
    comparison: &Comparison,
) -> Result<String, serde_json::Error> {
    let pairs = reports.iter().zip(diagnoses);
    let columns = pairs.map(|(report, diagnosis)| crate::json::Document { report, diagnosis }).collect();
    let mut text = serde_json::to_string_pretty(&Document { comparison, columns })?;
    text.push('\n');
    Ok(text)
}

/// The screen as text, a line feed behind each line. `paths` are where the reports were stored, in the order of the columns;
/// none where one was not.
///
/// No line is wider than [`Style::columns`], save where a command, an address or a path alone is.
pub fn render(
    reports: &[Report],
    diagnoses: &[Diagnosis],
    comparison: &Comparison,
    paths: &[Option<String>],
    style: &Style,
) -> String {
    let mut page = Page::new(*style);
    subject(&mut page, reports);
    told(&mut page, reports, comparison);
    page.gap();
    grid::table(&mut page, comparison);
    wrong(&mut page, reports, diagnoses, comparison);
    page.gap();
    page.marked(mark(&comparison.place), Ink::Strong, &comparison.sentence);
    page.gap();
    page.items("bear in mind", &comparison.caveats);
    page.labelled("“same” means", &bound(&comparison.bound));
    stored(&mut page, paths);
    page.finished()
}

fn subject(page: &mut Page, reports: &[Report]) {
    if let Some(plan) = reports.first().map(|report| &report.header.plan) {
        page.labelled("repository", &format!("{} · {}", plan.target.url(), plan.git_ref));
    }
}

/// The complaint, and whether it is what was foretold.
fn told(page: &mut Page, reports: &[Report], comparison: &Comparison) {
    let Some(told) = &comparison.told else { return };
    let Some(symptom) = reports.get(told.column).and_then(|report| report.symptom.as_ref()) else { return };
    page.gap();
    symptom::section(page, symptom);
    page.labelled("compared", &told.sentence);
}

/// The first finding of each column that is not healthy. What Flux would log stands with it, unless the cluster has just
/// said it.
fn wrong(page: &mut Page, reports: &[Report], diagnoses: &[Diagnosis], comparison: &Comparison) {
    for one in unhealthy(reports, diagnoses, comparison) {
        page.gap();
        match one.finding {
            Some(finding) => {
                findings::of_place(page, &one.column.called, one.column.pod.is_some(), &finding);
            }
            None => page.marked(Mark::OPEN, Ink::Strong, &format!("{}: {}", one.column.label, one.column.headline)),
        }
        if let Some(remedy) = one.remedy {
            page.labelled("what to do", remedy);
        }
        match (&one.column.flux_message, one.is_echoed) {
            (Some(message), false) => page.quoted("Flux logs", message),
            (Some(_), true) => page.labelled("Flux logs", "what the cluster says above, word for word"),
            (None, _) => {}
        }
    }
}

/// A column that is not healthy.
struct Unhealthy<'a> {
    column: &'a Column,
    /// Without what another column was told to do already.
    finding: Option<Finding>,
    is_echoed: bool,
    /// Why there is nothing from there, or not all of it, is the cluster's affair, and so is what to do about it.
    remedy: Option<&'a str>,
}

fn unhealthy<'a>(reports: &'a [Report], diagnoses: &[Diagnosis], comparison: &'a Comparison) -> Vec<Unhealthy<'a>> {
    let mut advice: Vec<Vec<String>> = Vec::new();
    let mut all = Vec::new();
    for (index, (column, diagnosis)) in comparison.columns.iter().zip(diagnoses).enumerate() {
        if column.verdict == Verdict::Healthy {
            continue;
        }
        let mut finding = diagnosis.findings.first().cloned();
        if let Some(finding) = &mut finding {
            if advice.contains(&finding.remedies) {
                finding.remedies = vec!["The same as above.".to_owned()];
            } else if !finding.remedies.is_empty() {
                advice.push(finding.remedies.clone());
            }
        }
        let echoes = comparison.told.iter().flat_map(|told| &told.echoes);
        let is_echoed = echoes.into_iter().any(|echo| echo.columns.contains(&index));
        let remedy = match reports.get(index).map(|report| &report.ending) {
            Some(Ending::BrokenOff { remedy, .. }) => Some(remedy.as_str()),
            _ => None,
        };
        all.push(Unhealthy { column, finding, is_echoed, remedy });
    }
    all
}

const fn mark(place: &FaultPlace) -> Mark {
    match place {
        FaultPlace::Nowhere => Mark::GOOD,
        FaultPlace::SlowerFromSome { .. } => Mark::CAUTION,
        FaultPlace::Open => Mark::OPEN,
        _ => Mark::BAD,
    }
}

/// From where on a difference is one.
fn bound(bound: &DifferenceBound) -> String {
    let times = if bound.percent == 200 { "twice".to_owned() } else { format!("{} % of", bound.percent) };
    format!(
        "less than {times} as long, or less than {} more ({} for round trips); packs within {} %, rates only over {} and more",
        number::duration(bound.least_us),
        number::duration(bound.least_round_trip_us),
        bound.size_percent,
        number::duration(bound.least_rate_us),
    )
}

/// Each path alone on its line: what is copied must be it and nothing else.
fn stored(page: &mut Page, paths: &[Option<String>]) {
    // One file may hold several.
    let mut paths: Vec<&String> = paths.iter().flatten().collect();
    paths.dedup();
    for (index, path) in paths.into_iter().enumerate() {
        page.whole(if index == 0 { "reports" } else { "" }, path);
    }
}

/// What the last column says, marks included: `same *`.
fn difference(difference: &Difference, is_marked: bool) -> String {
    let mark = if is_marked { "*" } else { "" };
    [difference.words.as_str(), mark].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
