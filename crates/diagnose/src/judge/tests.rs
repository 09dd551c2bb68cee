use std::collections::BTreeSet;

use model::{FailureKind, Report, Stage, Step, Trailer};

use super::diagnose;
use crate::samples::{Sample, Story, V4, V6, all, calm, gap, no_packet, pack, step};
use crate::{Confidence, Diagnosis, Policy, RULES, Severity, follow_up};

fn judged(report: &Report) -> Diagnosis {
    diagnose(report, &Policy::default())
}

fn ids(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn each_sample_has_its_findings_and_no_others() {
    for Sample { name, report, rules, verdict } in all() {
        let diagnosis = judged(&report);
        assert_eq!(ids(&diagnosis), rules, "{name}: {diagnosis:#?}");
        assert_eq!(diagnosis.verdict, verdict, "{name}: {diagnosis:#?}");
    }
}

#[test]
fn every_rule_fires_somewhere() {
    let fired: BTreeSet<&str> = all().iter().flat_map(|sample| sample.rules.iter().copied()).collect();
    for rule in RULES {
        assert!(fired.contains(rule.id), "no sample for {}", rule.id);
    }
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(known.len(), RULES.len(), "two rules share an id");
}

#[test]
fn what_is_explained_away_is_a_rule() {
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    for sample in all() {
        for case in crate::case::Case::all(&sample.report) {
            for word in RULES.iter().filter_map(|rule| (rule.judge)(&case, &Policy::default())) {
                for explained in word.explained() {
                    assert!(known.contains(explained), "{explained} is no rule");
                }
            }
        }
    }
}

/// Evidence resolves, sentences are whole, and words that claim more than was measured do not occur.
fn check(name: &str, report: &Report) {
    let diagnosis = judged(report);
    assert!(!diagnosis.headline.is_empty(), "{name}");
    for finding in &diagnosis.findings {
        assert!(!finding.evidence.is_empty(), "{name}: {finding:#?}");
        for evidence in &finding.evidence {
            let measurement =
                report.measurement(evidence.run).unwrap_or_else(|| panic!("{name}: no run for {evidence:?}"));
            if let Some(index) = evidence.observation {
                assert!(index < measurement.observations.len(), "{name}: {evidence:?} does not resolve");
            }
            assert!(!evidence.shows.is_empty(), "{name}: {finding:#?}");
        }
        assert!(finding.statement.ends_with(['.', '…']), "{name}: {}", finding.statement);
        let everything = format!("{finding:?}").to_lowercase();
        assert!(!everything.contains("throttl"), "{name}: {everything}");
        let open = finding.statement.contains("cause is not known");
        assert!(!open || !finding.possible.is_empty() && !finding.next.is_empty(), "{name}: {finding:#?}");
    }
    follow_up(report, model::Micros::from_secs(20));
}

#[test]
fn evidence_resolves_in_every_sample_and_in_every_beginning_of_it() {
    for Sample { name, mut report, .. } in all() {
        check(name, &report);
        while let Some(last) = report.measurements.last_mut() {
            if last.observations.pop().is_none() {
                report.measurements.pop();
            }
            check(name, &report);
        }
    }
}

#[test]
fn a_diagnosis_is_the_same_every_time() {
    for sample in all() {
        assert_eq!(judged(&sample.report), judged(&sample.report), "{}", sample.name);
    }
}

#[test]
fn what_was_lost_inside_a_run_is_no_panic() {
    // Observations dropped from the front: stages without what came before them.
    for Sample { name, mut report, .. } in all() {
        for measurement in &mut report.measurements {
            while !measurement.observations.is_empty() {
                measurement.observations.remove(0);
            }
        }
        check(name, &report);
    }
    for Sample { name, mut report, .. } in all() {
        while let Some(measurement) = report.measurements.iter_mut().find(|kept| !kept.observations.is_empty()) {
            measurement.observations.remove(0);
            check(name, &report);
        }
    }
}

fn of<'a>(diagnosis: &'a Diagnosis, rule: &str) -> &'a crate::Finding {
    diagnosis.findings.iter().find(|finding| finding.rule == rule).unwrap()
}

