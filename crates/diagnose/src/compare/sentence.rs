//! The closing sentence, for each case one. It claims no more than what two runs, made one after the other, can show: who
//! got past a place clears what lay on the way to it, and nothing else.

use model::{FailureKind, PodNetwork, Stage};

use super::comparison::{ExchangeEnd, FaultPlace};
use super::from;
use super::place::Witnesses;
use super::view::View;
use crate::Verdict;
use crate::figures::list;
use crate::rules::RULES;

mod clock;
mod matter;
mod secret;
mod slower;

pub(super) use clock::{comes_and_goes, other_timeout};
use matter::Matter;
pub(super) use secret::{in_a_secret, secret_beside};
pub(super) use slower::slower;

/// The fault is seen from some places, and others got past it.
pub(super) fn only_from(place: &FaultPlace, witnesses: &Witnesses<'_, '_>) -> String {
    let Witnesses { faulty, past, stage, .. } = witnesses;
    let what = what(witnesses);
    let not_from = not_from(past);
    let lead = match place {
        FaultPlace::OnlyPodNetwork { .. } | FaultPlace::OnlyHostNetwork { .. } => {
            let through: Vec<String> = faulty.iter().map(|view| view.column.called.clone()).collect();
            format!("The fault shows only through {}: {what} there and {not_from}", list(&through))
        }
        FaultPlace::OnlyFromNode { .. } => {
            format!("The fault shows only from {}: {what} there and {not_from}", nodes(faulty))
        }
        FaultPlace::OnlyFromHere { .. } if faulty.len() == 1 => {
            let called: Vec<&str> = faulty.iter().map(|view| view.column.called.as_str()).collect();
            let there = if called == ["here"] { "here" } else { "there" };
            format!("The fault shows only from {}: {what} {there} and {not_from}", called.join(""))
        }
        _ => format!("The fault shows only {}: {what} there and {not_from}", from(faulty)),
    };
    let matter = Matter::of(witnesses);
    let met = past
        .iter()
        .any(|witness| faulty.iter().all(|view| view.dialled().is_none_or(|peer| witness.met(peer, *stage))));
    let mut told = vec![format!("{lead}{}.", cleared(place, witnesses, matter, met))];
    told.extend(matter.remark());
    let mut remains = matter.remains(place, witnesses);
    if !met && !matter.is_before_the_server() {
        remains.push("the server at the address that was dialled there, which nobody else tried".to_owned());
    }
    told.push(format!("What remains: {}.", list(&remains)));
    told.extend(witnesses_that_stopped(past, *stage));
    told.extend(silence(&witnesses.silent));
    told.join(" ")
}

/// What the witnesses clear, as the end of a sentence. What the server refuses to one and gives to the other, or computes for
/// the first who asks, clears nobody.
fn cleared(place: &FaultPlace, witnesses: &Witnesses<'_, '_>, matter: Matter, met: bool) -> String {
    let way = match place {
        FaultPlace::OnlyPodNetwork { .. } => "the node's own way out".to_owned(),
        _ => ways(&witnesses.past),
    };
    let things: Vec<String> = match matter {
        Matter::Network => {
            let server = met.then(|| "the server".to_owned());
            server.into_iter().chain(["the repository".to_owned(), way]).collect()
        }
        Matter::Names => vec!["the name itself".to_owned()],
        Matter::Trust | Matter::Answer | Matter::Server => return String::new(),
    };
    let verb = if things.len() == 1 { "is" } else { "are" };
    format!(", so {} {verb} not the cause", list(&things))
}

