//! The reference pages of what can be found: one for each rule, and their index. The prose lies beside the rules; which
//! scenarios of the laboratory lead to a finding is read from the scenarios.

use std::fmt::Write as _;

use ::lab::scenario::{Library, Scenario};
use anyhow::{Context as _, Result};
use diagnose::{RULES, Rule};

/// `README.md` and a page for each rule.
pub(super) fn pages() -> Result<Vec<(String, String)>> {
    let library = Library::own()?;
    let mut pages = vec![("README.md".to_owned(), index()?)];
    for rule in RULES {
        pages.push((format!("{}.md", rule.id), page(rule, &library)?));
    }
    Ok(pages)
}

fn index() -> Result<String> {
    let mut page = String::from(
        "# Findings\n\nWhat netprobe can find, in the order in which it is told. A finding carries its evidence, what that rules \
         out,\nhow sure it is, and what to do. Made from the code.\n\n| finding | what it says |\n|---|---|\n",
    );
    for rule in RULES {
        writeln!(page, "| [`{0}`]({0}.md) | {1} |", rule.id, rule.title)?;
    }
    Ok(page)
}

fn page(rule: &Rule, library: &Library) -> Result<String> {
    let about = diagnose::about(rule.id).with_context(|| format!("there is no prose about {}", rule.id))?;
    let title = capitalised(rule.title);
    let mut page = format!("# {title}\n\n`{}`\n\n{}\n", rule.id, about.trim());
    let leading: Vec<(&Scenario, String)> = library.all().filter_map(|scenario| leads_to(scenario, rule.id)).collect();
    if !leading.is_empty() {
        page.push_str("\n## In the laboratory\n\n| scenario | over | what is broken |\n|---|---|---|\n");
        for (scenario, over) in leading {
            let link = format!("[{0}](../../../crates/lab/scenarios/{0}.toml)", scenario.name);
            writeln!(page, "| {link} | {over} | {} |", scenario.content.about)?;
        }
    }
    Ok(page)
}

/// The scenario if its first finding is this one, with the transports over which it is.
fn leads_to<'a>(scenario: &'a Scenario, rule: &str) -> Option<(&'a Scenario, String)> {
    let expected = scenario.content.expect.iter().filter(|(_, expected)| expected.finding.as_str() == rule);
    let over: Vec<String> = expected.map(|(transport, _)| transport.scheme().to_uppercase()).collect();
    (!over.is_empty()).then(|| (scenario, over.join(", ")))
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
