use model::Stage;

use super::*;
use crate::outcome::FluxOutcome;
use crate::record::samples::{expected, healthy, healthy_expected, hole, hole_expected};

type Case = (fn(&mut Record), &'static [Kind], &'static str);

/// A change of the record that agrees, the kinds of disagreement it brings, and the last one's sentence.
const CASES: &[Case] = &[
    (
        |record| record.void = Some("nft counted nothing".into()),
        &[Kind::Void],
        "the trial is void: nft counted nothing",
    ),
    (
        |record| record.seen_mut().netprobe.exit_code = Some(77),
        &[Kind::Exit],
        "after this verdict netprobe ends with 1; it ended with 77",
    ),
    (|record| record.seen = None, &[Kind::Void], "the trial is void: no client was run"),
    (
        |record| {
            let ran = &mut record.seen_mut().netprobe;
            (ran.answer, ran.stderr, ran.exit_code) = (None, "no such option".into(), Some(3));
        },
        &[Kind::NoAnswer],
        "netprobe gave no answer and ended with 3: no such option",
    ),
    (
        |record| record.told_mut().rule = "stalled".into(),
        &[Kind::WrongButConfident],
        "expected path-mtu-black-hole, told stalled (likely): Full packets do not arrive.",
    ),
    (
        |record| record.told_mut().stage = Some(Stage::Connect),
        &[Kind::Stage],
        "expected it to die at: TLS handshake; told: TCP connect",
    ),
    (
        |record| record.told_mut().confidence = Confidence::Possible,
        &[Kind::Confidence],
        "expected path-mtu-black-hole to be likely at least, told that it is possible",
    ),
    (
        |record| record.seen_mut().netprobe.seconds = 10.04,
        &[Kind::Slow],
        "netprobe was expected to end within 10 s, and took 10.04 s",
    ),
    (
        |record| record.seen_mut().git.outcome = GitOutcome::Hangs,
        &[Kind::Git],
        "git: expected `fails`, seen `hangs` after 12.5 s: fatal: SSL connection timeout",
    ),
    (
        |record| record.seen_mut().git.stderr = "fatal: no".into(),
        &[Kind::GitWords],
        "git was expected to say `SSL connection timeout`, and said: fatal: no",
    ),
    (
        // What netprobe foretold is then wrong as well.
        |record| record.flux_mut().message = "EOF".into(),
        &[Kind::FluxDid, Kind::Forecast],
        "Flux: netprobe foretold `times_out`, Flux's client did `fails`",
    ),
    (
        |record| {
            (record.flux_mut().message, record.flux_mut().seconds) = ("i/o timeout".into(), 15.1);
            record.answer_mut().flux.message = None;
        },
        &[Kind::FluxSaid],
        "Flux was expected to say `deadline exceeded`, and said: i/o timeout",
    ),
    (
        |record| record.answer_mut().flux.outcome = FluxOutcome::Unknown,
        &[Kind::Forecast],
        "Flux: netprobe foretold `unknown`, Flux's client did `times_out`",
    ),
    (
        |record| {
            record.seen_mut().flux = None;
            record.answer_mut().flux.outcome = FluxOutcome::Fits;
        },
        &[Kind::Forecast],
        "Flux: netprobe foretold `fits`, the scenario expects `times_out`",
    ),
    (
        |record| record.answer_mut().flux.message = Some("deadline exceeded".into()),
        &[Kind::ForecastWords],
        "Flux's words: netprobe foretold `deadline exceeded`, its client said `Get \"https://h/r\": context deadline \
         exceeded`",
    ),
];

#[test]
fn each_way_to_differ_has_its_sentence_with_both_sides() {
    for (change, kinds, sentence) in CASES {
        let mut record = hole();
        change(&mut record);
        let told = judge(&record, &hole_expected()).disagreements;
        assert_eq!(told.iter().map(|one| one.kind).collect::<Vec<_>>(), *kinds, "{sentence}");
        assert_eq!(told.last().unwrap().sentence, *sentence);
    }
}

