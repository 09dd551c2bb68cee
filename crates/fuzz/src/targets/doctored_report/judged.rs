//! What is made of a report. Promised: it can be judged, forecast, followed up and shown; nothing in it can steer a terminal.

use diagnose::{Policy, diagnose, follow_up};
use model::{Journal, Micros, Report};
use reports::{Style, json, screen};

use crate::promise;

/// `show` chooses the screen it is shown on: one, since they cost the most.
pub(super) fn check(report: &Report, show: usize) {
    let diagnosis = diagnose(report, &Policy::STANDARD);
    let document = json::document(report, &diagnosis).expect("a report can always be written");
    assert_eq!(Journal::read(document.as_bytes()).as_ref(), Ok(report), "a document is read back");
    for left in [Micros(0), Micros::from_secs(25), Micros(u64::MAX)] {
        let next = follow_up(report, left);
        let known = |id| report.measurements.iter().any(|measurement| measurement.run.id == id);
        assert!(next.is_none_or(|run| !known(run.id)), "a follow-up is a run of its own");
    }
    let style = SCREENS[show % SCREENS.len()];
    let screen = |colour| screen::render(report, &diagnosis, &Style { colour, ..style }, Some("report.jsonl"));
    let plain = screen(false);
    plain.lines().for_each(promise::harmless);
    assert!(style.unicode || plain.is_ascii(), "ASCII where nothing else can be shown");
    let painted = without_colour(&screen(true));
    // Where a line ends with a painted word, blanks may stay between the word and what ends the paint.
    assert!(painted.lines().map(str::trim_end).eq(plain.lines()), "colour changes more:\n{painted}\n{plain}");
}

/// Narrower than is laid out for, the usual one, and a wide one.
const SCREENS: [Style; 3] = [
    Style { width: 40, colour: false, unicode: true },
    Style { width: 80, colour: false, unicode: false },
    Style { width: 120, colour: false, unicode: true },
];

/// Takes off what paints: ESC, `[`, figures, `m` (ECMA-48 SGR).
fn without_colour(screen: &str) -> String {
    let mut parts = screen.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}
