//! Where the fault lies: which columns have it, which ones got past the place where it strikes, and which ones cannot bear
//! witness. A column that never got as far as the fault says nothing about it.

use model::{PodNetwork, Stage};

use super::comparison::{ExchangeEnd, FaultPlace};
use super::row::{DifferenceKind, Measure, Row};
use super::sentence;
use super::view::View;
use crate::Confidence;

/// The place, and its sentence.
#[derive(Debug)]
pub(super) struct FoundPlace {
    pub(super) place: FaultPlace,
    pub(super) sentence: String,
    pub(super) confidence: Option<Confidence>,
}

/// The columns, sorted by what they say about the fault.
#[derive(Debug)]
pub(super) struct Witnesses<'a, 'r> {
    /// Those that have it.
    pub(super) faulty: Vec<&'a View<'r>>,
    /// The stage where it strikes, the last one where there are several; none where they all came to their end, and it is a fault for another reason.
    pub(super) stage: Option<Stage>,
    /// Those that got past it.
    pub(super) past: Vec<&'a View<'r>>,
    /// Those that cannot say.
    pub(super) silent: Vec<&'a View<'r>>,
}

/// Looks for it.
pub(super) fn found(views: &[View<'_>], rows: &[Row]) -> FoundPlace {
    let (fellows, strangers): (Vec<&View<'_>>, Vec<&View<'_>>) = views.iter().partition(|view| view.stranger.is_none());
    if fellows.len() < 2 {
        return open(FaultPlace::Open, sentence::strangers(&strangers));
    }
    let is_faulty = |view: &&&View<'_>| matches!(view.column.end, ExchangeEnd::Fault { .. });
    let faulty: Vec<&View<'_>> = fellows.iter().filter(is_faulty).copied().collect();
    let mut found = match faulty.split_first() {
        None => in_a_secret(&fellows, views).unwrap_or_else(|| without_fault(&fellows, views, rows)),
        Some((first, rest)) => {
            // The last of them: who passed that one passed all of them.
            let stage = faulty.iter().filter_map(|view| view.failed_stage()).max();
            let confidence = faulty.iter().filter_map(|view| view.fault()).map(|finding| finding.confidence).min();
            let differ = rest.iter().any(|view| view.failed_stage() != first.failed_stage());
            let found = if differ && !in_one_answer(&faulty) {
                open(FaultPlace::Different, sentence::different(&faulty, &fellows))
            } else {
                let others = || fellows.iter().filter(|view| !is_faulty(view)).copied();
                let (past, silent) = others().partition(|view| view.passed(stage));
                one_fault(&Witnesses { faulty, stage, past, silent }, views)
            };
            FoundPlace { confidence, ..found }
        }
    };
    // A fault on the way does not hide the Secret's.
    let beside = |view: &&&View<'_>| is_faulty(view) && view.of_secret().is_some();
    let beside: Vec<&View<'_>> = fellows.iter().filter(beside).copied().collect();
    if !beside.is_empty() {
        found.sentence = format!("{} {}", found.sentence, sentence::secret_beside(&beside));
    }
    if !strangers.is_empty() {
        found.sentence = format!("{} {}", found.sentence, sentence::left_out(&strangers));
    }
    found
}

/// Whether all of them have the same finding somewhere in the server's answer: in which of its stages large packets get lost
/// or a transfer stands still depends on how the answer happens to fall into packets.
fn in_one_answer(faulty: &[&View<'_>]) -> bool {
    alike(faulty) && faulty.iter().all(|view| view.failed_stage().is_some_and(|stage| stage >= Stage::ResponseWait))
}

/// Whether all of them have the same first finding.
fn alike(faulty: &[&View<'_>]) -> bool {
    let rules: Vec<&str> = faulty.iter().filter_map(|view| Some(view.fault()?.rule.as_str())).collect();
    rules.windows(2).all(|pair| pair.first() == pair.last())
}

/// One fault, at one stage or in one answer, from one place or several.
fn one_fault(witnesses: &Witnesses<'_, '_>, views: &[View<'_>]) -> FoundPlace {
    let Witnesses { faulty, past, silent, .. } = witnesses;
    if past.is_empty() && silent.is_empty() {
        let alike = alike(faulty);
        let place = if alike || witnesses.stage.is_some() { FaultPlace::Everywhere } else { FaultPlace::Different };
        return match place {
            FaultPlace::Everywhere => open(place, sentence::everywhere(witnesses, alike)),
            _ => open(place, sentence::different(faulty, faulty)),
        };
    }
    if past.is_empty() {
        return open(FaultPlace::Open, sentence::nobody_else(witnesses));
    }
    // What one place shows at one time and not at another tells of times, and of no place.
    if faulty.iter().any(|view| past.iter().any(|other| view.is_at_the_place_of(other))) {
        return open(FaultPlace::Open, sentence::comes_and_goes(witnesses));
    }
    if witnesses.stage.is_none() && past.iter().any(|view| faulty.iter().any(|other| view.timeout() != other.timeout()))
    {
        return open(FaultPlace::Open, sentence::other_timeout(witnesses));
    }
    let columns = faulty.iter().filter_map(|view| views.iter().position(|other| std::ptr::eq(*view, other))).collect();
    let place = place(witnesses, columns);
    let words = sentence::only_from(&place, witnesses);
    open(place, words)
}

/// Which kind of place the faulty columns have in common, and none of those that got past the fault.
fn place(witnesses: &Witnesses<'_, '_>, columns: Vec<usize>) -> FaultPlace {
    let Witnesses { faulty, past, .. } = witnesses;
    let on = |views: &[&View<'_>], network: PodNetwork, node: &str| {
        views.iter().filter_map(|view| view.pod()).any(|pod| pod.network == network && pod.node == node)
    };
    let all_of = |network: PodNetwork, other: PodNetwork| {
        let stands =
            |view: &&View<'_>| view.pod().is_some_and(|pod| pod.network == network && on(past, other, &pod.node));
        faulty.iter().all(stands)
    };
    if all_of(PodNetwork::Pod, PodNetwork::Host) {
        FaultPlace::OnlyPodNetwork { columns }
    } else if all_of(PodNetwork::Host, PodNetwork::Pod) {
        FaultPlace::OnlyHostNetwork { columns }
    } else if faulty.iter().all(|view| view.pod().is_some()) {
        FaultPlace::OnlyFromNode { columns }
    } else if faulty.iter().all(|view| view.pod().is_none()) && past.iter().any(|view| view.pod().is_some()) {
        FaultPlace::OnlyFromHere { columns }
    } else {
        FaultPlace::OnlyFromSome { columns }
    }
}

/// No fault on the way, and a Secret that Flux cannot use.
fn in_a_secret(fellows: &[&View<'_>], views: &[View<'_>]) -> Option<FoundPlace> {
    let with: Vec<&View<'_>> =
        fellows.iter().filter(|view| matches!(view.column.end, ExchangeEnd::Secret { .. })).copied().collect();
    let confidence = with.iter().filter_map(|view| view.of_secret()).map(|finding| finding.confidence).min()?;
    let columns = with.iter().filter_map(|view| views.iter().position(|other| std::ptr::eq(*view, other))).collect();
    let place = FaultPlace::Secret { columns };
    Some(FoundPlace { confidence: Some(confidence), ..open(place, sentence::in_a_secret(&with, fellows)) })
}

fn without_fault(fellows: &[&View<'_>], views: &[View<'_>], rows: &[Row]) -> FoundPlace {
    if fellows.iter().any(|view| !view.works()) {
        return open(FaultPlace::Open, sentence::unfinished(fellows));
    }
    let slower = |measure: Measure| {
        let row = rows.iter().find(|row| row.measure == measure)?;
        (row.difference.kind == DifferenceKind::Slower).then_some(row)
    };
    // Where a pack was cut, the whole has no length that could be compared, and its rate has.
    match slower(Measure::Exchange).or_else(|| slower(Measure::PackRate)) {
        Some(row) => {
            let columns = row.difference.columns.clone();
            let slow: Vec<&View<'_>> = columns.iter().filter_map(|index| views.get(*index)).collect();
            open(FaultPlace::SlowerFromSome { columns }, sentence::slower(&slow, row, rows))
        }
        None => open(FaultPlace::Nowhere, sentence::nowhere(fellows)),
    }
}

const fn open(place: FaultPlace, sentence: String) -> FoundPlace {
    FoundPlace { place, sentence, confidence: None }
}
