//! The reference page of the messages that `netprobe explain` knows.

use std::fmt::Write as _;

use anyhow::Result;
use explain::{Entry, Pattern};

use crate::workspace::Workspace;

/// Every entry of the table, in the order in which they are tried.
pub(super) fn messages(_: &Workspace) -> Result<String> {
    let mut page = String::from(HEAD);
    for entry in explain::entries() {
        write!(page, "\n## {}\n\n", entry.id)?;
        writeln!(page, "{}, {}. {}\n", entry.client.words(), entry.place.words(), prose(entry.means))?;
        page.push_str(&spellings(entry));
        if !entry.causes.is_empty() {
            page.push_str("\n| likely | told by |\n|---|---|\n");
        }
        for cause in entry.causes {
            writeln!(page, "| {} | {} |", prose(cause.cause), prose(cause.tell))?;
        }
    }
    Ok(page)
}

fn spellings(entry: &Entry) -> String {
    let lines: Vec<String> = entry.patterns.iter().map(spelling).collect();
    format!("```text\n{}\n```\n", lines.join("\n"))
}

fn spelling(pattern: &Pattern) -> String {
    let mut line = pattern.text.trim_end().to_owned();
    if let Some(transport) = pattern.transport {
        line.extend(["   (over ", transport.scheme(), ")"]);
    }
    if pattern.connection == Some(explain::Connection::List) {
        line += "   (of the listing)";
    }
    line
}

/// What Markdown would take for a tag or for the end of a cell.
fn prose(words: &str) -> String {
    words.replace('<', "&lt;").replace('|', "\\|")
}

const HEAD: &str = "\
# Messages

What `netprobe explain` knows, in the order in which it is looked for. Made from the code.

In a spelling `*` stands for anything, `^` for the beginning and `$` for the end of what is left when Flux's own words \
(`failed to checkout and determine revision: unable to clone 'URL': `) are taken off.
";