/// `the way from here`.
fn ways(past: &[&View<'_>]) -> String {
    format!("the way {}", from(past))
}

/// It fails from every place.
pub(super) fn everywhere(witnesses: &Witnesses<'_, '_>, alike: bool) -> String {
    let what = what(witnesses);
    let places = from(&witnesses.faulty);
    let rules: Vec<String> =
        witnesses.faulty.iter().filter_map(|view| Some(format!("{} {}", view.fault()?.rule, from(&[view])))).collect();
    let lead = if alike {
        format!("The same fault from every place: {what} {places} alike.")
    } else {
        format!(
            "It fails at the same place everywhere, but does not look the same: {what} {places} ({}).",
            list(&rules)
        )
    };
    let shared = "What these places share comes first: the server, the repository, and the part of the way that is the same \
                  for all of them. No place by itself explains it.";
    format!("{lead} {shared}")
}

/// Faults that are not the same.
pub(super) fn different(faulty: &[&View<'_>], fellows: &[&View<'_>]) -> String {
    let told: Vec<String> = faulty.iter().map(|view| format!("{} {}", from(&[view]), of_one(view))).collect();
    let witness = |view: &&View<'_>| {
        let stage = view.failed_stage()?;
        let past: Vec<&View<'_>> = fellows
            .iter()
            .filter(|other| !std::ptr::eq(**other, *view) && other.passed(Some(stage)))
            .copied()
            .collect();
        (!past.is_empty()).then(|| format!("“{}” works {}", stage.words(), from(&past)))
    };
    let passed: Vec<String> = faulty.iter().filter_map(witness).collect();
    let passed = if passed.is_empty() { String::new() } else { format!(" {}.", list(&passed)) };
    format!(
        "Different faults: {}.{passed} One does not explain the other: take each for itself, and compare again.",
        list(&told)
    )
}

/// One place has the fault, and no other got as far.
pub(super) fn nobody_else(witnesses: &Witnesses<'_, '_>) -> String {
    format!(
        "{} {}; whether it does so elsewhere cannot be told. {} So where the fault lies is open.",
        capital(&from(&witnesses.faulty)),
        what(witnesses),
        silence(&witnesses.silent).unwrap_or_default()
    )
}

/// It works from every place.
pub(super) fn nowhere(fellows: &[&View<'_>]) -> String {
    let warned: Vec<&View<'_>> =
        fellows.iter().filter(|view| view.column.verdict == Verdict::Warning).copied().collect();
    let places = from(fellows);
    if warned.is_empty() {
        return format!(
            "It works from every place: {places}. Nothing between these places and the server stops the clone now."
        );
    }
    let rule = |view: &&View<'_>| {
        let finding = view.diagnosis.findings.first()?;
        Some(format!("{} {}", finding.rule, from(&[view])))
    };
    let rules: Vec<String> = warned.iter().filter_map(rule).collect();
    format!("It works from every place: {places}. Something deserves attention all the same: {}.", list(&rules))
}

