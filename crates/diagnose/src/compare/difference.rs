//! What differs in a row, in a few words. It knows cells and the bound below which a difference is none.

use std::collections::BTreeSet;

use model::Micros;

use super::comparison::{Column, DifferenceBound};
use super::row::{Cell, Difference, DifferenceKind, Measure, Quantity};
use crate::{FluxOutcome, Policy};

impl DifferenceBound {
    /// The bound that a policy sets.
    pub(super) const fn of(policy: &Policy) -> Self {
        Self {
            percent: policy.difference_percent,
            least_us: policy.least_difference_us,
            least_round_trip_us: policy.least_round_trip_difference_us,
            size_percent: policy.pack_difference_percent,
            least_rate_us: policy.least_rate_us,
        }
    }

    /// Whether `longer` is longer than `shorter` by more than the bound.
    pub(super) fn exceeds(&self, measure: Measure, longer: Micros, shorter: Micros) -> bool {
        let least = if measure == Measure::RoundTrip { self.least_round_trip_us } else { self.least_us };
        longer - shorter >= least && times(longer.0, shorter.0) >= self.percent
    }
}

/// What differs in this row.
pub(super) fn of(measure: Measure, cells: &[Cell], columns: &[Column], bound: &DifferenceBound) -> Difference {
    let which = |wanted: fn(&Cell) -> bool| -> Vec<usize> {
        cells.iter().enumerate().filter(|(_, cell)| wanted(cell)).map(|(index, _)| index).collect()
    };
    let failed = which(|cell| matches!(cell, Cell::Failed { .. }));
    let good = which(|cell| matches!(cell, Cell::Value { .. }));
    match (failed.len(), good.len()) {
        (0, 0 | 1) => nothing(cells),
        (0, _) => of_values(measure, cells, columns, bound),
        (_, 0) if failed.len() == cells.len() && failed.len() > 1 => alike(cells),
        (_, 0) => nothing(cells),
        _ => some(DifferenceKind::FailsFromSome, &failed, columns, "only"),
    }
}

/// How many percent `one` is of `other`. Of nothing, anything is without end.
fn times(one: u64, other: u64) -> u64 {
    one.saturating_mul(100).checked_div(other).unwrap_or(u64::MAX)
}

fn nothing(cells: &[Cell]) -> Difference {
    let why = cells.iter().find_map(|cell| match cell {
        // A cell without a value says it itself.
        Cell::Incomparable { why, value: Some(_) } => Some(why.short()),
        _ => None,
    });
    Difference { kind: DifferenceKind::Nothing, columns: Vec::new(), words: why.unwrap_or_default().to_owned() }
}

fn same() -> Difference {
    Difference { kind: DifferenceKind::Same, columns: Vec::new(), words: "same".to_owned() }
}

/// `WORD from PLACE`.
fn some(kind: DifferenceKind, which: &[usize], columns: &[Column], word: &str) -> Difference {
    let names: Vec<&str> =
        which.iter().filter_map(|index| columns.get(*index)).map(|column| column.short.as_str()).collect();
    Difference { kind, columns: which.to_vec(), words: format!("{word} from {}", names.join(", ")) }
}

/// It fails from everywhere.
fn alike(cells: &[Cell]) -> Difference {
    let ways: Vec<_> = cells
        .iter()
        .filter_map(|cell| match cell {
            // How long it was waited for is no difference in kind.
            Cell::Failed { how, stage, .. } => Some((std::mem::discriminant(how), *stage)),
            _ => None,
        })
        .collect();
    if ways.windows(2).all(|pair| pair.first() == pair.last()) {
        return Difference { words: "from every place".to_owned(), ..same() };
    }
    let words = "fails differently".to_owned();
    Difference { kind: DifferenceKind::FailsDifferently, columns: Vec::new(), words }
}

fn of_values(measure: Measure, cells: &[Cell], columns: &[Column], bound: &DifferenceBound) -> Difference {
    let values: Vec<(usize, &Quantity)> = cells
        .iter()
        .enumerate()
        .filter_map(|(index, cell)| match cell {
            Cell::Value { value } => Some((index, value)),
            _ => None,
        })
        .collect();
    let durations: Option<Vec<(usize, Micros)>> =
        values.iter().map(|(index, value)| Some((*index, duration(value)?))).collect();
    if let Some(durations) = durations {
        return of_durations(measure, &durations, columns, bound);
    }
    let rates: Option<Vec<(usize, u64, Micros)>> = values
        .iter()
        .map(|(index, value)| match value {
            Quantity::Rate { bits_per_second, over_us } => Some((*index, *bits_per_second, *over_us)),
            _ => None,
        })
        .collect();
    if let Some(rates) = rates {
        return of_rates(&rates, columns, bound);
    }
    of_others(&values, columns, bound)
}

