//! Whether the cluster says what netprobe foretells, letter by letter, and what its conditions hide while a handshake hangs.
//! Its words are those of its own time, and may be of another fault than today's.

use model::{Condition, RemoteText, Stage, Symptom};

use super::comparison::{Echo, Told};
use super::from;
use super::view::View;
use crate::FluxOutcome;
use crate::figures::list;

/// What the first symptom in these reports comes to.
pub(super) fn told(views: &[View<'_>]) -> Option<Told> {
    let (column, symptom) =
        views.iter().enumerate().find_map(|(index, view)| Some((index, view.report.symptom.as_ref()?)))?;
    let echoes = echoes(symptom, views);
    let mut sentences: Vec<String> = Vec::new();
    sentences
        .extend(symptom.suspended.then(|| "It is suspended: Flux does not sync it, and its words are old.".to_owned()));
    sentences.extend(echoes.iter().map(|echo| spoken(echo, views)));
    match hanging(symptom, views) {
        Some(hidden) => sentences.push(hidden),
        None if echoes.is_empty() => sentences.push(without_echo(symptom, views)),
        None => {}
    }
    Some(Told { column, echoes, sentence: sentences.join(" ") })
}

/// Each text of the cluster's that is a forecast, with the columns whose forecast it is. Conditions first.
fn echoes(symptom: &Symptom, views: &[View<'_>]) -> Vec<Echo> {
    let conditions = symptom.conditions.iter().map(|one| (one.kind.to_string(), &one.message));
    let events = symptom.events.iter().map(|one| (format!("event {}", one.reason), &one.message));
    let mut echoes: Vec<Echo> = Vec::new();
    for (said_by, message) in conditions.chain(events) {
        let same = |view: &View<'_>| view.column.flux_message.as_deref().is_some_and(|words| is_said(words, message));
        let columns: Vec<usize> =
            views.iter().enumerate().filter(|(_, view)| same(view)).map(|(index, _)| index).collect();
        // Events repeat what a condition says.
        if !columns.is_empty() && !echoes.iter().any(|echo| echo.columns == columns && said_by.starts_with("event")) {
            echoes.push(Echo { said_by, columns });
        }
    }
    echoes
}

/// Letter by letter, as a report keeps such texts. One that is too long to be kept whole cannot be told to be the same.
fn is_said(foretold: &str, message: &RemoteText) -> bool {
    foretold.chars().count() <= RemoteText::MAX_CHARS && RemoteText::clean(foretold) == *message
}

fn spoken(echo: &Echo, views: &[View<'_>]) -> String {
    let columns: Vec<&View<'_>> = echo.columns.iter().filter_map(|index| views.get(*index)).collect();
    let said_by = match echo.said_by.strip_prefix("event ") {
        Some(reason) => format!("the event {reason}"),
        None => format!("the condition {}", echo.said_by),
    };
    format!("The message of {said_by} is, word for word, what netprobe foretells {}.", from(&columns))
}

fn without_echo(symptom: &Symptom, views: &[View<'_>]) -> String {
    let Some(ready) = symptom.condition("Ready") else {
        return "It has no Ready condition yet, and no words of it are foretold from any column.".to_owned();
    };
    let fits = |view: &&View<'_>| view.column.flux_outcome == FluxOutcome::Fits;
    if ready.status.as_str() == "True" {
        let fit = views.iter().all(|view| fits(&view));
        return if fit && !is_true(symptom.condition("Reconciling")) {
            "Flux says that it works, and so does netprobe.".to_owned()
        } else {
            "Ready is True: that is its answer of last time.".to_owned()
        };
    }
    let foretelling: Vec<&View<'_>> = views.iter().filter(|view| view.column.flux_message.is_some()).collect();
    if foretelling.is_empty() {
        let fitting: Vec<&View<'_>> = views.iter().filter(fits).collect();
        return if fitting.len() == views.len() {
            "Flux says that it fails, and from all of these places it would work now: it is over, it comes and goes, or it lies \
             in something that was not repeated here."
                .to_owned()
        } else {
            "No column foretells its words.".to_owned()
        };
    }
    format!(
        "They are not the words that netprobe foretells {}: another fault, or one of another time.",
        from(&foretelling)
    )
}

/// `Ready=True` with `Reconciling=True`: what a handshake that hangs looks like for minutes, as no deadline cuts it.
fn hanging(symptom: &Symptom, views: &[View<'_>]) -> Option<String> {
    let hangs: Vec<&View<'_>> =
        views.iter().filter(|view| view.column.flux_outcome == FluxOutcome::HangsSilently).collect();
    let looks_like_it = is_true(symptom.condition("Ready")) && is_true(symptom.condition("Reconciling"));
    if hangs.is_empty() || !looks_like_it {
        return None;
    }
    let mut stages: Vec<&str> = hangs.iter().filter_map(|view| view.diagnosis.flux.dies_at).map(Stage::words).collect();
    stages.dedup();
    Some(format!(
        "Ready is still True with the answer of last time, and Reconciling=True is the only sign that something is wrong: so it \
         looks for minutes while a handshake hangs, and {} it does ({}).",
        from(&hangs),
        list(&stages)
    ))
}

fn is_true(condition: Option<&Condition>) -> bool {
    condition.is_some_and(|condition| condition.status.as_str() == "True")
}
