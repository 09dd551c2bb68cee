//! The reference pages of the two catalogues: what is asked, and what can be found.

use std::fmt::Write as _;

use anyhow::Result;

use crate::workspace::Workspace;

/// Every probe's card.
pub(super) fn probes(_: &Workspace) -> Result<String> {
    let mut page = String::from(
        "# Probes\n\nWhat netprobe can ask of a network, in the order in which it asks. Made from the code.\n",
    );
    for card in catalogue::PROBES.iter().map(|probe| probe.card()) {
        write!(page, "\n## {}\n\n{}\n\n", card.name, card.question)?;
        let rows = [
            ("method", card.method),
            ("cost", card.cost),
            ("privileges", card.privileges),
            ("cannot tell", card.blind_to),
        ];
        page.push_str("| | |\n|---|---|\n");
        for (name, text) in rows {
            writeln!(page, "| {name} | {text} |")?;
        }
    }
    Ok(page)
}

/// Every rule's heading.
pub(super) fn findings(_: &Workspace) -> Result<String> {
    let mut page = String::from(
        "# Findings\n\nWhat netprobe can find, in the order in which it is told. A finding carries its evidence, what that rules \
         out,\nhow sure it is, and what to do. Made from the code.\n\n| finding | what it says |\n|---|---|\n",
    );
    for rule in diagnose::RULES {
        writeln!(page, "| `{}` | {} |", rule.id, rule.title)?;
    }
    Ok(page)
}
