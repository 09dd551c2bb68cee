//! What the laboratory shows on a terminal while it works: one line a trial.

use std::io::{Write as _, stdout};

use ::lab::campaign::Progress;
use ::lab::matrix::Trial;
use ::lab::scenario::Library;

/// Prints a line; a reader who has seen enough is no reason to stop.
pub(super) fn say(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}

/// Every scenario with its tags and what it is about.
pub(super) fn list(library: &Library) {
    for scenario in library.all() {
        let tags: Vec<&str> = scenario.content.tags.iter().map(::lab::scenario::Slug::as_str).collect();
        say(&format!("{:42} {:14} {}", scenario.name.to_string(), tags.join(","), scenario.content.about));
    }
}

/// One trial: what was told, how long it took, and what was not as expected.
pub(super) fn progress(progress: &Progress<'_>) {
    let record = progress.record;
    let Some(expected) = progress.scenario.content.expect.over(record.key.transport) else { return };
    let trial = Trial::new(record, expected);
    let netprobe = record.seen.as_ref().map(|seen| &seen.netprobe);
    let told = netprobe
        .and_then(|ran| ran.answer.as_ref()?.first())
        .map_or_else(|| "no answer".to_owned(), |told| format!("{} · {:?}", told.rule, told.confidence).to_lowercase());
    say(&format!(
        "[{:3}/{}] {:7} {:48} {told}, {:.1} s{}",
        progress.done,
        progress.of,
        word(&trial),
        trial.name(),
        netprobe.map_or(0.0, |ran| ran.seconds),
        if progress.resumed { ", made before" } else { "" },
    ));
    for disagreement in &trial.verdict.disagreements {
        say(&format!("          {}", disagreement.sentence));
    }
}

fn word(trial: &Trial<'_>) -> &'static str {
    use ::lab::verdict::Standing;
    match trial.verdict.standing() {
        Standing::AsExpected => "ok",
        Standing::KnownLimit => "limit",
        Standing::Otherwise => "RED",
        Standing::Void => "VOID",
    }
}
