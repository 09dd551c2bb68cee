//! Whole runs against the embedded endpoint: what comes out in which format, and with which exit code.

use std::net::TcpListener;
use std::process::Stdio;

use endpoint::{Fault, Pace, Point};
use serde_json::Value;

use crate::bed::{Bed, Home, Said, records};

fn schema(name: &str) -> jsonschema::Validator {
    let said = Said::by(&mut Home::new().netprobe(&["schema", name]));
    jsonschema::validator_for(&said.json()).unwrap()
}

fn check(validator: &jsonschema::Validator, value: &Value) {
    let complaints: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn a_healthy_clone_is_one_screen() {
    let bed = Bed::healthy();
    for url in [bed.ssh(), bed.https(), bed.endpoint.http_url().unwrap()] {
        let said = Said::by(bed.run().arg(&url));
        assert_eq!(said.code, Some(0), "{said:?}");
        let first = said.stdout.lines().next().unwrap();
        assert!(first.contains("works from here"), "{first}");
        for expected in ["pack transfer", "Flux", "cost", url.as_str()] {
            assert!(said.stdout.contains(expected), "{expected}: {said:?}");
        }
        assert!(!said.stdout.contains('\x1b'), "no colour for a pipe");
        assert!(said.stderr.lines().next().unwrap().contains("at most 25 MiB"), "{said:?}");
        assert!(said.stderr.contains("pack transfer done in"), "{said:?}");
    }
    assert_eq!(bed.home.reports().len(), 3, "each run keeps its report");
}

#[test]
fn json_is_as_its_schema_says() {
    let bed = Bed::healthy();
    let validator = schema("run");
    for url in [bed.ssh(), bed.https()] {
        let said = Said::by(bed.run().args(["--quiet", "--no-report", "--format", "json", &url]));
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
        let document = said.json();
        check(&validator, &document);
        assert_eq!(document["diagnosis"]["verdict"], "healthy");
        assert_eq!(document["report"]["ending"]["ending"], "complete");
        assert_eq!(document["report"]["plan"]["target"]["port"], Value::from(port(&url)));
    }
    assert!(bed.home.reports().is_empty(), "none was wanted");
}

#[test]
fn records_come_as_they_are_kept_and_the_diagnosis_last() {
    let bed = Bed::with(Fault::Cut { at: Point::Pack { bytes: 50_000 } });
    let said = Said::by(bed.run().args(["--format", "jsonl", &bed.ssh()]));
    assert_eq!(said.code, Some(1), "{said:?}");
    let mut printed: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut diagnosis = printed.pop().unwrap();
    let fields = diagnosis.as_object_mut().unwrap();
    assert_eq!(fields.remove("record"), Some("diagnosis".into()));
    check(&schema("diagnosis"), &diagnosis);
    assert_eq!(diagnosis["verdict"], "fault");
    let validator = schema("journal-record");
    for record in &printed {
        check(&validator, record);
    }
    assert_eq!(printed, records(&bed.home.report()));
}

#[test]
fn a_stall_is_followed_up_and_a_fault() {
    let bed = Bed::with(Fault::Freeze { at: Point::AfterNak { bytes: 0 } });
    let asked = ["--patience", "600ms", "--format", "json"];
    let document = Said::by(bed.run().args(asked).args(["--budget", "5s", &bed.ssh()]));
    assert_eq!(document.code, Some(1), "{document:?}");
    let document = document.json();
    let runs = document["report"]["measurements"].as_array().unwrap();
    let small = runs.iter().find(|run| run["run"]["purpose"]["purpose"] == "follow_up").unwrap();
    assert_eq!(small["run"]["parameters"]["mss_clamp_bytes"], 1_200);
    let message = document["diagnosis"]["flux"]["message"].as_str().unwrap();
    assert!(message.ends_with("error decoding upload-pack response: context deadline exceeded"), "{message}");

    let alone = Said::by(bed.run().args(asked).args(["--no-follow-up", &bed.ssh()])).json();
    assert_eq!(alone["report"]["measurements"].as_array().unwrap().len(), 1);
}

#[test]
fn what_was_typed_is_what_was_asked() {
    let bed = Bed::healthy();
    let options = "--ref tag=tag-0001 --timeout 2m --budget 7s --patience 1500ms --full --server-progress --protocol v2 \
                   --depth full --mss-clamp 1000 --profile openssh";
    let said = Said::by(bed.run().args(options.split_whitespace()).args(["--format", "json", &bed.ssh()]));
    assert_eq!(said.code, Some(0), "{said:?}");
    let plan = &said.json()["report"]["plan"];
    let asked = &plan["runs"][0]["parameters"];
    assert_eq!(plan["git_ref"]["tag"], "tag-0001");
    assert_eq!((&plan["timeout_us"], &plan["budget_us"]), (&120_000_000.into(), &7_000_000.into()));
    assert_eq!((&plan["profile"], &asked["patience_us"]), (&"openssh".into(), &1_500_000.into()));
    assert_eq!((&asked["protocol"], &asked["depth"]), (&"v2".into(), &"full".into()));
    assert_eq!((&asked["progress"], &asked["mss_clamp_bytes"]), (&true.into(), &1_000.into()));
    assert_eq!(asked["caps"]["received"], Value::Null);
}

#[test]
fn an_unknown_host_key_is_a_finding_and_the_run_goes_on() {
    let bed = Bed::healthy();
    let none = bed.home.write("none", "");
    let said = Said::by(bed.home.netprobe(&["run", "--known-hosts"]).arg(none).args(["--format", "json", &bed.ssh()]));
    assert_eq!(said.code, Some(1), "{said:?}");
    let document = said.json();
    assert_eq!(document["diagnosis"]["findings"][0]["rule"], "host-key-unknown");
    assert!(said.stderr.contains("authentication"), "the stage behind the key exchange was made: {said:?}");
    assert!(!said.stdout.contains("publickey ssh-ed25519"), "no key was offered");
}

#[test]
fn warnings_are_fine_unless_they_are_not_wanted() {
    let pace = Pace { pack_bytes_per_second: Some(400_000), ..Pace::default() };
    let bed = Bed::of(endpoint::EndpointConfig { pace, ..endpoint::EndpointConfig::default() });
    // Three quarters of a second fit into one second, and not with room to spare.
    let code = |more: &[&str]| Said::by(bed.run().args(["--timeout", "1s", &bed.ssh()]).args(more)).code;
    assert_eq!((code(&[]), code(&["--strict"])), (Some(0), Some(4)));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bed = Bed::healthy();
    for format in ["human", "json", "jsonl"] {
        let mut command = bed.run();
        command.args(["--no-report", "--format", format, &bed.ssh()]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let said = Said::from(child.wait_with_output().unwrap());
        assert_eq!(said.code, Some(0), "{format}: {said:?}");
    }
}

#[test]
fn nothing_there_is_a_fault_of_the_network_and_no_error() {
    let home = Home::new();
    // Kept on one loopback address, so that on another one nobody is given the port, and nobody answers.
    let kept = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.2:{}/r.git", kept.local_addr().unwrap().port());
    let said = Said::by(&mut home.netprobe(&["run", "--format", "json", &url]));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(said.json()["diagnosis"]["findings"][0]["rule"], "connect-refused");
}

#[test]
fn a_broken_probe_still_leaves_a_report() {
    let bed = Bed::healthy();
    let said = Said::by(bed.run().env("NETPROBE_TEST_PANIC", "1").arg(bed.ssh()));
    assert_eq!(said.code, Some(3), "{said:?}");
    let records = records(&bed.home.report());
    let begun = records.iter().filter(|record| record["record"] == "run_started").count();
    assert_eq!(said.stderr.matches("please report it").count(), begun, "once for each run: {said:?}");
    assert!(
        records.iter().any(|record| record["record"] == "run_ended" && record["ended"] == "crashed"),
        "{records:?}"
    );
    assert_eq!(records.last().unwrap()["record"], "end");
}

fn port(url: &str) -> u16 {
    url.rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap()
}
