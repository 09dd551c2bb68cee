//! Comparisons: golden samples of the screen, the Markdown and the comparison itself, and what holds of all of them.
//!
//! `UPDATE_SAMPLES=1 cargo test -p netprobe-reports --test side_by_side` writes them anew; look at what changed.

mod cases;
mod golden;

use std::path::Path;

use cases::places::{self, Places};
use diagnose::{Comparison, Diagnosis, Policy};
use golden::without_codes;
use netprobe_reports::{Style, schema, side_by_side, text};

struct Shown {
    case: Places,
    diagnoses: Vec<Diagnosis>,
    comparison: Comparison,
    paths: Vec<Option<String>>,
}

fn all() -> Vec<Shown> {
    places::all().into_iter().map(shown).collect()
}

fn shown(case: Places) -> Shown {
    let diagnoses = case.reports.iter().map(|report| diagnose::diagnose(report, &Policy::STANDARD)).collect();
    let comparison = diagnose::compare(&case.reports, &Policy::STANDARD);
    let path = |index| Some(format!("/home/ada/.local/state/netprobe/reports/2025-11-23T172004Z-{index}.jsonl"));
    let paths = (1..=case.reports.len()).map(path).collect();
    Shown { case, diagnoses, comparison, paths }
}

impl Shown {
    fn screen(&self, style: Style) -> String {
        side_by_side::render(&self.case.reports, &self.diagnoses, &self.comparison, &self.paths, &style)
    }

    fn markdown(&self) -> String {
        side_by_side::markdown(&self.case.reports, &self.diagnoses, &self.comparison, &self.paths)
    }
}

#[test]
fn samples_are_rendered_as_before() {
    for shown in all() {
        for width in [80, 120] {
            let screen = shown.screen(Style { width, ..Style::default() });
            golden(&format!("{}/screen-{width}.txt", shown.case.name), &screen);
        }
        golden(&format!("{}/page.md", shown.case.name), &shown.markdown());
        let comparison = serde_json::to_string_pretty(&shown.comparison).unwrap() + "\n";
        golden(&format!("{}/comparison.json", shown.case.name), &comparison);
    }
}

#[test]
fn no_line_is_wider_than_the_screen() {
    for shown in all() {
        for width in [60, 72, 80, 100, 120, 200] {
            let style = Style { width, ..Style::default() };
            for line in shown.screen(style).lines() {
                let content = line.get(15..).unwrap_or(line).trim_start_matches(['·', '│', ' ']);
                let whole = content.starts_with(['$', '`']) || !content.contains(' ');
                assert!(text::columns(line) <= style.columns() || whole, "{} at {width}: {line}", shown.case.name);
            }
        }
    }
}

#[test]
fn colour_only_adds_codes_and_ascii_only_replaces() {
    for shown in all() {
        for width in [60, 80, 120] {
            let plain = Style { width, ..Style::default() };
            let screen = shown.screen(plain);
            let coloured = shown.screen(Style { colour: true, ..plain });
            assert!(coloured.contains('\x1b') && !screen.contains('\x1b'));
            assert_eq!(without_codes(&coloured), screen, "colour moved something");
            let ascii = shown.screen(Style { unicode: false, ..plain });
            assert!(ascii.is_ascii());
            let widths = |text: &str| text.lines().map(text::columns).collect::<Vec<_>>();
            assert_eq!(widths(&ascii), widths(&screen));
        }
    }
}

#[test]
fn the_document_agrees_with_its_schema_and_can_be_read_again() {
    let (_, text) = schema::all().into_iter().find(|(name, _)| name == "comparison-v1.json").unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    for shown in all() {
        let document = side_by_side::document(&shown.case.reports, &shown.diagnoses, &shown.comparison).unwrap();
        let value: serde_json::Value = serde_json::from_str(&document).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", shown.case.name);
        let again: Comparison = serde_json::from_value(value["comparison"].clone()).unwrap();
        assert_eq!(again, shown.comparison);
        assert_eq!(value["columns"].as_array().unwrap().len(), shown.case.reports.len());
    }
    assert!(!validator.is_valid(&serde_json::json!({"comparison": {}, "columns": []})));
}

#[test]
fn every_cell_is_in_the_markdown_table_and_nothing_in_it_is_markup() {
    for shown in all() {
        let page = shown.markdown();
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), shown.comparison.rows.len() + 2, "{page}");
        let columns = shown.comparison.columns.len() + 2;
        for row in rows {
            assert_eq!(row.replace("\\|", "").matches('|').count(), columns + 1, "{row}");
        }
    }
}

fn golden(name: &str, text: &str) {
    golden::golden(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/side_by_side").join(name), text);
}