/// No fault was seen, and not every column came to its end.
pub(super) fn unfinished(fellows: &[&View<'_>]) -> String {
    let works: Vec<&View<'_>> = fellows.iter().filter(|view| view.works()).copied().collect();
    let rest: Vec<&View<'_>> = fellows.iter().filter(|view| !view.works()).copied().collect();
    let silent = silence(&rest).unwrap_or_default();
    if works.is_empty() {
        return format!("No fault was seen, and no column tells whether it works. {silent} So everything is open.");
    }
    format!("It works {}. {silent} So whether there is a fault in the rest of that way is open.", from(&works))
}

/// Nothing is left to compare.
pub(super) fn strangers(strangers: &[&View<'_>]) -> String {
    if strangers.is_empty() {
        return "There is nothing to compare with.".to_owned();
    }
    format!(
        "These reports do not answer the same question, so nothing follows from their differences. {}",
        left_out(strangers)
    )
}

/// Columns that ask for something else.
pub(super) fn left_out(strangers: &[&View<'_>]) -> String {
    let told: Vec<String> = strangers
        .iter()
        .filter_map(|view| Some(format!("{}, {}", view.column.called, view.stranger?.short())))
        .collect();
    format!("Not compared: {}.", told.join("; "))
}

/// `not from here`, `neither from here nor from the node npk-n1`.
fn not_from(views: &[&View<'_>]) -> String {
    let places: Vec<String> = views.iter().map(|view| format!("from {}", view.column.called)).collect();
    match places.as_slice() {
        [several @ .., last] if !several.is_empty() => format!("neither {} nor {last}", several.join(", ")),
        one => format!("not {}", one.concat()),
    }
}

/// What happens, for all of the faulty columns: `“TCP connect” fails`.
fn what(witnesses: &Witnesses<'_, '_>) -> String {
    let mut stages: Vec<Stage> = witnesses.faulty.iter().filter_map(|view| view.failed_stage()).collect();
    stages.sort_unstable();
    stages.dedup();
    if stages.len() < 2 {
        return witnesses.faulty.first().map(|view| of_one(view)).unwrap_or_default();
    }
    let named: Vec<String> = stages.iter().map(|stage| format!("“{}”", stage.words())).collect();
    format!("{} fails", named.join(" or "))
}

fn of_one(view: &View<'_>) -> String {
    match (view.failed_stage(), view.fault()) {
        (Some(stage), _) => format!("“{}” fails", stage.words()),
        (None, Some(finding)) if finding.rule == "over-timeout" => {
            "the clone takes longer than spec.timeout".to_owned()
        }
        (None, Some(finding)) => {
            let title = RULES.iter().find(|rule| rule.id == finding.rule).map_or("a fault", |rule| rule.title);
            format!("“{title}” holds")
        }
        (None, None) => "something fails".to_owned(),
    }
}

/// Witnesses that got past the fault and no further than that.
fn witnesses_that_stopped(past: &[&View<'_>], stage: Option<Stage>) -> Option<String> {
    let stopped: Vec<&View<'_>> = past.iter().filter(|view| !view.works()).copied().collect();
    let (stage, false) = (stage?, stopped.is_empty()) else { return None };
    Some(format!("{} the exchange got past “{}” and not to its end.", capital(&from(&stopped)), stage.words()))
}

/// Why columns cannot bear witness.
fn silence(silent: &[&View<'_>]) -> Option<String> {
    let told: Vec<String> = silent.iter().filter_map(|view| why_silent(view)).collect();
    (!told.is_empty()).then(|| told.join(" "))
}

fn why_silent(view: &View<'_>) -> Option<String> {
    let place = from(&[view]);
    match &view.column.end {
        ExchangeEnd::NoLogin { stage } => Some(format!(
            "{} “{}” could not be passed: {}. That is no fault of the network, and what lies behind it was not tried there.",
            capital(&place),
            stage.words(),
            why_no_login(view)
        )),
        ExchangeEnd::Secret { .. } => Some(format!(
            "{} Flux cannot use its Secret, which is a fault of its own and none of the network.",
            capital(&place)
        )),
        ExchangeEnd::Open { why } => Some(format!("{} nothing can be concluded: {why}.", capital(&place))),
        ExchangeEnd::Well | ExchangeEnd::Fault { .. } => None,
    }
}

fn why_no_login(view: &View<'_>) -> &'static str {
    let saw = |wanted: FailureKind| view.run.is_some_and(|run| run.problem(|kind| *kind == wanted).is_some());
    if saw(FailureKind::HostKeyUnknown) {
        "the server's host key is not known there, so that no login was shown to it"
    } else if saw(FailureKind::AuthenticationRefused) {
        "the server did not take the login of that place, which need not be Flux's"
    } else if view.pod().is_some() {
        "its Secret gave no login that could be used"
    } else {
        "there was no key or token"
    }
}

/// `the node npk-n2`, `the nodes npk-n1 and npk-n2`.
fn nodes(views: &[&View<'_>]) -> String {
    let mut names: Vec<&str> = views.iter().filter_map(|view| view.pod()).map(|pod| pod.node.as_str()).collect();
    names.dedup();
    match names.as_slice() {
        [one] => format!("the node {one}"),
        several => format!("the nodes {}", list(several)),
    }
}

/// Whether every one of them is a pod with a network of its own.
pub(super) fn have_pod_network(views: &[&View<'_>]) -> bool {
    views.iter().all(|view| view.pod().is_some_and(|pod| pod.network == PodNetwork::Pod))
}

/// A place's name stays as it is.
pub(super) fn capital(words: &str) -> String {
    if !["from ", "here", "the "].iter().any(|begin| words.starts_with(begin)) {
        return words.to_owned();
    }
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
