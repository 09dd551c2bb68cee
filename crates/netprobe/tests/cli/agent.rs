//! `netprobe agent` by itself: a plan in, framed records out, exit 0 once they are out.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use endpoint::{Fault, HttpAccess, Point};
use frame::{Decoder, Frame, read_summary};
use model::{Ending, Journal, PodNetwork, Record, Report, Stage, StopCause, VantageKind};
use rustix::process::{Pid, Signal, kill_process};

use crate::bed::{Bed, Said};

/// The agent with the plan of a run against this address, and with the Secret that such a repository has.
fn agent(bed: &Bed, address: &str, more: &[&str]) -> Command {
    let planned =
        Said::by(bed.run().args(["--format", "json", "--no-report", "--no-follow-up"]).args(more).arg(address));
    let plan = planned.json()["report"]["plan"].to_string();
    let secret = bed.home.path("secret");
    std::fs::create_dir_all(&secret).unwrap();
    for (key, value) in [
        ("identity", bed.endpoint.identity_pem().to_owned()),
        ("known_hosts", bed.endpoint.known_hosts()),
        ("ca.crt", bed.endpoint.ca_pem().to_owned()),
        ("username", "me".to_owned()),
        ("password", CANARY.to_owned()),
    ] {
        std::fs::write(secret.join(key), value).unwrap();
    }
    let mut command = bed.home.netprobe(&["agent", "--plan", &plan, "--likeness", "settings"]);
    command.arg("--secret-folder").arg(secret).arg("--last-words").arg(bed.home.path("last-words"));
    command.env("NETPROBE_NODE", "node-2").env("NETPROBE_NAMESPACE", "flux-system").env("NETPROBE_POD", "netprobe-x");
    command
}

/// The report in the frames; they have to be whole.
fn report(log: &str) -> Report {
    let mut decoder = Decoder::new();
    let frames = decoder.push(log.as_bytes());
    assert!(decoder.is_whole(), "{log}");
    assert!(matches!(frames.first(), Some(Frame::Hello(_))) && matches!(frames.last(), Some(Frame::End)));
    assert!(frames.iter().all(|frame| !matches!(frame, Frame::Foreign(_))), "{frames:?}");
    Journal::read(decoder.records().join("\n").as_bytes()).unwrap()
}

#[test]
fn a_report_comes_out_in_frames() {
    let bed = Bed::healthy();
    for address in [bed.ssh(), bed.https()] {
        let said = Said::by(&mut agent(&bed, &address, &[]));
        assert_eq!(said.code, Some(0), "{said:?}");
        let report = report(&said.stdout);
        assert_eq!((report.ending, report.header.vantage.kind), (Ending::Complete, VantageKind::Pod));
        let pod = report.header.vantage.pod.clone().unwrap();
        assert_eq!(
            (pod.node.as_str(), pod.namespace.as_str(), pod.network),
            ("node-2", "flux-system", PodNetwork::Pod)
        );
        let exchange = &report.measurements[0];
        assert!(exchange.stages().any(|stage| stage.stage() == Stage::End && stage.problem.is_none()), "{address}");
    }
}

#[test]
fn the_last_words_are_a_report_in_short() {
    let bed = Bed::healthy();
    let said = Said::by(&mut agent(&bed, &bed.ssh(), &[]));
    let words = std::fs::read_to_string(bed.home.path("last-words")).unwrap();
    assert!(words.len() <= 4096);
    let short = Journal::read(&read_summary(&words).unwrap()).unwrap();
    let whole = report(&said.stdout);
    assert_eq!(short.header, whole.header);
    let stages = |report: &Report| report.measurements[0].stages().cloned().collect::<Vec<_>>();
    assert_eq!(stages(&short), stages(&whole));
}

#[test]
fn a_fault_is_no_error_of_the_agent() {
    let bed = Bed::with(Fault::Cut { at: Point::Pack { bytes: 100_000 } });
    let said = Said::by(&mut agent(&bed, &bed.ssh(), &[]));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(report(&said.stdout).measurements[0].stages().any(|stage| stage.problem.is_some()));
}

