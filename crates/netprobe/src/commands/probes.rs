//! `netprobe probes`: the catalogue.

use std::fmt::Write as _;

use measure::{Card, Probe};

use crate::args::ProbesArgs;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &ProbesArgs) -> anyhow::Result<Exit> {
    let cards = catalogue::PROBES.iter().map(|probe| Probe::card(*probe));
    let wanted: Vec<&Card> = cards.filter(|card| args.name.as_deref().is_none_or(|name| name == card.name)).collect();
    if let (Some(name), true) = (&args.name, wanted.is_empty()) {
        let known: Vec<&str> = catalogue::PROBES.iter().map(|probe| probe.card().name).collect();
        anyhow::bail!("there is no probe `{name}`; expected one of: {}", known.join(", "));
    }
    let pages: Vec<String> = wanted.into_iter().map(page).collect();
    output::data(&pages.join("\n"))?;
    Ok(Exit::Fine)
}

fn page(card: &Card) -> String {
    let mut page = format!("{}\n", card.name);
    for (label, words) in [
        ("question", card.question),
        ("method", card.method),
        ("cost", card.cost),
        ("rights", card.privileges),
        ("blind to", card.blind_to),
    ] {
        let lines = reports::text::wrapped(words, COLUMNS - LABEL);
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            // Writing to a String does not fail.
            let _ = writeln!(page, "  {label:<width$}{line}", width = LABEL - 2);
        }
    }
    page
}

/// As wide as is easily read.
const COLUMNS: usize = 100;
const LABEL: usize = 12;
