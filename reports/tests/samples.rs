//! Golden samples: one folder a case under `samples/`, with the report, the diagnosis and the screen at two widths.
//!
//! `UPDATE_SAMPLES=1 cargo test -p netprobe-reports --test samples` writes them anew; look at what changed before you commit.

mod cases;
mod golden;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;

use diagnose::Diagnosis;
use golden::{golden, updating, without_codes};
use model::{Journal, Report};
use netprobe_reports::{Style, screen, text};

const WIDTHS: [usize; 2] = [80, 120];
const STORED_AT: &str = "/home/ada/.local/state/netprobe/2025-11-23T172004Z.jsonl";

#[test]
fn samples_are_what_the_cases_build() {
    if !updating() {
        cases::all().iter().for_each(case_files);
    }
}

#[test]
fn stored_reports_are_rendered_as_before() {
    for (folder, report, diagnosis) in stored() {
        for width in WIDTHS {
            let style = Style { width, colour: false, unicode: true };
            let screen = screen::render(&report, &diagnosis, &style, Some(STORED_AT));
            golden(&folder.join(format!("screen-{width}.txt")), &screen);
        }
    }
}

#[test]
fn no_line_is_wider_than_the_screen() {
    for (folder, report, diagnosis) in stored() {
        for width in [60, 72, 80, 100, 120, 200] {
            let style = Style { width, colour: false, unicode: true };
            for line in screen::render(&report, &diagnosis, &style, None).lines() {
                let fits = text::columns(line) <= style.columns();
                assert!(fits || is_unbreakable(line), "{} at {width}: {line}", folder.display());
            }
        }
    }
}

/// One command, address or path that is alone on its line behind the label.
fn is_unbreakable(line: &str) -> bool {
    let content = line.get(15..).unwrap_or(line).trim_start_matches(['·', '│', ' ']);
    content.starts_with("$ ") || content.starts_with('`') || !content.contains(' ')
}

#[test]
fn colour_only_adds_codes_and_ascii_only_replaces() {
    for (_, report, diagnosis) in stored() {
        let plain = Style { width: 100, colour: false, unicode: true };
        let screen = screen::render(&report, &diagnosis, &plain, Some(STORED_AT));
        assert!(screen.chars().all(|character| character == '\n' || !character.is_control()));
        let coloured = screen::render(&report, &diagnosis, &Style { colour: true, ..plain }, Some(STORED_AT));
        assert!(coloured.contains('\x1b'), "nothing was coloured");
        assert_eq!(without_codes(&coloured), screen, "colour moved something");
        let ascii = screen::render(&report, &diagnosis, &Style { unicode: false, ..plain }, Some(STORED_AT));
        assert!(ascii.is_ascii());
        let widths = |text: &str| text.lines().map(text::columns).collect::<Vec<_>>();
        assert_eq!(widths(&ascii), widths(&screen), "the fall-back moved something");
    }
}

#[test]
fn a_healthy_run_fits_on_one_screen() {
    for (folder, report, diagnosis) in stored() {
        let style = Style { width: 100, colour: false, unicode: true };
        let lines = screen::render(&report, &diagnosis, &style, Some(STORED_AT)).lines().count();
        let most = if diagnosis.verdict == diagnose::Verdict::Healthy { 36 } else { 60 };
        assert!(lines <= most, "{}: {lines} lines", folder.display());
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn case_files(case: &cases::Case) {
    let folder = samples().join(case.name);
    golden(&folder.join("report.jsonl"), &case.journal());
    golden(&folder.join("diagnosis.json"), &format!("{:#}\n", serde_json::to_value(&case.diagnosis).unwrap()));
}

/// Every folder under `samples/`, in order. Where samples are written anew, the cases' files come first.
fn stored() -> Vec<(PathBuf, Report, Diagnosis)> {
    static WRITTEN: Once = Once::new();
    WRITTEN.call_once(|| {
        if updating() {
            cases::all().iter().for_each(case_files);
        }
    });
    let mut folders: Vec<PathBuf> = fs::read_dir(samples()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    assert!(!folders.is_empty(), "no samples; write them with UPDATE_SAMPLES=1");
    let read = |folder: PathBuf| {
        let report = Journal::read(&fs::read(folder.join("report.jsonl")).unwrap()).unwrap();
        let diagnosis = serde_json::from_slice(&fs::read(folder.join("diagnosis.json")).unwrap()).unwrap();
        (folder, report, diagnosis)
    };
    folders.into_iter().map(read).collect()
}
