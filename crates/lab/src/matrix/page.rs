//! A page of lists and tables, for a terminal and as Markdown. It does not know what it is about.

use std::fmt::Write as _;

/// A summary and its parts, what matters most first.
pub(super) struct Page {
    pub(super) summary: String,
    pub(super) sections: Vec<Section>,
}

/// A part with a heading.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) body: Body,
}

/// What a part holds.
pub(super) enum Body {
    /// Names with sentences below each.
    List(Vec<Item>),
    /// Rows.
    Table(Table),
}

/// One entry of a list.
pub(super) struct Item {
    pub(super) name: String,
    pub(super) sentences: Vec<String>,
}

/// Rows of as many cells as the head has. The first column is text, the others are figures.
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    ends_in_prose: bool,
}

impl Page {
    /// For a terminal, which is read from its end: what matters most comes last.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for Section { title, body } in self.sections.iter().rev() {
            match body {
                Body::List(items) if items.is_empty() => _ = writeln!(out, "{title}: none"),
                Body::List(items) => {
                    _ = writeln!(out, "{title}: {}", items.len());
                    for Item { name, sentences } in items {
                        _ = writeln!(out, "  {name}");
                        out.extend(sentences.iter().map(|sentence| wrapped(sentence, 4)));
                    }
                }
                Body::Table(table) => _ = write!(out, "{title}\n{}", table.text()),
            }
            out.push('\n');
        }
        out + &wrapped(&self.summary, 0)
    }

    /// For a file, which is read from its top.
    pub(super) fn markdown(&self) -> String {
        let mut out = format!("{}\n", self.summary);
        for Section { title, body } in &self.sections {
            _ = write!(out, "\n## {title}\n\n");
            match body {
                Body::List(items) if items.is_empty() => out.push_str("None.\n"),
                Body::List(items) => {
                    for Item { name, sentences } in items {
                        _ = writeln!(out, "- **{name}**");
                        out.extend(sentences.iter().map(|sentence| format!("  - {}\n", escaped(sentence))));
                    }
                }
                Body::Table(table) => out.push_str(&table.markdown()),
            }
        }
        out
    }
}

impl Table {
    pub(super) fn new(head: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self { head: head.iter().map(|&cell| cell.to_owned()).collect(), rows, ends_in_prose: false }
    }

    /// The same, its last column being text that is broken into lines.
    pub(super) fn ending_in_prose(self) -> Self {
        Self { ends_in_prose: true, ..self }
    }

    fn text(&self) -> String {
        let lines = || std::iter::once(&self.head).chain(&self.rows);
        let width = |column: usize| lines().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let (last, widths) = (self.head.len() - 1, (0..self.head.len()).map(width).collect::<Vec<_>>());
        let mut out = String::new();
        for cells in lines() {
            let mut line = format!("  {:<1$}", cells[0], widths[0]);
            for column in 1..last {
                _ = write!(line, "  {:>1$}", cells[column], widths[column]);
            }
            let indent = line.chars().count() + 2;
            if self.ends_in_prose {
                let prose = wrapped(&cells[last], indent);
                line.push_str("  ");
                line.push_str(prose.trim());
            } else {
                _ = write!(line, "  {:>1$}", cells[last], widths[last]);
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    fn markdown(&self) -> String {
        let row = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = |column: usize| {
            if column == 0 || (self.ends_in_prose && column + 1 == self.head.len()) { "---" } else { "---:" }
        };
        let rules: Vec<&str> = (0..self.head.len()).map(rule).collect();
        let head = format!("{}| {} |\n", row(&self.head), rules.join(" | "));
        head + &self.rows.iter().map(|cells| row(cells)).collect::<String>()
    }
}

/// The text in lines of at most [`COLUMNS`], each begun with `indent` spaces. A word that is longer has a line of its
/// own: messages are to be searched for, so they are never cut.
fn wrapped(text: &str, indent: usize) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > COLUMNS {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}

/// Text that Markdown would not take for anything else, in one line.
fn escaped(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*")
}

const COLUMNS: usize = 100;
