use super::*;
use crate::{
    Caps, Depth, FluxVersion, GitRef, Parameters, Plan, Profile, Protocol, Purpose, Seen, StageSeen, Step, Target,
    Tool, UploadPackParameters, Vantage, VantageKind, WireCount,
};

fn run() -> Run {
    let parameters = UploadPackParameters {
        protocol: Protocol::V0,
        depth: Depth::AsFlux,
        progress: false,
        filter: None,
        mss_clamp_bytes: None,
        address: None,
        patience_us: Micros::from_secs(6),
        caps: Caps::default(),
    };
    Run { id: RunId(1), purpose: Purpose::Asked, parameters: Parameters::GitUploadPack(parameters) }
}

fn records() -> Vec<Record> {
    let header = Header {
        format: Header::FORMAT.into(),
        version: REPORT_VERSION,
        id: "018f".into(),
        created: "2026-11-23T12:00:00Z".into(),
        tool: Tool { name: "netprobe".into(), version: "0".into() },
        vantage: Vantage {
            kind: VantageKind::Workstation,
            host_name: "lab".into(),
            kernel: "6.18".into(),
            processors: 2,
            congestion_control: "cubic".into(),
            interfaces: vec![],
            pod: None,
        },
        plan: Plan {
            target: Target::parse("git@host:r").unwrap().0,
            git_ref: GitRef::Head,
            profile: Profile::Flux,
            flux_version: FluxVersion::default(),
            artifact_stored: false,
            timeout_us: Micros::from_secs(60),
            budget_us: Micros::from_secs(30),
            runs: vec![run()],
        },
    };
    let resolved = StageSeen {
        started_us: Micros(10),
        took_us: Micros(20),
        step: Step::Resolve { host: "host".into(), addresses: vec![[127, 0, 0, 1].into()] },
        problem: None,
        wire: WireCount::default(),
        tcp: None,
    };
    vec![
        Record::Header(header),
        Record::RunStarted { at_us: Micros(5), run: run() },
        Record::Observation {
            run: RunId(1),
            observation: Observation { at_us: Micros(30), seen: Seen::Stage(resolved) },
        },
        Record::RunEnded { at_us: Micros(40), run: RunId(1), ended: Ended::Complete },
        Record::End { at_us: Micros(50), ending: Ending::Complete },
    ]
}

fn text() -> String {
    records().iter().map(Record::to_line).collect()
}

#[test]
fn why_a_report_did_not_come_whole_is_read_back() {
    let ending = Ending::BrokenOff { why: "the node is gone".into(), remedy: "look at it".into() };
    let text = text() + &Record::End { at_us: Micros(60), ending: ending.clone() }.to_line();
    let report = Journal::read(text.as_bytes()).unwrap();
    assert_eq!((report.ending, report.took_us), (ending, Micros(60)), "the last word counts");
}

#[test]
fn what_was_written_is_read_back() {
    let mut journal = None;
    for record in records() {
        match record {
            Record::Header(header) => journal = Some(Journal::new(header)),
            other => journal.as_mut().unwrap().push(other),
        }
    }
    let expected = journal.unwrap().into_report();
    assert_eq!(Journal::read(text().as_bytes()).unwrap(), expected);
    assert_eq!(expected.ending, Ending::Complete);
    assert_eq!(expected.measurements[0].took_us, Micros(35));

    let document = serde_json::to_vec_pretty(&expected).unwrap();
    assert_eq!(Journal::read(&document).unwrap(), expected, "one JSON object");
    let wrapped = serde_json::to_vec(&serde_json::json!({ "report": expected, "diagnosis": {} })).unwrap();
    assert_eq!(Journal::read(&wrapped).unwrap(), expected, "under its own key");
}

#[test]
fn a_cut_at_any_byte_keeps_every_whole_record() {
    let text = text();
    let header_end = text.find('\n').unwrap();
    for cut in 0..text.len() {
        let whole_lines = text[..cut].matches('\n').count();
        match Journal::read(&text.as_bytes()[..cut]) {
            Err(error) => assert!(cut < header_end, "cut at {cut}: {error}"),
            Ok(report) => {
                let observations = report.measurements.iter().map(|m| m.observations.len()).sum::<usize>();
                // A line without its line feed is whole too, if nothing else is missing.
                assert!(observations >= usize::from(whole_lines >= 3), "cut at {cut}");
                assert_eq!(report.ending == Ending::Complete, cut + 1 >= text.len(), "cut at {cut}");
            }
        }
    }
}