#[test]
fn sigterm_ends_it_with_what_was_seen() {
    let bed = Bed::with(Fault::Freeze { at: Point::AfterNak { bytes: 0 } });
    let patient = ["--patience", "2s", "--budget", "55s"];
    let mut command = agent(&bed, &bed.ssh(), &patient);
    let plan: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    assert!(plan[2].contains("\"patience_us\":2000000"), "{}", plan[2]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut log = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    while !log.contains("\"acknowledgment\"") {
        assert!(lines.read_line(&mut log).unwrap() > 0, "it ended too early: {log}");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    while lines.read_line(&mut log).unwrap() > 0 {}
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(report(&log).ending, Ending::Stopped { cause: StopCause::Terminate });
}

#[test]
fn secrets_go_to_the_server_and_not_into_the_log() {
    let http_access = HttpAccess::Basic { user: "me".to_owned(), password: CANARY.to_owned() };
    let bed = Bed::of(endpoint::EndpointConfig { http_access, ..endpoint::EndpointConfig::default() });
    let mut command = agent(&bed, &bed.https(), &[]);
    let said = Said::by(&mut command);
    let exchange = &report(&said.stdout).measurements[0];
    assert!(exchange.stages().all(|stage| stage.problem.is_none()), "the password was used");
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let key = bed.endpoint.identity_pem().lines().nth(1).unwrap();
    for canary in [CANARY, "bWU6Y2FuYXJ5", key] {
        assert!(!said.stdout.contains(canary) && !said.stderr.contains(canary), "{said:?}");
        assert!(!arguments.join(" ").contains(canary));
    }
}

#[test]
fn a_missing_secret_is_a_finding_and_measured_without() {
    let bed = Bed::healthy();
    let mut command = agent(&bed, &bed.ssh(), &[]);
    command.args(["--secret-name", "fleet-key"]);
    std::fs::remove_dir_all(bed.home.path("secret")).unwrap();
    let said = Said::by(&mut command);
    let report = report(&said.stdout);
    let notes: Vec<&str> = report.notes.iter().map(|note| note.text.as_str()).collect();
    assert!(notes.iter().any(|note| note.contains("is not there, or is empty")), "{notes:?}");
    assert_eq!(said.code, Some(0));
    let diagnosis = judged(&report);
    assert_eq!(rules(&diagnosis), ["flux-secret-unusable"], "{diagnosis:#?}");
    assert_eq!(
        diagnosis.flux.message.as_deref().unwrap(),
        "failed to get secret 'flux-system/fleet-key': failed to get secret 'flux-system/fleet-key': secrets \"fleet-key\" \
         not found"
    );
}

#[test]
fn a_secret_that_flux_cannot_use_is_a_finding_though_the_run_goes_well() {
    let bed = Bed::healthy();
    let broken = format!("{}\ngit.example.org ssh-ed25519 AAAA\n", bed.endpoint.known_hosts().trim_end());
    let lines = broken.lines().count();
    let mut command = agent(&bed, &bed.ssh(), &[]);
    std::fs::write(bed.home.path("secret").join("known_hosts"), broken).unwrap();
    let report = report(&Said::by(&mut command).stdout);
    let diagnosis = judged(&report);
    assert_eq!(rules(&diagnosis), ["flux-secret-unusable"], "{diagnosis:#?}");
    assert!(diagnosis.headline.contains(&format!("line {lines} of the Secret's `known_hosts`")), "{diagnosis:#?}");
    assert!(report.measurements[0].stages().all(|stage| stage.problem.is_none()));
}

#[test]
fn a_key_that_is_missing_is_named_and_no_value_is_shown() {
    let bed = Bed::healthy();
    let mut command = agent(&bed, &bed.ssh(), &[]);
    std::fs::remove_file(bed.home.path("secret").join("identity")).unwrap();
    let said = Said::by(&mut command);
    let diagnosis = judged(&report(&said.stdout));
    assert_eq!(rules(&diagnosis), ["flux-secret-unusable"], "{diagnosis:#?}");
    assert!(diagnosis.headline.contains("has no `identity`"), "{diagnosis:#?}");
    assert!(!said.stdout.contains(CANARY) && !format!("{diagnosis:?}").contains(CANARY));
}

/// The Secret's password ends as `echo` leaves it: it is sent as it is, as Flux does, and the server refuses it.
#[test]
fn a_line_feed_behind_a_password_is_found_where_it_is_refused() {
    let http_access = HttpAccess::Basic { user: "me".to_owned(), password: CANARY.to_owned() };
    let bed = Bed::of(endpoint::EndpointConfig { http_access, ..endpoint::EndpointConfig::default() });
    let mut command = agent(&bed, &bed.https(), &[]);
    std::fs::write(bed.home.path("secret").join("password"), format!("{CANARY}\n")).unwrap();
    let diagnosis = judged(&report(&Said::by(&mut command).stdout));
    assert_eq!(rules(&diagnosis), ["flux-secret-unusable"], "{diagnosis:#?}");
    assert!(diagnosis.headline.contains("refuses the login, and the Secret's `password` has control characters"));
}

fn judged(report: &Report) -> diagnose::Diagnosis {
    diagnose::diagnose(report, &diagnose::Policy::STANDARD)
}

fn rules(diagnosis: &diagnose::Diagnosis) -> Vec<&str> {
    diagnosis.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn what_is_no_plan_is_refused() {
    let bed = Bed::healthy();
    let said = Said::by(&mut bed.home.netprobe(&["agent", "--plan", "{}"]));
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.stderr.contains("is not the plan of a report"), "{said:?}");
}

#[test]
fn records_that_go_out_can_be_read_back() {
    let bed = Bed::healthy();
    let said = Said::by(&mut agent(&bed, &bed.ssh(), &[]));
    let mut decoder = Decoder::new();
    decoder.push(said.stdout.as_bytes());
    for line in decoder.records() {
        let record: Record = serde_json::from_str(line).unwrap();
        assert_eq!(record.to_line(), format!("{line}\n"));
    }
}

const CANARY: &str = "canary-7f3a";
