//! The table: a row for each thing, a column for each place, and what differs. Where it does not fit beside them, what differs
//! stands below its row; where the columns themselves do not fit, they stand in several tables.

use std::ops::Range;

use diagnose::{Cell, Comparison, DifferenceKind, Measure, Row};

use super::{cell, difference};
use crate::page::Page;
use crate::style::{Ink, Mark};
use crate::text;

pub(super) fn table(page: &mut Page, comparison: &Comparison) {
    let (width, count) = (page.style.columns(), comparison.columns.len());
    let parts = count.div_ceil(Grid::of(width, count).at_once).max(1);
    // Tables of about as many columns each look like one.
    let at_once = count.div_ceil(parts).max(1);
    let grid = Grid::of(width, at_once);
    let mut first = 0;
    while first < count {
        let shown = first..(first + at_once).min(count);
        if first > 0 {
            page.gap();
        }
        grid.part(page, comparison, shown.clone(), shown.end == count);
        first = shown.end;
    }
}

/// The widths, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    /// Of each place's column.
    place: usize,
    /// Of what differs; none where it stands below.
    difference: Option<usize>,
    /// Places in one table.
    at_once: usize,
}

impl Grid {
    fn of(width: usize, places: usize) -> Self {
        let room = width.saturating_sub(MARK + LABEL);
        let beside = room.saturating_sub(GAP + LEAST_DIFFERENCE).checked_div(places).unwrap_or(0);
        if beside >= GAP + LEAST_PLACE {
            let place = (beside - GAP).min(MOST_PLACE);
            let difference = room - GAP - places * (GAP + place);
            return Self { place, difference: Some(difference), at_once: places };
        }
        let at_once = (room / (GAP + LEAST_PLACE)).clamp(1, places.max(1));
        Self { place: (room / at_once).saturating_sub(GAP).min(MOST_PLACE), difference: None, at_once }
    }

    /// A table of some of the places.
    fn part(self, page: &mut Page, comparison: &Comparison, shown: Range<usize>, is_last: bool) {
        self.heading(page, comparison, shown.clone(), is_last);
        for row in &comparison.rows {
            if row.measure == Measure::Addresses {
                page.gap();
            }
            self.row(page, comparison, row, shown.clone(), is_last);
        }
    }

    fn heading(self, page: &mut Page, comparison: &Comparison, shown: Range<usize>, is_last: bool) {
        let columns = comparison.columns.get(shown).unwrap_or_default();
        let names: Vec<(Vec<String>, Ink)> = columns
            .iter()
            .map(|column| {
                let parts = column.label.split(" · ").flat_map(|part| self.lines(part));
                (parts.collect(), Ink::Strong)
            })
            .collect();
        let answers: Vec<(Vec<String>, Ink)> = columns
            .iter()
            .map(|column| {
                let (words, ink) = cell::answer(column);
                (vec![words], ink)
            })
            .collect();
        self.line(page, Mark::NONE, "", &names, (&[], Ink::Plain));
        let differs = if is_last { vec!["differs".to_owned()] } else { Vec::new() };
        self.line(page, Mark::NONE, "", &answers, (&differs, Ink::Quiet));
        page.laid_out(&page.style.paint(Ink::Quiet, &"─".repeat(page.style.columns())));
    }

    fn row(self, page: &mut Page, comparison: &Comparison, row: &Row, shown: Range<usize>, is_last: bool) {
        let cells: Vec<(Vec<String>, Ink)> = row
            .cells
            .iter()
            .enumerate()
            .skip(shown.start)
            .take(shown.len())
            .map(|(index, cell)| {
                let stands_out =
                    row.difference.kind == DifferenceKind::Slower && row.difference.columns.contains(&index);
                let words = cell::words(cell, row.difference.kind == DifferenceKind::Same);
                (self.lines(&words), cell::ink(cell, stands_out))
            })
            .collect();
        let mark = mark(row);
        let words = difference(&row.difference, !row.marks.is_empty());
        let ink = if mark == Mark::NONE { Ink::Quiet } else { mark.1 };
        let label = cell::label(row.measure, comparison);
        if let Some(width) = self.difference {
            let words = if is_last { pieces(&words, width) } else { Vec::new() };
            self.line(page, mark, &label, &cells, (&words, ink));
            return;
        }
        self.line(page, mark, &label, &cells, (&[], ink));
        if is_last && !matches!(row.difference.kind, DifferenceKind::Same | DifferenceKind::Nothing) {
            let indent = " ".repeat(MARK + LABEL + GAP);
            for line in pieces(&words, page.style.columns().saturating_sub(indent.len())) {
                page.laid_out(&format!("{indent}{}", page.style.paint(ink, &line)));
            }
        }
    }

