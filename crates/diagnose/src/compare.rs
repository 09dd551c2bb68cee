//! Several reports of one question side by side: what differs between the places, where the fault therefore lies, and
//! whether the cluster says what was foretold. Pure. It compares durations and never clocks, and no cell is empty without a
//! reason; where the evidence does not reach, it says that it does not.

mod caveats;
mod cells;
mod comparison;
mod difference;
mod place;
mod row;
mod sentence;
mod told;
mod view;

use model::{Report, Stage};

pub use comparison::{Column, Comparison, DifferenceBound, Echo, ExchangeEnd, FaultPlace, Told};
pub use row::{Cell, Difference, DifferenceKind, Incomparability, Measure, Quantity, Row, RowMark};

use crate::Policy;
use crate::figures::list;
use crate::trace::Trace;
use cells::Common;
use view::View;

/// Lays reports side by side. They should ask for the same; a column that asks for something else is shown and not compared.
/// Total: any reports have a comparison, fewer than two have one that says nothing.
pub fn compare(reports: &[Report], policy: &Policy) -> Comparison {
    let views = View::all(reports, policy);
    let columns: Vec<Column> = views.iter().map(|view| view.column.clone()).collect();
    let bound = DifferenceBound::of(policy);
    let common = common(&views, &bound);
    let rows: Vec<Row> = measures().filter_map(|measure| row(measure, &views, &columns, common, &bound)).collect();
    let found = place::found(&views, &rows);
    Comparison {
        sentence: found.sentence,
        confidence: found.confidence,
        caveats: caveats::of(&views, &rows, &found.place),
        place: found.place,
        told: told::told(&views),
        columns,
        rows,
        bound,
    }
}

/// Every row that there may be, in order.
fn measures() -> impl Iterator<Item = Measure> {
    let behind = [
        Measure::Exchange,
        Measure::Addresses,
        Measure::Dialled,
        Measure::RoundTrip,
        Measure::SegmentSizes,
        Measure::Algorithms,
        Measure::Pack,
        Measure::PackRate,
        Measure::Processor,
        Measure::Flux,
        Measure::Finding,
    ];
    Stage::ALL.into_iter().map(|stage| Measure::Stage { stage }).chain(behind)
}

/// The row; none where no column has anything to say in it.
fn row(
    measure: Measure,
    views: &[View<'_>],
    columns: &[Column],
    common: Common,
    bound: &DifferenceBound,
) -> Option<Row> {
    let cells: Vec<Cell> = views.iter().map(|view| cells::cell(view, measure, common)).collect();
    let says = |cell: &Cell| {
        matches!(cell, Cell::Value { .. } | Cell::Failed { .. } | Cell::Incomparable { value: Some(_), .. })
    };
    cells.iter().any(says).then(|| Row {
        difference: difference::of(measure, &cells, columns, bound),
        marks: marks(measure, views),
        measure,
        cells,
    })
}

fn common(views: &[View<'_>], bound: &DifferenceBound) -> Common {
    let runs: Vec<Trace<'_>> =
        views.iter().filter(|view| view.stranger.is_none()).filter_map(|view| view.run).collect();
    let sizes = || runs.iter().filter_map(|run| cells::transfer(*run)).map(|(bytes, _)| bytes);
    let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
    let cut = runs.iter().filter(|run| cells::is_cut(**run)).count();
    let one_size = most.saturating_sub(least).saturating_mul(100) <= most.saturating_mul(bound.size_percent);
    let mut commits: Vec<&str> = runs
        .iter()
        .filter_map(|run| run.advertisement()?.1.object_id.as_ref().map(model::RemoteText::as_str))
        .collect();
    commits.dedup();
    Common { cut_apart: cut > 0 && !(cut == runs.len() && one_size), commits_differ: commits.len() > 1 }
}

/// What to bear in mind with a row that is comparable all the same.
fn marks(measure: Measure, views: &[View<'_>]) -> Vec<RowMark> {
    let behind_connect = match measure {
        Measure::Stage { stage } => stage >= Stage::Connect,
        Measure::Exchange | Measure::RoundTrip | Measure::SegmentSizes | Measure::Algorithms | Measure::PackRate => {
            true
        }
        _ => false,
    };
    let agreed = matches!(measure, Measure::Stage { stage: Stage::KeyExchange | Stage::Tls });
    [
        (behind_connect && addresses_differ(views), RowMark::OtherAddress),
        (agreed && algorithms_differ(views), RowMark::OtherAlgorithms),
    ]
    .into_iter()
    .filter_map(|(marked, mark)| marked.then_some(mark))
    .collect()
}

fn addresses_differ(views: &[View<'_>]) -> bool {
    let mut dialled = views.iter().filter(|view| view.stranger.is_none()).filter_map(View::dialled);
    let first = dialled.next();
    dialled.any(|peer| Some(peer) != first)
}

fn algorithms_differ(views: &[View<'_>]) -> bool {
    let names = |view: &View<'_>| match cells::cell(view, Measure::Algorithms, cells::NOTHING_COMMON) {
        Cell::Value { value: Quantity::Words { words } } => Some(words),
        _ => None,
    };
    let mut agreed = views.iter().filter_map(names);
    let first = agreed.next();
    agreed.any(|names| Some(names) != first)
}

/// `from here and from the node npk-n2`.
fn from(views: &[&View<'_>]) -> String {
    let places: Vec<String> = views.iter().map(|view| format!("from {}", view.column.called)).collect();
    list(&places)
}

#[cfg(test)]
mod tests;
