//! One run in full: its stages as a table with a time bar, what was not reached, the course of the transfer's rate, and the
//! connection's state where it stalled.

use model::{Depth, Ended, GitRef, Measurement, Micros, Plan, Seen, Stage, StageSeen, Transport, UploadPackParameters};

use super::{exchange, stall, table};
use crate::chart::Rates;
use crate::number;
use crate::page::Page;
use crate::style::Ink;

pub(super) fn section(page: &mut Page, plan: &Plan, measurement: &Measurement, asked: &UploadPackParameters) {
    let (ending, ink, _) = exchange::ending(measurement);
    let manner = exchange::manner(plan, asked);
    page.title(&format!("{} · {manner}", measurement.run.id.0), &ending, ink);
    if measurement.stages().next().is_some() {
        table::rows(page, measurement);
    }
    not_reached(page, plan, measurement, asked);
    redirects(page, measurement);
    problems(page, measurement);
    rate(page, measurement);
    if let Some(snapshot) = measurement.stall() {
        stall::lines(page, snapshot);
    }
}

fn not_reached(page: &mut Page, plan: &Plan, measurement: &Measurement, asked: &UploadPackParameters) {
    if matches!(measurement.ended, Ended::Complete | Ended::Cut { .. } | Ended::Skipped { .. }) {
        return;
    }
    // Not the furthest: a redirect passes the first ones again.
    let last = measurement.stages().last().map(StageSeen::stage);
    let missing: Vec<&str> = Stage::ALL
        .into_iter()
        .filter(|stage| last.is_none_or(|last| *stage > last) && is_due(*stage, plan, asked))
        .map(table::label)
        .collect();
    if !missing.is_empty() {
        page.listed(Ink::Quiet, "not reached: ", &missing);
    }
}

/// Whether an exchange of this kind passes a stage at all.
fn is_due(stage: Stage, plan: &Plan, parameters: &UploadPackParameters) -> bool {
    let ssh = plan.target.transport == Transport::Ssh;
    match stage {
        Stage::Proxy => false,
        Stage::Greeting | Stage::KeyExchange | Stage::Exec | Stage::Authenticate => ssh,
        Stage::Tls => plan.target.transport == Transport::Https,
        Stage::ShallowList => match parameters.depth {
            Depth::One => true,
            Depth::Full => false,
            // Flux takes the whole history for a commit, and for nothing else.
            Depth::AsFlux => !matches!(plan.git_ref, GitRef::Commit { .. }),
        },
        _ => true,
    }
}

fn redirects(page: &mut Page, measurement: &Measurement) {
    for observation in &measurement.observations {
        if let Seen::Redirect { to } = &observation.seen {
            page.labelled("redirected", &format!("to {to}"));
        }
    }
}

/// What was being done when a stage failed, and the raw word of whoever said no. Where nobody said a word, the table's note
/// is all there is.
fn problems(page: &mut Page, measurement: &Measurement) {
    let problems = measurement.stages().filter_map(|stage| stage.problem.as_ref());
    for problem in problems.filter(|problem| !problem.text.is_empty() || problem.errno.is_some()) {
        let peer = problem.peer.map(|peer| format!(", {peer}")).unwrap_or_default();
        let errno = problem.errno.map(|errno| format!(" (errno {errno})")).unwrap_or_default();
        // Rust's own words end in the number, too.
        let again = problem.errno.map(|errno| format!(" (os error {errno})")).unwrap_or_default();
        let text = problem.text.as_str();
        let text = text.strip_suffix(again.as_str()).unwrap_or(text);
        let said = if text.is_empty() { String::new() } else { format!(": “{text}”") };
        page.labelled("failed to", &format!("{}{peer}{said}{errno}", problem.operation));
    }
}

fn rate(page: &mut Page, measurement: &Measurement) {
    let Some(transfer) = measurement.stage(Stage::PackTransfer).filter(|seen| seen.took_us >= CHARTED_FROM) else {
        return;
    };
    let samples = measurement.observations.iter().filter_map(|observation| match &observation.seen {
        Seen::Sample(sample) if sample.during == Stage::PackTransfer => Some((observation.at_us, sample)),
        _ => None,
    });
    let Some(rates) = Rates::of(samples, CHART.min(page.style.columns().saturating_sub(CAPTION))) else { return };
    let figures = format!("peak {} over {}", number::rate(rates.peak()), number::duration(transfer.took_us));
    page.drawn("pack rate", &rates.sparkline(), &figures);
}

/// A shorter transfer has too few samples, ten a second, for a course to show.
const CHARTED_FROM: Micros = Micros::from_secs(1);
/// Most steps of a chart, in characters.
const CHART: usize = 40;
/// What label and caption take beside the chart.
const CAPTION: usize = 50;