    /// One row of as many lines as its longest cell.
    fn line(
        self,
        page: &mut Page,
        mark: Mark,
        label: &str,
        cells: &[(Vec<String>, Ink)],
        (difference, ink): (&[String], Ink),
    ) {
        let height = cells.iter().map(|(lines, _)| lines.len()).chain([difference.len(), 1]).max().unwrap_or(1);
        for index in 0..height {
            let (lead, label) = if index == 0 { (mark, label) } else { (Mark::NONE, "") };
            let label = text::padded(&text::fitted(label, LABEL), LABEL);
            let label = if mark == Mark::NONE { label } else { page.style.paint(mark.1, &label) };
            let mut line = format!("{} {label}", page.style.paint(lead.1, lead.0));
            for (lines, ink) in cells {
                let words = lines.get(index).map(String::as_str).unwrap_or_default();
                let indent = " ".repeat(GAP + self.place.saturating_sub(text::columns(words)));
                line.push_str(&indent);
                line.push_str(&page.style.paint(*ink, words));
            }
            if let (Some(words), Some(_)) = (difference.get(index), self.difference) {
                line.push_str(&" ".repeat(GAP));
                line.push_str(&page.style.paint(ink, words));
            }
            page.laid_out(&line);
        }
    }

    fn lines(self, words: &str) -> Vec<String> {
        pieces(words, self.place)
    }
}

/// Lines of at most `width` columns, broken behind spaces, and else behind hyphens, dots and colons, of which names of
/// algorithms, nodes and addresses are made. At most as many as a cell may have.
fn pieces(words: &str, width: usize) -> Vec<String> {
    let words = text::harmless(words);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!line.is_empty());
        if text::columns(&line) + gap + text::columns(word) <= width {
            line.push_str(if gap == 1 { " " } else { "" });
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for part in word.split_inclusive(['-', '.', ':', '@', '/']) {
            if !line.is_empty() && text::columns(&line) + text::columns(part) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(&text::fitted(part, width));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > MAX_LINES {
        lines.truncate(MAX_LINES);
        if let Some(last) = lines.last_mut() {
            *last = text::fitted(&format!("{last}…"), width);
        }
    }
    lines
}

fn mark(row: &Row) -> Mark {
    let fails = row.cells.iter().any(|cell| matches!(cell, Cell::Failed { .. }));
    match row.difference.kind {
        _ if fails => Mark::BAD,
        DifferenceKind::FailsFromSome | DifferenceKind::FailsDifferently => Mark::BAD,
        DifferenceKind::Slower => Mark::CAUTION,
        DifferenceKind::Same | DifferenceKind::Other | DifferenceKind::Nothing => Mark::NONE,
    }
}

const MARK: usize = 2;
const LABEL: usize = 17;
const GAP: usize = 2;
/// `stalled, 12.0 s`.
const LEAST_PLACE: usize = 15;
/// Wider columns only tear apart what is to be compared.
const MOST_PLACE: usize = 24;
/// `only from npk-n2`.
const LEAST_DIFFERENCE: usize = 18;
const MAX_LINES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_places_fit_on_80_columns_and_four_on_120() {
        for (width, places, beside, at_once) in [
            (80, 2, true, 2),
            (120, 3, true, 3),
            (120, 4, true, 4),
            (60, 2, false, 2),
            (80, 3, false, 3),
            (80, 9, false, 3),
        ] {
            let grid = Grid::of(width, places);
            assert_eq!((grid.difference.is_some(), grid.at_once), (beside, at_once), "{width} {places}: {grid:?}");
            let taken = MARK + LABEL + grid.at_once * (GAP + grid.place) + grid.difference.map_or(0, |one| one + GAP);
            assert!(taken <= width, "{grid:?}");
        }
    }

    #[test]
    fn names_break_where_they_are_put_together() {
        assert_eq!(
            pieces("mlkem768x25519-sha256 aes128-gcm@openssh.com", 17),
            ["mlkem768x25519-", "sha256", "aes128-gcm@", "openssh.com"]
        );
        assert_eq!(pieces("", 9), [""; 0]);
        assert_eq!(pieces("a b c d e f", 1).len(), MAX_LINES);
    }
}
