//! Messages explained: golden samples of the screen, the Markdown and the JSON, and what holds of all of them.
//!
//! `UPDATE_SAMPLES=1 cargo test -p netprobe-reports --test explained` writes the samples anew; look at what changed.

mod golden;

use std::path::Path;

use explain::Explanations;
use golden::without_codes;
use netprobe_reports::{Style, explained, schema, text};
use serde_json::Value;

/// The incident's own line as Flux's condition has it; a log in which it repeats beside other trouble; nothing known.
const CASES: [(&str, &str); 3] = [
    ("incident", include_str!("explained/incident.in")),
    ("log", include_str!("explained/log.in")),
    ("unknown", "what is this?\n"),
];

fn screen(told: &Explanations, style: &Style) -> String {
    let blocks = told.explanations.iter().map(|one| explained::one(one, style));
    blocks.chain([explained::end(told, style)]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn markdown(told: &Explanations) -> String {
    let blocks = told.explanations.iter().map(explained::markdown::one);
    blocks.chain([explained::markdown::end(told)]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn samples_are_rendered_as_before() {
    for (name, input) in CASES {
        let told = explain::explain(input.as_bytes());
        for width in [80, 120] {
            golden(&format!("{name}-{width}.txt"), &screen(&told, &Style { width, ..Style::default() }));
        }
        golden(&format!("{name}.md"), &markdown(&told));
        golden(&format!("{name}.json"), &(serde_json::to_string_pretty(&told).unwrap() + "\n"));
    }
}

#[test]
fn every_explanation_agrees_with_the_schema() {
    let (_, text) = schema::all().into_iter().find(|(name, _)| name == "explanations-v1.json").unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    for told in everything() {
        let value: Value = serde_json::to_value(&told).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}: {value:#}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"format": "netprobe-explanations"})));
}

#[test]
fn no_line_of_any_entry_is_wider_than_the_screen() {
    for told in everything() {
        for width in [60, 80, 100, 120] {
            let style = Style { width, ..Style::default() };
            for line in screen(&told, &style).lines() {
                // Commands, addresses and quoted words stay whole.
                let content = line.get(15..).unwrap_or(line).trim_start_matches(['·', '│', ' ', '→']);
                let whole = content.starts_with(['$', '`']) || !content.contains(' ');
                assert!(text::columns(line) <= style.columns() || whole, "at {width}: {line}");
            }
        }
    }
}

#[test]
fn colour_and_ascii_move_nothing() {
    for told in everything() {
        let plain = screen(&told, &Style::default());
        assert!(plain.chars().all(|character| character == '\n' || !character.is_control()));
        let ascii = screen(&told, &Style { unicode: false, ..Style::default() });
        assert!(ascii.is_ascii(), "{ascii}");
        let widths = |text: &str| text.lines().map(text::columns).collect::<Vec<_>>();
        assert_eq!(widths(&ascii), widths(&plain));
        let coloured = screen(&told, &Style { colour: true, ..Style::default() });
        assert_eq!(without_codes(&coloured), plain);
    }
}

/// Each entry of the table, found by a spelling of its own.
fn everything() -> Vec<Explanations> {
    let spelled = |pattern: &explain::Pattern| {
        let end = if pattern.text.ends_with('$') { "" } else { " X" };
        let reason = pattern.text.trim_matches(['^', '$']).replace('*', "X") + end;
        let scheme = pattern.transport.map_or("ssh", |transport| transport.scheme());
        let does = if pattern.connection == Some(explain::Connection::List) { "list remote for" } else { "clone" };
        match (pattern.transport, pattern.connection) {
            (None, None) => reason,
            _ => format!("unable to {does} '{scheme}://git@host/org/repo': {reason}"),
        }
    };
    let texts = explain::entries().flat_map(|entry| entry.patterns).map(spelled);
    let told: Vec<Explanations> = texts.map(|text| explain::explain(text.as_bytes())).collect();
    let silent: Vec<&Explanations> = told.iter().filter(|told| told.explanations.is_empty()).collect();
    assert!(silent.is_empty(), "spellings that explain nothing: {silent:#?}");
    told
}

fn golden(name: &str, text: &str) {
    golden::golden(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explained").join(name), text);
}