fn named(name: &str) -> Report {
    all().into_iter().find(|sample| sample.name == name).unwrap().report
}

#[test]
fn a_cured_stall_is_proven_only_with_its_fingerprint() {
    let cases = [
        ("hole towards us, from a pod", Confidence::Proven, "from the server to here"),
        ("hole without a fingerprint", Confidence::Likely, "from the server to here"),
        ("hole in the key exchange", Confidence::Proven, "from here to the server"),
    ];
    for (name, confidence, direction) in cases {
        let diagnosis = judged(&named(name));
        let finding = of(&diagnosis, "path-mtu-black-hole");
        assert_eq!(finding.confidence, confidence, "{name}");
        assert!(finding.statement.contains(direction), "{name}: {}", finding.statement);
        assert!(finding.statement.contains("1240 bytes"), "{name}: {}", finding.statement);
    }
    let pod = judged(&named("hole towards us, from a pod"));
    assert!(
        of(&pod, "path-mtu-black-hole").remedies.iter().any(|remedy| remedy.contains("cilium config set mtu 1240"))
    );
    let desk = judged(&named("hole in the key exchange"));
    assert!(!of(&desk, "path-mtu-black-hole").remedies.iter().any(|remedy| remedy.contains("cilium")));
}

#[test]
fn a_hole_names_the_family_where_the_name_has_both() {
    let both = || Step::Resolve { host: "git.example".into(), addresses: vec![V6, V4] };
    let story = Story::ssh()
        .run(|run| run.to(V6).good(both(), 5).until(Stage::FirstPacket).stalls(no_packet(), gap()))
        .then(|run| run.to(V6).clamped().good(both(), 5).complete());
    let diagnosis = judged(&story.done());
    let statement = &of(&diagnosis, "path-mtu-black-hole").statement;
    assert!(statement.contains("from the server to here over IPv6: "), "{statement}");
}

#[test]
fn a_hole_that_healed_is_proven_by_the_small_run() {
    let cases = [
        ("hole towards the server that healed", Confidence::Proven, "from here to the server", "3.5 s in the SSH key"),
        ("hole towards us that healed", Confidence::Proven, "from the server to here", "1.7 s in the ref advert"),
        ("hole towards us that healed, small packets not tried", Confidence::Likely, "most likely vanish", "1.7 s"),
    ];
    for (name, confidence, direction, took) in cases {
        let diagnosis = judged(&named(name));
        let finding = of(&diagnosis, "path-mtu-black-hole");
        assert_eq!((finding.confidence, finding.stage), (confidence, None), "{name}: nothing dies");
        assert!(finding.statement.contains(direction) && finding.statement.contains(took), "{}", finding.statement);
    }
}

#[test]
fn figures_stand_in_the_sentences() {
    let cases = [
        (
            "pack over the timeout",
            "over-timeout",
            "75 s, spec.timeout is 60 s; most of it is the pack, 40 MiB at 4.5 Mbit/s",
        ),
        ("pack over the timeout, extrapolated", "over-timeout", "about 80 s, spec.timeout is 60 s"),
        ("greeting over the timeout", "over-timeout", "61 s of it in the SSH greeting"),
        (
            "server computes and says so",
            "server-computing",
            "worked for 16 s before the first pack byte, sending 3 keepalives",
        ),
        (
            "silent, and only slow: the patient run ends",
            "server-computing",
            "worked for 9.0 s before the first pack byte, without a keepalive",
        ),
        (
            "slow list, v2 quick",
            "advertisement-slow",
            "30000 refs (2.0 MiB) before the clone can begin, which took 4.0 s; with protocol v2",
        ),
        ("slow list, v2 as slow", "advertisement-slow", "not the number of references"),
        ("silent, nothing helps", "server-silent", "14 s of silence"),
        ("frozen in the pack", "stalled", "stands still after 388 bytes: nothing came for 6.0 s"),
        ("expired twelve days ago", "certificate-expired", "git.example expired 12 days ago."),
        ("five days left of ninety", "certificate-expires-soon", "expires in 5 days"),
        ("429", "rate-limited", "It says to come back in 60 s"),
        (
            "reset by name",
            "tls-name-filtered",
            "a hello with \"git.example\" in it is reset, one without is answered by 192.0.2.1 in 20 ms",
        ),
        (
            "a long hello is swallowed",
            "tls-large-hello-dropped",
            "of 1510 bytes to git.example is left without an answer, in packets",
        ),
        ("healthy over SSH", "healthy", "a pack of 320 KiB"),
        ("cut at the cap, and the rest fits", "healthy", "20 MiB of about 40 MiB"),
    ];
    for (name, rule, part) in cases {
        let diagnosis = judged(&named(name));
        let statement = &of(&diagnosis, rule).statement;
        assert!(statement.contains(part), "{name}: {statement}");
        assert_eq!(&diagnosis.headline, statement, "{name}");
    }
}

