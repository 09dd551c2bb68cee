//! The parts of the page about a matrix, what matters most first.

use super::page::{Body, Item, Page, Section, Table};
use super::{Matrix, Row, Trial};
use crate::outcome::{FluxOutcome, GitOutcome};
use crate::verdict::{Kind, Standing};

pub(super) fn page(matrix: &Matrix<'_>) -> Page {
    let sections = vec![
        list("Not as expected", matrix, |trial| standing(trial, Standing::Otherwise).then(|| sentences(trial))),
        list("Wrong but confident", matrix, |trial| only(trial, Kind::WrongButConfident)),
        list("False alarms (all works, and a fault was told)", matrix, |trial| only(trial, Kind::FalseAlarm)),
        list("Missed (broken, and called healthy)", matrix, |trial| only(trial, Kind::Missed)),
        list("Void", matrix, |trial| standing(trial, Standing::Void).then(|| sentences(trial))),
        list("Known limits", matrix, |trial| {
            standing(trial, Standing::KnownLimit).then(|| trial.verdict.known_limit.iter().cloned().collect())
        }),
        section("Findings", findings(matrix)),
        section("Flux: foretold by netprobe (rows), done by Flux's own client (columns)", forecasts(matrix)),
        section("git: expected (rows), done (columns)", clones(matrix)),
        section("Time and bytes", costs(matrix)),
    ];
    Page { summary: summary(matrix), sections }
}

fn summary(matrix: &Matrix<'_>) -> String {
    let right: usize = matrix.findings.values().map(|row| row.right).sum();
    let judged: usize = matrix.findings.values().map(Row::trials).sum();
    format!(
        "Trials: {} of {} scenarios. As expected: {}; known limits: {}; not as expected: {}; void: {}. First finding \
         right: {right} of {judged}.",
        matrix.trials.len(),
        matrix.scenarios(),
        matrix.of(Standing::AsExpected),
        matrix.of(Standing::KnownLimit),
        matrix.of(Standing::Otherwise),
        matrix.of(Standing::Void),
    )
}

fn section(title: &str, table: Table) -> Section {
    Section { title: title.to_owned(), body: Body::Table(table) }
}

/// The trials for which `told` has sentences.
fn list(title: &str, matrix: &Matrix<'_>, told: impl Fn(&Trial<'_>) -> Option<Vec<String>>) -> Section {
    let item = |trial: &Trial<'_>| told(trial).map(|sentences| Item { name: trial.name(), sentences });
    Section { title: title.to_owned(), body: Body::List(matrix.trials.iter().filter_map(item).collect()) }
}

fn standing(trial: &Trial<'_>, wanted: Standing) -> bool {
    trial.verdict.standing() == wanted
}

fn sentences(trial: &Trial<'_>) -> Vec<String> {
    trial.verdict.disagreements.iter().map(|one| one.sentence.clone()).collect()
}

fn only(trial: &Trial<'_>, kind: Kind) -> Option<Vec<String>> {
    let sentences: Vec<String> = trial.verdict.sentences(kind).map(str::to_owned).collect();
    (!sentences.is_empty()).then_some(sentences)
}

fn findings(matrix: &Matrix<'_>) -> Table {
    let row = |(rule, row): (&&str, &Row<'_>)| {
        let instead: Vec<String> = row.instead.iter().map(|(told, count)| format!("{told} {count}")).collect();
        vec![(*rule).to_owned(), row.trials().to_string(), row.right.to_string(), instead.join(", ")]
    };
    Table::new(&["expected", "trials", "right", "told instead"], matrix.findings.iter().map(row).collect())
        .ending_in_prose()
}

fn forecasts(matrix: &Matrix<'_>) -> Table {
    let did = [FluxOutcome::Fits, FluxOutcome::TimesOut, FluxOutcome::Fails, FluxOutcome::HangsSilently];
    let columns: Vec<Option<FluxOutcome>> = did.into_iter().map(Some).chain([None]).collect();
    let mut head = vec![""];
    head.extend(columns.iter().map(|did| did.map_or("not asked", FluxOutcome::word)));
    let row = |foretold: FluxOutcome| {
        let cell = |did: &Option<FluxOutcome>| count(matrix.forecasts.get(&(foretold, *did)));
        std::iter::once(foretold.word().to_owned()).chain(columns.iter().map(cell)).collect()
    };
    Table::new(&head, FluxOutcome::ALL.into_iter().map(row).collect())
}

fn clones(matrix: &Matrix<'_>) -> Table {
    let all = [GitOutcome::Clones, GitOutcome::Fails, GitOutcome::Hangs];
    let row = |expected: GitOutcome| {
        let cell = |did: GitOutcome| count(matrix.clones.get(&(expected, did)));
        std::iter::once(expected.word().to_owned()).chain(all.into_iter().map(cell)).collect()
    };
    Table::new(&["", "clones", "fails", "hangs"], all.into_iter().map(row).collect())
}

fn costs(matrix: &Matrix<'_>) -> Table {
    let seconds = |seconds: f64| format!("{seconds:.2} s");
    let row = |trial: &Trial<'_>| {
        let seen = trial.record.seen.as_ref()?;
        let answer = seen.netprobe.answer.as_ref();
        Some(vec![
            trial.name(),
            seconds(seen.netprobe.seconds),
            answer.map_or_else(unknown, |answer| answer.runs.to_string()),
            answer.map_or_else(unknown, |answer| bytes(answer.sent_bytes + answer.received_bytes)),
            seconds(seen.git.seconds),
            seen.flux.as_ref().map_or_else(unknown, |ran| seconds(ran.seconds)),
        ])
    };
    Table::new(&["trial", "netprobe", "runs", "payload", "git", "Flux"], matrix.trials.iter().filter_map(row).collect())
}

/// A zero is as good as a gap in a table of counts, and easier to read over.
fn count(count: Option<&usize>) -> String {
    count.map_or_else(|| ".".to_owned(), usize::to_string)
}

fn unknown() -> String {
    "-".to_owned()
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