#[test]
fn kinds_and_fields_of_later_versions_are_passed_over() {
    let mut text = text();
    text.push_str("{\"record\":\"hologram\",\"depth\":3}\n");
    let newer = text.replace("\"stage\":\"resolve\"", "\"stage\":\"resolve\",\"flavour\":\"vanilla\"");
    let odd = newer.replace("\"seen\":\"stage\"", "\"seen\":\"dream\"");
    assert_eq!(Journal::read(newer.as_bytes()).unwrap().measurements[0].stages().count(), 1);
    let report = Journal::read(odd.as_bytes()).unwrap();
    assert_eq!(report.measurements[0].observations[0].seen, Seen::Unknown);
    assert_eq!(report.ending, Ending::Complete);
}

#[test]
fn foreign_and_future_files_are_named_as_such() {
    let no_header = ["", "\n", "{}", "[1,2]", "hello", "{\"record\":\"end\"}", "\u{0}\u{1}"];
    for text in no_header {
        assert_eq!(Journal::read(text.as_bytes()).unwrap_err(), JournalError::NoHeader, "{text:?}");
    }
    let future = text().replace("\"version\":1", "\"version\":7");
    assert_eq!(Journal::read(future.as_bytes()).unwrap_err(), JournalError::TooNew { found: 7 });
    let broken = text().replace("\"plan\"", "\"plain\"");
    assert!(matches!(Journal::read(broken.as_bytes()).unwrap_err(), JournalError::BadHeader(_)));
}

/// A line holds the record's own fields and those of what was seen, side by side: none may come twice.
#[test]
fn a_question_to_a_name_server_is_read_back() {
    let query = crate::DnsQuery {
        server: ([192, 0, 2, 53], 53).into(),
        name: "git.example.".into(),
        record: crate::DnsRecord::Aaaa,
        over: crate::DnsTransport::Udp,
        round: 0,
        paired: false,
        started_us: Micros(10),
        took_us: Micros(20),
        datagrams: 1,
        passed_over: 0,
        wire: WireCount::default(),
        outcome: crate::DnsOutcome::Silent,
    };
    let observation = Observation { at_us: Micros(30), seen: Seen::DnsQuery(query) };
    let record = Record::Observation { run: RunId(1), observation };
    assert_eq!(serde_json::from_str::<Record>(&record.to_line()).unwrap(), record);
}

#[test]
fn the_document_of_a_comparison_holds_several_reports() {
    let journal: String = records().iter().map(Record::to_line).collect();
    let report = Journal::read(journal.as_bytes()).unwrap();
    assert_eq!(Journal::read_all(journal.as_bytes()), Ok(vec![report.clone()]));
    let column = serde_json::json!({"report": report, "diagnosis": {}});
    let document = serde_json::json!({"comparison": {}, "columns": [column, column]}).to_string();
    assert_eq!(Journal::read_all(document.as_bytes()), Ok(vec![report.clone(), report]));
    let broken = serde_json::json!({"columns": [column, {"report": {}}]}).to_string();
    assert_eq!(Journal::read_all(broken.as_bytes()), Err(JournalError::NoHeader));
}

#[test]
fn a_stream_may_hold_one_journal_behind_the_other() {
    let mut other = records();
    other.truncate(2);
    let lines = |records: &[Record]| records.iter().map(Record::to_line).collect::<String>();
    let (one, other) = (lines(&records()), lines(&other));
    let stream = format!("\n{one}{other}{{\"record\":\"diagnosis\"}}\n");
    let each = [&one, &other].map(|journal| Journal::read(journal.as_bytes()).unwrap());
    assert_ne!(each[0], each[1]);
    assert_eq!(Journal::read_all(stream.as_bytes()), Ok(each.to_vec()));
    let newer = other.replacen(&format!("\"version\":{REPORT_VERSION}"), "\"version\":999", 1);
    let stream = Journal::read_all(format!("{one}{newer}").as_bytes());
    assert_eq!(stream, Err(JournalError::TooNew { found: 999 }));
}