#[test]
fn hellos_that_did_not_help_are_told_where_no_cause_is_known() {
    let diagnosis = judged(&named("TLS reset whatever it is"));
    let shown: Vec<&str> =
        of(&diagnosis, "connection-cut").evidence.iter().map(|evidence| evidence.shows.as_str()).collect();
    assert_eq!(
        shown[shown.len() - 2..],
        ["a hello without the server's name fell as well", "a hello that is short fell as well"]
    );
}

#[test]
fn remedies_and_next_steps_can_be_pasted() {
    let diagnosis = judged(&named("pack over the timeout"));
    assert!(of(&diagnosis, "over-timeout").remedies.iter().any(|remedy| remedy.contains("spec.timeout: 180s")));
    let diagnosis = judged(&named("silent, nothing helps"));
    let next = &of(&diagnosis, "server-silent").next;
    assert_eq!(next, &["netprobe run --budget 60s --ref branch=main ssh://git@git.example/org/repo.git"]);
    let diagnosis = judged(&named("unknown key, and therefore no login"));
    let remedies = &of(&diagnosis, "host-key-unknown").remedies;
    assert!(remedies.iter().any(|remedy| remedy == "ssh-keyscan git.example >> ~/.ssh/known_hosts"), "{remedies:?}");
}

#[test]
fn no_command_hides_in_a_sentence() {
    for Sample { name, report, .. } in all() {
        for remedy in judged(&report).findings.iter().flat_map(|finding| &finding.remedies) {
            let quoted = remedy.split('`').skip(1).step_by(2);
            // What is quoted in a sentence is a field or a file: one word, or `spec.timeout: 90s`.
            let commands: Vec<&str> = quoted.filter(|text| text.contains(' ') && !text.starts_with("spec.")).collect();
            assert!(commands.is_empty(), "{name}: {remedy}");
        }
    }
}

#[test]
fn a_proxy_is_not_taken_for_the_server() {
    let proxy = || Step::Resolve { host: "proxy.example".into(), addresses: vec![V4] };
    let stage = |kind, step: Step| Story::https().run(|run| run.good(proxy(), 5).bad(step, 20, kind)).done();
    let connect = || step(Stage::Connect, V4);
    let unresolved = Story::https().run(|run| run.bad(proxy(), 5, FailureKind::NameNotFound)).done();
    let cases = [
        (unresolved, "The name proxy.example (on the way to git.example) does not exist"),
        (
            stage(FailureKind::Refused, connect()),
            "proxy.example (192.0.2.1) refuses connections on port 22 (on the way to git.example)",
        ),
        (stage(FailureKind::Unreachable, connect()), "No connection to 192.0.2.1:22 (on the way to git.example)"),
        (
            Story::https().run(|run| run.good(proxy(), 5).stalls(connect(), calm())).done(),
            "Nothing answers at 192.0.2.1:22 (on the way to git.example)",
        ),
    ];
    for (report, statement) in cases {
        let diagnosis = judged(&report);
        assert!(diagnosis.headline.starts_with(statement), "{}", diagnosis.headline);
        assert_eq!(diagnosis.flux.message, None, "{statement}");
    }
}

