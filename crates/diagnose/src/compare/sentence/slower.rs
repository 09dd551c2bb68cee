//! The closing sentence where it works from every place, and takes longer from some: figures, and no cause.

use model::{Bytes, Micros, Stage};

use super::super::from;
use super::super::row::{Cell, Measure, Quantity, Row};
use super::super::view::View;
use crate::figures::{list, rate, time};

/// It works from every place, and slower from some.
pub(in super::super) fn slower(slow: &[&View<'_>], row: &Row, rows: &[Row]) -> String {
    let measured = |cell: &Cell| match cell {
        Cell::Value { value: Quantity::Duration { took_us } } => Some(time(*took_us)),
        Cell::Value { value: Quantity::Rate { bits_per_second, .. } } => {
            rate(Bytes(bits_per_second / 8), Micros::from_secs(1))
        }
        _ => None,
    };
    let (mut theirs, mut others) = (Vec::new(), Vec::new());
    for (index, cell) in row.cells.iter().enumerate() {
        let side = if row.difference.columns.contains(&index) { &mut theirs } else { &mut others };
        side.extend(measured(cell));
    }
    let what = if row.measure == Measure::Exchange { "The clone takes longer" } else { "The pack comes more slowly" };
    let most = slowest_stage(rows, &row.difference.columns)
        .map(|stage| format!(" Most of the difference is in “{}”.", stage.words()))
        .unwrap_or_default();
    format!(
        "It works from every place, and slower from some. {what} {}: {} against {}.{most} Slower is not broken: what lies \
         between that place and the server, and how busy that place is, come first.",
        from(slow),
        list(&theirs),
        list(&others)
    )
}

/// The stage with the largest difference between the slow columns and the rest.
fn slowest_stage(rows: &[Row], slow: &[usize]) -> Option<Stage> {
    let gained = |row: &Row| {
        let Measure::Stage { stage } = row.measure else { return None };
        let times = |wanted: bool| {
            row.cells.iter().enumerate().filter(move |(index, _)| slow.contains(index) == wanted).filter_map(
                |(_, cell)| match cell {
                    Cell::Value { value: Quantity::Duration { took_us } } => Some(*took_us),
                    _ => None,
                },
            )
        };
        Some((stage, times(true).min()? - times(false).max()?))
    };
    rows.iter().filter_map(gained).max_by_key(|(_, gain)| *gain).filter(|(_, gain)| gain.0 > 0).map(|(stage, _)| stage)
}
