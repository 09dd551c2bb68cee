//! One cell in a few words, and how it is to be seen.

use std::net::IpAddr;

use diagnose::{Cell, Column, Comparison, FluxOutcome, Measure, Quantity, Verdict};
use model::{FailureKind, Micros};

use crate::screen::findings::surety;
use crate::screen::table;
use crate::style::{Ink, Mark};
use crate::{failure, number};

/// What stands at the left of a row.
pub(super) fn label(measure: Measure, comparison: &Comparison) -> String {
    match measure {
        Measure::Stage { stage } => table::label(stage).to_owned(),
        Measure::Flux => timeout(comparison)
            .map_or_else(|| "Flux".to_owned(), |timeout| format!("Flux ({})", number::duration(timeout))),
        other => other.words().to_owned(),
    }
}

/// The timeout that all columns have in common.
fn timeout(comparison: &Comparison) -> Option<Micros> {
    let row = comparison.rows.iter().find(|row| row.measure == Measure::Flux)?;
    let mut timeouts = row.cells.iter().filter_map(|cell| match cell {
        Cell::Value { value: Quantity::Flux { timeout_us, .. } } => Some(*timeout_us),
        _ => None,
    });
    let first = timeouts.next()?;
    timeouts.all(|timeout| timeout == first).then_some(first)
}

/// The cell in words; fewer where all cells of the row say the same.
pub(super) fn words(cell: &Cell, same: bool) -> String {
    match cell {
        Cell::Value { value: Quantity::Words { words } } if same => {
            words.split(' ').next().unwrap_or_default().to_owned()
        }
        Cell::Value { value } | Cell::Incomparable { value: Some(value), .. } => quantity(value),
        Cell::Failed { how, stage: Some(_), after_us } => {
            let word = if matches!(how, FailureKind::Stalled { .. }) { "given up" } else { "failed" };
            format!("{word}, {}", number::duration(*after_us))
        }
        Cell::Failed { how: FailureKind::Stalled { silent_us }, .. } => {
            format!("stalled, {}", number::duration(*silent_us))
        }
        Cell::Failed { how, .. } => failure::of_kind(how),
        Cell::NotReached => "not reached".to_owned(),
        Cell::NotRun { .. } => "–".to_owned(),
        Cell::Incomparable { why, value: None } => why.short().to_owned(),
    }
}

/// How the cell is to be seen, in a row that says this of its column.
pub(super) const fn ink(cell: &Cell, stands_out: bool) -> Ink {
    match cell {
        Cell::Failed { .. } => Ink::Bad,
        Cell::Value { value: Quantity::Flux { outcome, .. } } => match outcome {
            FluxOutcome::Fits => Ink::Plain,
            FluxOutcome::Unknown => Ink::Caution,
            FluxOutcome::TimesOut | FluxOutcome::Fails | FluxOutcome::HangsSilently => Ink::Bad,
        },
        Cell::Value { .. } if stands_out => Ink::Caution,
        Cell::Value { .. } => Ink::Plain,
        Cell::NotReached | Cell::NotRun { .. } | Cell::Incomparable { .. } => Ink::Quiet,
    }
}

/// What a column comes to, in a word behind its mark.
pub(super) fn answer(column: &Column) -> (String, Ink) {
    let mark = Mark::from(column.verdict);
    let word = match column.verdict {
        Verdict::Healthy => "works",
        Verdict::Warning => "warning",
        Verdict::Fault => "fault",
        Verdict::Undecided => "undecided",
    };
    (format!("{} {word}", mark.0), mark.1)
}

fn quantity(value: &Quantity) -> String {
    match value {
        // Zero says that both ends came with one read.
        Quantity::Duration { took_us } => number::duration((*took_us).max(Micros(1))),
        Quantity::Size { size_bytes } => number::bytes(*size_bytes),
        Quantity::Rate { bits_per_second, .. } => number::rate(*bits_per_second as f64),
        Quantity::Segments { announced_mss_bytes, path_mtu_bytes } => {
            format!("{announced_mss_bytes} / {path_mtu_bytes}")
        }
        Quantity::Addresses { addresses } => several(addresses),
        Quantity::Words { words } => words.clone(),
        Quantity::Waited { waited_us, held_by_quota } => {
            let quota = if *held_by_quota { ", by quota" } else { "" };
            format!("{}{quota}", number::duration(*waited_us))
        }
        Quantity::Flux { outcome, takes_us, .. } => flux(*outcome, *takes_us),
        Quantity::Finding { rule, confidence } => format!("{rule} · {}", surety(*confidence)),
    }
}

fn several(addresses: &[IpAddr]) -> String {
    let more = addresses.len().saturating_sub(1);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    addresses.first().map(|first| format!("{first}{more}")).unwrap_or_default()
}

fn flux(outcome: FluxOutcome, takes_us: Option<Micros>) -> String {
    let word = match outcome {
        FluxOutcome::Fits => "fits",
        FluxOutcome::TimesOut => "times out",
        FluxOutcome::Fails => "fails",
        FluxOutcome::HangsSilently => return "hangs silently".to_owned(),
        FluxOutcome::Unknown => return "cannot be told".to_owned(),
    };
    match takes_us.filter(|_| outcome != FluxOutcome::TimesOut) {
        Some(takes) => format!("{word}, {}", number::duration(takes)),
        None => word.to_owned(),
    }
}