const fn duration(value: &Quantity) -> Option<Micros> {
    match value {
        Quantity::Duration { took_us } => Some(*took_us),
        Quantity::Waited { waited_us, .. } => Some(*waited_us),
        _ => None,
    }
}

fn of_durations(
    measure: Measure,
    durations: &[(usize, Micros)],
    columns: &[Column],
    bound: &DifferenceBound,
) -> Difference {
    let Some(fastest) = durations.iter().map(|(_, time)| *time).min() else { return same() };
    let slow: Vec<&(usize, Micros)> =
        durations.iter().filter(|(_, time)| bound.exceeds(measure, *time, fastest)).collect();
    let Some(least) = slow.iter().map(|(_, time)| *time).min() else { return same() };
    let which: Vec<usize> = slow.iter().map(|(index, _)| *index).collect();
    let word = if matches!(measure, Measure::Processor | Measure::RoundTrip) { "longer" } else { "slower" };
    let lead = factor(times(least.0, fastest.0)).map_or_else(|| word.to_owned(), |factor| format!("{factor} {word}"));
    some(DifferenceKind::Slower, &which, columns, &lead)
}

fn of_rates(rates: &[(usize, u64, Micros)], columns: &[Column], bound: &DifferenceBound) -> Difference {
    let Some(fastest) = rates.iter().map(|(_, rate, _)| *rate).max() else { return same() };
    let slow: Vec<&(usize, u64, Micros)> = rates
        .iter()
        .filter(|(_, rate, over)| *over >= bound.least_rate_us && times(fastest, *rate) >= bound.percent)
        .collect();
    let Some(least) = slow.iter().map(|(_, rate, _)| times(fastest, *rate)).min() else { return same() };
    let which: Vec<usize> = slow.iter().map(|(index, ..)| *index).collect();
    let lead = factor(least).map_or_else(|| "slower".to_owned(), |factor| format!("{factor} slower"));
    some(DifferenceKind::Slower, &which, columns, &lead)
}

/// `3×`; none where it is a figure that nobody can picture.
pub(super) fn factor(percent: u64) -> Option<String> {
    (percent < 100_000).then(|| format!("{}×", (percent + 50) / 100))
}

fn of_others(values: &[(usize, &Quantity)], columns: &[Column], bound: &DifferenceBound) -> Difference {
    let flux_fails = |value: &Quantity| match value {
        Quantity::Flux { outcome: FluxOutcome::Fits, .. } => Some(false),
        Quantity::Flux { outcome: FluxOutcome::Unknown, .. } => None,
        Quantity::Flux { .. } => Some(true),
        _ => None,
    };
    let decided: Vec<(usize, bool)> =
        values.iter().filter_map(|(index, value)| Some((*index, flux_fails(value)?))).collect();
    let failing: Vec<usize> = decided.iter().filter(|(_, fails)| *fails).map(|(index, _)| *index).collect();
    if !failing.is_empty() && failing.len() < decided.len() {
        return some(DifferenceKind::FailsFromSome, &failing, columns, "only");
    }
    let Some((_, first)) = values.first() else { return same() };
    if values.iter().all(|(_, value)| alike_values(first, value, bound)) {
        return same();
    }
    // With two columns, either is the other's other.
    Difference { kind: DifferenceKind::Other, columns: Vec::new(), words: "differs".to_owned() }
}

fn alike_values(one: &Quantity, other: &Quantity, bound: &DifferenceBound) -> bool {
    match (one, other) {
        (Quantity::Size { size_bytes: one }, Quantity::Size { size_bytes: other }) => {
            times(one.0.max(other.0), one.0.min(other.0)) <= 100 + bound.size_percent || one == other
        }
        (Quantity::Addresses { addresses: one }, Quantity::Addresses { addresses: other }) => {
            // Name servers hand them out in turn.
            one.iter().collect::<BTreeSet<_>>() == other.iter().collect::<BTreeSet<_>>()
        }
        (Quantity::Flux { outcome: one, .. }, Quantity::Flux { outcome: other, .. }) => one == other,
        (Quantity::Finding { rule: one, .. }, Quantity::Finding { rule: other, .. }) => one == other,
        _ => one == other,
    }
}