#[test]
fn health_has_figures_and_claims_no_size_that_was_not_seen() {
    let shown = |mss: u32, welcome: u32| {
        let tcp = model::TcpInfo { rcv_mss_bytes: mss, advertised_mss_bytes: welcome, ..calm() };
        let story = Story::ssh().run(|run| {
            run.until(Stage::PackTransfer).good_with(pack(320 << 10, Trailer::Verified), 2_000, tcp).complete()
        });
        let evidence = judged(&story.done()).findings.remove(0).evidence;
        evidence.into_iter().map(|evidence| evidence.shows).collect::<Vec<_>>()
    };
    let full = shown(1_448, 1_448);
    assert_eq!(full[0], "16 stages without a fault, and the pack's checksum matches its bytes");
    assert!(full[1].starts_with("320 KiB of the pack in 2.0 s, 1.3 Mbit/s"), "{full:?}");
    assert!(full[2].ends_with("full-size packets pass to here"), "{full:?}");
    assert!(shown(1_300, 1_448)[2].starts_with("a segment of 1300 bytes arrived; larger ones, up to 1448,"));
    assert!(shown(536, 1_448)[2].ends_with("cannot be told from this run"));
}

#[test]
fn the_other_family_is_told_beside_the_dead_one() {
    let diagnosis = judged(&named("one family dead, the other fine"));
    let finding = of(&diagnosis, "address-family-broken");
    assert_eq!(finding.severity, Severity::Fault, "OpenSSH waits");
    assert!(finding.evidence.iter().any(|evidence| evidence.shows.contains("192.0.2.1 answered")), "{finding:#?}");
    assert!(finding.possible.is_empty(), "{finding:#?}");
}

#[test]
fn what_took_the_time_is_named_whether_the_pack_was_cut_or_not() {
    let named = |story: Story| {
        let diagnosis = judged(&story.done());
        let finding = diagnosis.findings.into_iter().next().unwrap();
        (finding.statement.split("; ").nth(1).unwrap_or_default().to_owned(), finding.stage)
    };
    let slow_name =
        |seconds: u64| Story::ssh().run(|run| run.good(step(Stage::Resolve, V4), seconds * 1_000).complete());
    for seconds in [40, 70] {
        assert_eq!(named(slow_name(seconds)), (format!("{seconds} s of it in the name lookup."), Some(Stage::Resolve)));
    }
    let cut = Story::ssh().run(|run| {
        let part = crate::samples::part_of_pack(18, Some(72));
        run.good(step(Stage::Resolve, V4), 10_000).until(Stage::PackTransfer).good(part, 8_000).cut()
    });
    let (words, stage) = named(cut);
    assert!(words.starts_with("most of it is the pack, 72 MiB"), "{words}");
    assert_eq!(stage, Some(Stage::PackTransfer), "a quarter of it took 8 s");
}

/// A line of the journal has names of its own; one that a record uses as well would make the line unreadable.
#[test]
fn every_record_of_every_sample_is_read_back_from_its_line() {
    for Sample { name, report, .. } in all() {
        let mut lines = model::Record::Header(report.header.clone()).to_line();
        for measurement in &report.measurements {
            let started = model::Record::RunStarted { at_us: measurement.started_us, run: measurement.run.clone() };
            lines += &started.to_line();
            for observation in &measurement.observations {
                let (run, observation) = (measurement.run.id, observation.clone());
                lines += &model::Record::Observation { run, observation }.to_line();
            }
        }
        let read = model::Journal::read(lines.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (read, written) in read.measurements.iter().zip(&report.measurements) {
            assert_eq!(read.observations, written.observations, "{name}");
        }
        assert_eq!(read.measurements.len(), report.measurements.len(), "{name}");
    }
}
