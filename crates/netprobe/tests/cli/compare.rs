//! `netprobe compare` from outside: stored reports of either form, side by side.

use std::path::Path;

use endpoint::{Fault, Point};
use serde_json::{Value, json};

use crate::bed::{Bed, Said, records};

/// A report from here, and one that is a pod's by its header, from a server with this fault.
fn two(fault: Fault) -> Bed {
    let bed = Bed::healthy();
    let said = Said::by(bed.run().args(["-o", "here.jsonl", &bed.ssh()]));
    assert_eq!(said.code, Some(0), "{said:?}");
    let broken = Bed::with(fault);
    let said =
        Said::by(broken.run().args(["--patience", "300ms", "--no-follow-up", "-o", "there.jsonl", &broken.ssh()]));
    assert!(matches!(said.code, Some(0 | 1)), "{said:?}");
    let here = records(&bed.home.path("here.jsonl"));
    let mut there = records(&broken.home.path("there.jsonl"));
    there[0]["vantage"]["kind"] = json!("pod");
    there[0]["vantage"]["pod"] = json!({
        "node": "npk-n2", "namespace": "flux-system", "name": "netprobe-x", "network": "pod", "likeness": "settings",
    });
    // Both servers are on loopback, and each has a port of its own.
    let lines: Vec<String> = there.iter().map(ToString::to_string).collect();
    let text = lines.join("\n");
    let (theirs, ours) = (port(&there), port(&here));
    bed.home.write("there.jsonl", &text.replace(&theirs, &ours));
    bed
}

fn port(records: &[Value]) -> String {
    records[0]["plan"]["target"]["port"].to_string()
}

fn compare(bed: &Bed, arguments: &[&str]) -> Said {
    let said = Said::by(bed.home.netprobe(&["compare"]).args(arguments));
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    said
}

#[test]
fn a_fault_from_the_node_alone_is_told_as_that_in_every_format() {
    let bed = two(Fault::Freeze { at: Point::AfterNak { bytes: 0 } });
    let files = ["here.jsonl", "there.jsonl"];
    let screen = compare(&bed, &files).stdout;
    for words in ["node npk-n2", "pod network", "stalled", "only from the node npk-n2", "here.jsonl", "there.jsonl"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(screen.lines().all(|line| line.chars().count() <= 80 || line.contains("$ ")), "{screen}");
    let markdown = compare(&bed, &[&files[..], &["--format", "markdown"]].concat()).stdout;
    assert!(markdown.starts_with("## ssh://") && markdown.contains("only from npk-n2 |"), "{markdown}");
    let document = compare(&bed, &[&files[..], &["--format", "json"]].concat());
    let value = document.json();
    assert_eq!(value["comparison"]["place"]["place"], "only_from_node", "{value:#}");
    assert!(compare(&bed, &["--ascii", "here.jsonl", "there.jsonl"]).stdout.is_ascii());
    assert!(compare(&bed, &["--color", "always", "here.jsonl", "there.jsonl"]).stdout.contains("\x1b[1;31m"));

    // The document of a comparison holds the reports, for this command and for the judgement of each.
    bed.home.write("comparison.json", &document.stdout);
    assert_eq!(compare(&bed, &["comparison.json", "--format", "json"]).stdout, document.stdout);
    let again = compare(&bed, &["comparison.json"]).stdout;
    assert_eq!(again.matches("comparison.json").count(), 1, "one file is named once: {again}");
    let judged = Said::by(&mut bed.home.netprobe(&["diagnose", "--check", "comparison.json"]));
    assert_eq!((judged.code, judged.stdout.matches("seen from").count()), (Some(1), 2), "{judged:?}");
    assert!(judged.stdout.contains("pod on node npk-n2 (pod network, namespace flux-system"), "{judged:?}");
    assert!(Path::new(&bed.home.path("here.jsonl")).exists());
}

#[test]
fn both_healthy() {
    let bed = two(Fault::None);
    let screen = compare(&bed, &["here.jsonl", "there.jsonl"]).stdout;
    assert!(screen.contains("It works from every place: from here and from the node npk-n2."), "{screen}");
    assert!(!screen.contains('✘'), "{screen}");
}

#[test]
fn what_cannot_be_compared_is_a_wrong_call() {
    let bed = two(Fault::None);
    bed.home.write("letter", "Dear netprobe,\n");
    bed.home.write("columns.json", r#"{"comparison":{},"columns":[{"report":1}]}"#);
    for (arguments, words) in [
        (&["here.jsonl"][..], "nothing to compare it with"),
        (&["here.jsonl", "absent"], "cannot be read"),
        (&["here.jsonl", "letter"], "first line should be a header"),
        (&["here.jsonl", "columns.json"], "first line should be a header"),
        (&[], "<REPORT>"),
    ] {
        let said = Said::by(bed.home.netprobe(&["compare"]).args(arguments));
        assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{arguments:?}: {said:?}");
        assert!(said.stderr.contains(words), "{arguments:?}: {said:?}");
    }
}