#[test]
fn a_record_that_agrees_is_as_expected() {
    for (record, expected) in [(hole(), hole_expected()), (healthy(), healthy_expected())] {
        let verdict = judge(&record, &expected);
        assert_eq!(verdict, Verdict::default());
        assert_eq!(verdict.standing(), Standing::AsExpected);
    }
}

#[test]
fn a_known_limit_is_as_expected_and_yet_apart() {
    let expected = Expectation { known_limit: Some("slow".to_owned()), ..hole_expected() };
    let mut record = hole();
    assert_eq!(judge(&record, &expected).standing(), Standing::KnownLimit);
    record.seen_mut().netprobe.seconds = 11.0;
    assert_eq!(judge(&record, &expected).standing(), Standing::Otherwise);
    record.void = Some("x".to_owned());
    assert_eq!(judge(&record, &expected).standing(), Standing::Void);
}

#[test]
fn what_netprobe_withholds_or_may_leave_open_is_no_disagreement() {
    let mut silent = hole();
    silent.answer_mut().flux.message = None;
    assert!(judge(&silent, &hole_expected()).disagreements.is_empty());

    let mut open = hole();
    open.answer_mut().flux.outcome = FluxOutcome::Unknown;
    let mut expectation = hole_expected();
    expectation.flux.forecast_open = true;
    assert!(judge(&open, &expectation).disagreements.is_empty());

    let mut reworded = hole();
    reworded.answer_mut().flux.message = Some("roughly".to_owned());
    expectation.flux.same_words = false;
    assert!(judge(&reworded, &expectation).disagreements.is_empty());
}

fn kinds(record: &Record, expected: &Expectation) -> Vec<Kind> {
    judge(record, expected).disagreements.into_iter().map(|one| one.kind).collect()
}

#[test]
fn a_wrong_cause_weighs_by_its_confidence() {
    let cases = [
        (Confidence::Possible, Kind::Finding),
        (Confidence::Likely, Kind::WrongButConfident),
        (Confidence::Proven, Kind::WrongButConfident),
    ];
    for (confidence, kind) in cases {
        let mut record = hole();
        (record.told_mut().rule, record.told_mut().confidence) = ("stalled".to_owned(), confidence);
        assert_eq!(kinds(&record, &hole_expected()), [kind]);
    }
}

#[test]
fn a_false_alarm_is_a_fault_told_where_all_works() {
    let mut record = healthy();
    record.end_as(Overall::Warning);
    assert_eq!(kinds(&record, &healthy_expected()), []);
    record.end_as(Overall::Fault);
    assert_eq!(kinds(&record, &healthy_expected()), [Kind::FalseAlarm]);
    let slow = expected("finding = \"healthy\"\ngit = \"clones\"\nflux = { outcome = \"times_out\" }");
    assert!(!kinds(&record, &slow).contains(&Kind::FalseAlarm), "it works for git, and not for Flux");
}

#[test]
fn a_miss_is_a_broken_thing_called_healthy() {
    let mut record = hole();
    record.end_as(Overall::Undecided);
    assert_eq!(kinds(&record, &hole_expected()), []);
    record.end_as(Overall::Healthy);
    assert_eq!(kinds(&record, &hole_expected()), [Kind::Missed]);
}

#[test]
fn a_grave_mistake_is_put_up_with_only_as_a_known_limit_and_only_as_expected() {
    let limit = Expectation { known_limit: Some("the hole heals".to_owned()), ..healthy_expected() };
    let mut record = healthy();
    record.end_as(Overall::Fault);
    assert_eq!(judge(&record, &limit).standing(), Standing::KnownLimit);
    record.told_mut().rule = "stalled".to_owned();
    assert_eq!(kinds(&record, &limit), [Kind::WrongButConfident, Kind::FalseAlarm]);
}
