//! Reports that somebody doctored, and servers that write to terminals: nothing of it may reach the screen as it came.

mod cases;

use diagnose::Policy;
use netprobe_reports::{Style, screen, side_by_side, text};
use serde_json::Value;

/// Fields that hold text from outside, or text that a doctored file can put there.
const TEXTS: [&str; 35] = [
    "agent",
    "cipher",
    "client_ident",
    "congestion_control",
    "fingerprint",
    "group",
    "headline",
    "host",
    "host_name",
    "id",
    "kernel",
    "kex",
    "key_type",
    "mac",
    "last",
    "message",
    "name",
    "namespace",
    "node",
    "operation",
    "path",
    "question",
    "reason",
    "roots",
    "rule",
    "server_ident",
    "shows",
    "since",
    "statement",
    "status",
    "text",
    "user",
    "version",
    "via",
    "why_different",
];

const NASTY: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}a\r\nb\tc\u{9b}31md\u{202e}e\u{2028}f日本語";

#[test]
fn no_text_can_steer_the_terminal() {
    for (width, length) in [(60, 1), (80, 1), (80, 40), (120, 400)] {
        for case in cases::all() {
            let (report, diagnosis) = doctored(&case, &NASTY.repeat(length));
            for style in styles(width) {
                let screen = screen::render(&report, &diagnosis, &style, Some(NASTY));
                let steers = |character: &char| {
                    *character != '\n' && (character.is_control() || "\u{202e}\u{2028}".contains(*character))
                };
                assert_eq!(screen.chars().find(steers), None, "{} at {width}", case.name);
                assert!(style.unicode || screen.is_ascii());
            }
        }
    }
}

#[test]
fn long_words_are_cut_to_the_width() {
    for case in cases::all() {
        let (report, diagnosis) = doctored(&case, &"a日".repeat(200));
        for style in styles(80) {
            let screen = screen::render(&report, &diagnosis, &style, None);
            // An address, a command and Flux's message stay whole, for whoever copies or greps them.
            let whole = |line: &&str| !["://", "$ ", "│ ", "| "].iter().any(|mark| line.contains(mark));
            let wide = screen.lines().filter(|line| text::columns(line) > 80).filter(whole);
            assert_eq!(wide.count(), 0, "{}:\n{screen}", case.name);
        }
    }
}

#[test]
fn no_report_of_several_can_steer_the_terminal_or_be_markup() {
    for (width, length) in [(60, 1), (80, 1), (80, 40), (120, 400)] {
        for case in cases::places::all() {
            let doctored = case.reports.iter().map(|report| {
                let mut value = serde_json::to_value(report).unwrap();
                replace(&mut value, &format!("{}|<b>`c`[d](e)", NASTY.repeat(length)));
                serde_json::from_value(value).unwrap()
            });
            let reports: Vec<model::Report> = doctored.collect();
            let diagnoses: Vec<_> = reports.iter().map(|one| diagnose::diagnose(one, &Policy::STANDARD)).collect();
            let comparison = diagnose::compare(&reports, &Policy::STANDARD);
            let paths = vec![Some(NASTY.to_owned()); reports.len()];
            let steers = |character: &char| {
                *character != '\n' && (character.is_control() || "\u{202e}\u{2028}".contains(*character))
            };
            for style in styles(width) {
                let screen = side_by_side::render(&reports, &diagnoses, &comparison, &paths, &style);
                assert_eq!(screen.chars().find(steers), None, "{} at {width}", case.name);
                assert!(style.unicode || screen.is_ascii());
                let table = screen.lines().skip_while(|line| !line.starts_with(['─', '-'])).skip(1);
                for line in table.take_while(|line| !line.is_empty()) {
                    assert!(text::columns(line) <= style.columns(), "{} at {width}: {line}", case.name);
                }
            }
            let page = side_by_side::markdown(&reports, &diagnoses, &comparison, &paths);
            assert_eq!(page.chars().find(steers), None, "{}", case.name);
            // What is fenced or code is shown as it is; everywhere else a tag is escaped.
            let prose = page
                .split("```")
                .step_by(2)
                .flat_map(str::lines)
                .filter(|line| !line.contains('`') || line.contains("\\`"));
            for line in prose {
                assert!(!line.replace("\\<", "").replace("<br>", "").contains('<'), "{}: {line}", case.name);
            }
            let cells = page.lines().filter(|line| line.starts_with('|')).map(|line| line.replace("\\|", ""));
            for row in cells {
                assert_eq!(row.matches('|').count(), reports.len() + 3, "{row}");
            }
        }
    }
}

fn styles(width: usize) -> [Style; 2] {
    [true, false].map(|unicode| Style { width, colour: false, unicode })
}

fn doctored(case: &cases::Case, with: &str) -> (model::Report, diagnose::Diagnosis) {
    let journal: String = case
        .journal()
        .lines()
        .map(|line| {
            let mut record: Value = serde_json::from_str(line).unwrap();
            replace(&mut record, with);
            record.to_string() + "\n"
        })
        .collect();
    let mut diagnosis = serde_json::to_value(&case.diagnosis).unwrap();
    replace(&mut diagnosis, with);
    for list in ["rules_out", "possible", "remedies", "next"] {
        for finding in diagnosis["findings"].as_array_mut().unwrap() {
            finding[list] = Value::from(vec![with; 2]);
        }
    }
    diagnosis["flux"]["caveats"] = Value::from(vec![with; 2]);
    (model::Journal::read(journal.as_bytes()).unwrap(), serde_json::from_value(diagnosis).unwrap())
}

/// Puts `with` in place of every text in one of the fields.
fn replace(value: &mut Value, with: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, with)),
        Value::Object(fields) => {
            for (name, field) in fields {
                if TEXTS.contains(&name.as_str()) && field.is_string() {
                    *field = Value::from(with);
                } else {
                    replace(field, with);
                }
            }
        }
        _ => {}
    }
}
