//! The stages of one run as a table: one row a stage, a bar on the run's time, and a note.

use comfy_table::{CellAlignment, ColumnConstraint, LineStyle, Table, TableStyle, Width};
use model::{Bytes, Measurement, Micros, Stage, StageSeen};

use super::notes;
use crate::page::Page;
use crate::style::{Ink, Mark};
use crate::{chart, failure, number, text};

pub(super) fn rows(page: &mut Page, measurement: &Measurement) {
    let columns = Columns::of(page.style.columns());
    let end = measurement.stages().map(StageSeen::ended_us).max().unwrap_or_default();
    let total = measurement.took_us.max(end.since(measurement.started_us));
    let mut table = Table::new();
    table.load_style(RULED);
    table.set_header(["", "stage", &scale(total, columns.bar), "took", "received", ""]);
    let mut before = Bytes::default();
    let mut marks = Vec::new();
    for seen in measurement.stages() {
        // A redirect begins a new connection, whose count begins at zero.
        let received = if seen.wire.received < before { seen.wire.received } else { seen.wire.received - before };
        before = seen.wire.received;
        let mark = mark(seen);
        let notes = text::joined(&notes::of(seen), columns.note);
        table.add_row([
            mark.0.to_owned(),
            label(seen.stage()).to_owned(),
            chart::bar(seen.started_us.since(measurement.started_us), seen.took_us, total, columns.bar),
            // Zero says that both ends came with one read.
            number::duration(seen.took_us.max(Micros(1))),
            if received.0 > 0 || seen.problem.is_some() { number::bytes(received) } else { String::new() },
            notes,
        ]);
        marks.push(mark);
    }
    fix(&mut table, columns);
    paint(page, &table, columns, &marks);
}

/// Stages as the table names them: [`Stage::words`] in short.
pub(crate) const fn label(stage: Stage) -> &'static str {
    match stage {
        Stage::Exec => "start of git",
        Stage::AdvertisementWait => "wait for refs",
        Stage::AdvertisementTransfer => "ref advertisement",
        Stage::ResponseWait => "wait for response",
        Stage::FirstPacket => "first pack packet",
        Stage::PackStart => "first pack byte",
        Stage::End => "end",
        other => other.words(),
    }
}

/// The widths of the table's columns, in characters.
#[derive(Debug, Clone, Copy)]
struct Columns {
    bar: usize,
    note: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let room = width.saturating_sub(MARK + STAGE + TOOK + RECEIVED + GAPS);
        // Bars gain less from room than notes do.
        let bar = (room * 3 / 8).max(LEAST_BAR).min(room);
        Self { bar, note: room - bar }
    }

    fn widths(self) -> [(usize, usize); 6] {
        [(MARK, 1), (STAGE, 2), (self.bar, 2), (TOOK, 2), (RECEIVED, 2), (self.note, 0)]
    }
}

/// Fixes every column, so that one row is one line.
fn fix(table: &mut Table, columns: Columns) {
    for (index, (width, padding)) in columns.widths().into_iter().enumerate() {
        let Some(column) = table.column_mut(index) else { continue };
        let padding = u16::try_from(padding).unwrap_or(0);
        column.set_padding((0, padding));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(u16::try_from(width).unwrap_or(0) + padding)));
        if (TOOK_COLUMN..=RECEIVED_COLUMN).contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Puts the table's lines on the page: heading, rule, then one line for each mark.
fn paint(page: &mut Page, table: &Table, columns: Columns, marks: &[Mark]) {
    let bar_at = MARK + 1 + STAGE + 2;
    for (index, line) in table.lines().enumerate() {
        let mark = index.checked_sub(HEADING_LINES).and_then(|row| marks.get(row));
        let painted = match mark {
            None => page.style.paint(Ink::Quiet, line.trim_end()),
            Some(mark) if *mark != Mark::NONE => page.style.paint(mark.1, line.trim_end()),
            Some(_) => {
                let cells: Vec<char> = line.chars().collect();
                let (left, rest) = cells.split_at(bar_at.min(cells.len()));
                let (bar, right) = rest.split_at(columns.bar.min(rest.len()));
                let [left, bar, right] = [left, bar, right].map(|part| part.iter().collect::<String>());
                format!("{left}{}{right}", page.style.paint(Ink::Bar, &bar))
            }
        };
        page.laid_out(&painted);
    }
}

/// The heading of the bars: from zero to the run's length.
fn scale(total: Micros, cells: usize) -> String {
    let end = number::duration(total);
    format!("0{}", " ".repeat(cells.saturating_sub(1 + text::columns(&end)))) + &end
}

fn mark(seen: &StageSeen) -> Mark {
    match &seen.problem {
        None => Mark::NONE,
        Some(problem) if failure::is_ours(problem) => Mark::CAUTION,
        Some(_) => Mark::BAD,
    }
}

/// Nothing but a rule under the heading.
const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));
const HEADING_LINES: usize = 2;
const TOOK_COLUMN: usize = 3;
const RECEIVED_COLUMN: usize = 4;
const MARK: usize = 1;
const STAGE: usize = 17;
const TOOK: usize = 7;
const RECEIVED: usize = 8;
const GAPS: usize = 1 + 2 + 2 + 2 + 2;
const LEAST_BAR: usize = 8;
