//! The reference page of the probes: what is asked.

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
