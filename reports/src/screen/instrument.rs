//! The instrument's own truth: what the run cost, in what it differs from the client it imitates, what it did not honour,
//! and where the report lies.

use model::{Bytes, FlightSize, Measurement, Purpose, Report, Seen, Step, WireCount};

use crate::number;
use crate::page::Page;

pub(super) fn section(page: &mut Page, report: &Report, report_path: Option<&str>) {
    page.gap();
    page.labelled("cost", &cost(report));
    page.items("instrument", &truths(report));
    if let Some(path) = report_path {
        page.whole("report", path);
    }
}

fn cost(report: &Report) -> String {
    let mut total = WireCount::default();
    for measurement in &report.measurements {
        let wire = wire(measurement);
        total.sent = total.sent + wire.sent;
        total.received = total.received + wire.received;
    }
    format!(
        "received {}, sent {} · {}, {} (budget {})",
        number::bytes(total.received),
        number::bytes(total.sent),
        number::counted(report.measurements.len() as u64, "run"),
        number::duration(report.took_us),
        number::duration(report.header.plan.budget_us),
    )
}

/// Bytes of one run, over all its connections: a count that falls belongs to a new one.
fn wire(measurement: &Measurement) -> WireCount {
    let (mut done, mut current) = (WireCount::default(), WireCount::default());
    for observation in &measurement.observations {
        let seen = match &observation.seen {
            Seen::Stage(stage) => stage.wire,
            Seen::Sample(sample) => sample.wire,
            Seen::Stall(snapshot) => snapshot.wire,
            Seen::DnsQuery(query) => {
                done = WireCount { sent: done.sent + query.wire.sent, received: done.received + query.wire.received };
                continue;
            }
            _ => continue,
        };
        if seen.received < current.received || seen.sent < current.sent {
            done = WireCount { sent: done.sent + current.sent, received: done.received + current.received };
        }
        current = seen;
    }
    WireCount { sent: done.sent + current.sent, received: done.received + current.received }
}

fn truths(report: &Report) -> Vec<String> {
    let mut truths = Vec::new();
    let profile = report.header.plan.profile.name();
    // Handshakes that were made by themselves have sizes of their own, on purpose, and tell them.
    let exchange = |run: &model::Run| run.purpose == Purpose::Asked && run.parameters.upload_pack().is_some();
    let asked = || report.measurements.iter().filter(|measurement| exchange(&measurement.run));
    let flights: Vec<(&str, &FlightSize)> =
        asked().flat_map(Measurement::stages).filter_map(|seen| flight(&seen.step)).filter(was_sent).collect();
    let same: Vec<String> = flights
        .iter()
        .filter(|(_, size)| size.client == Some(size.sent))
        .map(|(name, size)| format!("{name} {}", number::exact_bytes(size.sent)))
        .collect();
    if !same.is_empty() {
        truths.push(format!("as large as the {profile} client's: {}", same.join(", ")));
    }
    truths.extend(
        flights
            .iter()
            .filter(|(_, size)| size.client != Some(size.sent))
            .map(|(name, size)| different(name, size, profile)),
    );
    for measurement in &report.measurements {
        truths.extend(measurement.observations.iter().filter_map(|observation| match &observation.seen {
            Seen::Remark { text } => Some(text.to_string()),
            _ => None,
        }));
    }
    truths.extend(report.notes.iter().map(|note| note.text.to_string()));
    truths.dedup();
    truths
}

/// A stage that failed before its flight left has none to compare.
fn was_sent((_, size): &(&str, &FlightSize)) -> bool {
    size.sent.0 > 0
}

fn flight(step: &Step) -> Option<(&'static str, &FlightSize)> {
    match step {
        Step::KeyExchange { client_flight: Some(size), .. } => Some(("SSH ident + KEXINIT", size)),
        Step::Tls { client_flight: Some(size), .. } => Some(("ClientHello", size)),
        Step::Request { size, .. } => Some(("request", size)),
        _ => None,
    }
}

fn different(name: &str, size: &FlightSize, profile: &str) -> String {
    let sent = number::exact_bytes(size.sent);
    let client =
        |client: Bytes| format!("{name} {sent}, where the {profile} client sends {}", number::exact_bytes(client));
    let words = size.client.map_or_else(|| format!("{name} {sent}; the {profile} client's size is not known"), client);
    match &size.why_different {
        Some(why) => format!("{words}: {why}"),
        None => words,
    }
}
