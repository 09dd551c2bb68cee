use super::*;
use crate::outcome::{Confidence, Overall};
use crate::record::FluxRan;
use crate::record::samples::{expected, healthy, healthy_expected, hole, hole_expected, named};

fn renamed(mut record: Record, name: &str) -> Record {
    record.key.scenario = named(name);
    record
}

/// One trial of each standing, and each grave mistake once.
fn records() -> Vec<(Record, Expectation)> {
    let mut wrong = renamed(hole(), "path-mtu/wrong");
    (wrong.told_mut().rule, wrong.told_mut().confidence) = ("server-silent".to_owned(), Confidence::Proven);
    wrong.answer_mut().flux.outcome = FluxOutcome::Unknown;
    let mut alarm = renamed(healthy(), "healthy/alarm");
    alarm.told_mut().rule = "stalled".to_owned();
    alarm.told_mut().confidence = Confidence::Possible;
    alarm.end_as(Overall::Fault);
    alarm.answer_mut().headline = "The path is broken.".to_owned();
    let mut missed = renamed(hole(), "path-mtu/missed");
    missed.end_as(Overall::Healthy);
    missed.told_mut().rule = "healthy".to_owned();
    missed.told_mut().confidence = Confidence::Possible;
    *missed.flux_mut() = FluxRan::hung(20.0);
    let mut mute = renamed(hole(), "path-mtu/mute");
    mute.seen_mut().netprobe.answer = None;
    mute.seen_mut().flux = None;
    let mut void = renamed(hole(), "path-mtu/void");
    void.void = Some("the rule on near counted nothing".to_owned());
    let limit = Expectation { known_limit: Some("It could name the hop.".to_owned()), ..hole_expected() };
    vec![
        (wrong, hole_expected()),
        (hole(), hole_expected()),
        (healthy(), healthy_expected()),
        (alarm, healthy_expected()),
        (missed, hole_expected()),
        (mute, hole_expected()),
        (void, hole_expected()),
        (renamed(hole(), "path-mtu/limit"), limit),
    ]
}

fn matrix(records: &[(Record, Expectation)]) -> Matrix<'_> {
    Matrix::new(records.iter().map(|(record, expected)| Trial::new(record, expected)).collect())
}

#[test]
fn the_text_is_the_golden_one() {
    let text = matrix(&records()).text();
    assert_eq!(text, include_str!("golden.txt"), "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn the_markdown_is_the_golden_one() {
    let markdown = matrix(&records()).markdown();
    assert_eq!(markdown, include_str!("golden.md"), "\n{markdown}");
}

#[test]
fn green_is_all_as_expected_and_something_at_all() {
    let green = |trials: &[(Record, Expectation)]| matrix(trials).is_green();
    assert!(!green(&[]));
    assert!(green(&[(hole(), hole_expected()), (healthy(), healthy_expected())]));
    assert!(!green(&[(hole(), hole_expected()), (hole(), healthy_expected())]));
    let void = Record { void: Some("x".to_owned()), ..hole() };
    assert!(!green(&[(void, hole_expected())]));
}

#[test]
fn a_long_word_is_kept_whole_and_many_short_ones_are_broken() {
    let mut record = hole();
    let long = "x".repeat(150);
    record.told_mut().statement = format!("{} {long} end", "word ".repeat(40));
    let text =
        matrix(&[(record, expected("finding = \"stalled\"\ngit = \"fails\"\nflux = { outcome = \"times_out\" }"))])
            .text();
    assert!(text.lines().any(|line| line.trim() == long), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100 || line.trim() == long), "{text}");
}
