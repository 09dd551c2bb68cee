//! What single sections say in cases that no sample has.

mod cases;

use cases::{Recorder, asked, follow_up, parameters, ssh};
use diagnose::{Diagnosis, FluxForecast, FluxOutcome};
use model::{Ended, Failure, FailureKind, GitRef, Micros, Protocol, Run, Seen, Stage, Step, UploadPackParameters};
use netprobe_reports::{Style, screen};

/// The screen at 120 columns.
fn shown(records: &[model::Record], diagnosis: &Diagnosis) -> String {
    let journal: String = records.iter().map(model::Record::to_line).collect();
    let report = model::Journal::read(journal.as_bytes()).unwrap();
    screen::render(&report, diagnosis, &Style { width: 120, ..Style::default() }, None)
}

/// An asked run that stalls at the first packet, then whatever `second` records under the given run.
fn after_a_stall(run: Run, second: impl FnOnce(&mut Recorder)) -> String {
    let mut recorder = Recorder::new(ssh::TARGET, GitRef::Head, vec![asked()]);
    recorder.begin(asked());
    ssh::to_the_request(&mut recorder, None);
    ssh::answer(&mut recorder);
    stalled(&mut recorder);
    recorder.end(Ended::Failed);
    recorder.begin(run);
    second(&mut recorder);
    shown(&recorder.finish(), &ssh::healthy().diagnosis)
}

fn stalled(recorder: &mut Recorder) {
    let silence = Failure::new(FailureKind::Stalled { silent_us: Micros(3_000_000) }, "read the first packet");
    recorder.failed(ssh::first_packet(None, None, 0), 3_000_000, 0, 0, silence);
}

fn clamped() -> Run {
    follow_up(2, "does a smaller segment pass?", UploadPackParameters { mss_clamp_bytes: Some(1_200), ..parameters() })
}

#[test]
fn a_window_that_is_not_open_yet_is_no_note() {
    let note = |window: u64| {
        let mut recorder = Recorder::new(ssh::TARGET, GitRef::Head, vec![asked()]);
        recorder.begin(asked());
        let silence = Failure::new(FailureKind::Stalled { silent_us: Micros(3_000_000) }, "start git");
        let step = Step::Exec { server_window_bytes: Some(model::Bytes(window)) };
        recorder.failed(step, 3_000_000, 0, 0, silence);
        recorder.end(Ended::Failed);
        shown(&recorder.finish(), &ssh::healthy().diagnosis).contains("server window")
    };
    assert_eq!((note(0), note(2 << 20)), (false, true));
}

#[test]
fn what_would_tell_more_of_two_findings_is_named_once() {
    let mut diagnosis = ssh::healthy().diagnosis;
    let mut finding = diagnosis.findings[0].clone();
    finding.next = vec!["netprobe run --budget 60s ssh://host/r".to_owned()];
    let more =
        diagnose::Finding { next: vec![finding.next[0].clone(), "getent ahosts host".to_owned()], ..finding.clone() };
    diagnosis.findings = vec![finding, more];
    let recorder = Recorder::new(ssh::TARGET, GitRef::Head, vec![asked()]);
    let screen = shown(&recorder.finish(), &diagnosis);
    assert_eq!(screen.matches("$ netprobe run --budget").count(), 1, "{screen}");
    assert!(screen.contains("to tell more $ getent"), "{screen}");
}

#[test]
fn a_follow_up_says_whether_it_got_past_the_place() {
    let same = after_a_stall(clamped(), |recorder| {
        ssh::to_the_request(recorder, Some(1_200));
        ssh::answer(recorder);
        stalled(recorder);
        recorder.end(Ended::Failed);
    });
    assert!(same.contains("✘ 2 · with TCP_MAXSEG 1200 → stalled, 3.00 s silent at the same stage\n"), "{same}");

    let earlier = after_a_stall(clamped(), |recorder| {
        recorder.stage(ssh::resolved("github.com"), 900, 0, 0);
        let refused = Failure::new(FailureKind::Refused, "connect");
        recorder.failed(ssh::connected(22, Some(1_200)), 27_000, 0, 0, refused);
        recorder.end(Ended::Failed);
    });
    assert!(earlier.contains("→ connection refused before the stalled stage, at “TCP connect”\n"), "{earlier}");

    let skipped =
        after_a_stall(clamped(), |recorder| recorder.end(Ended::Skipped { reason: "no time was left".to_owned() }));
    assert!(skipped.contains("? 2 · with TCP_MAXSEG 1200 → not made: no time was left\n"), "{skipped}");
}

#[test]
fn an_address_that_the_run_before_had_come_to_is_no_difference() {
    let to = |address| {
        let parameters = UploadPackParameters { mss_clamp_bytes: Some(1_200), address: Some(address), ..parameters() };
        after_a_stall(follow_up(2, "", parameters), |recorder| recorder.end(Ended::Lost))
    };
    let same = to(cases::peer(22).ip());
    assert!(same.contains("2 · with TCP_MAXSEG 1200 →"), "{same}");
    let other = to([192, 0, 2, 9].into());
    assert!(other.contains("2 · with TCP_MAXSEG 1200, address 192.0.2.9 →"), "{other}");
}

#[test]
fn a_finding_that_leaves_it_open_has_a_question_mark() {
    let case = ssh::healthy();
    let mut diagnosis = case.diagnosis.clone();
    diagnosis.findings[0].rule = "not-measured".to_owned();
    let screen = shown(&case.records, &diagnosis);
    assert!(screen.contains("\n? not-measured · proven\n"), "{screen}");
    assert!(shown(&case.records, &case.diagnosis).contains("\n✔ healthy · proven\n"));
}

#[test]
fn a_login_shows_the_key_file_and_not_its_folder() {
    let mut recorder = Recorder::new(ssh::TARGET, GitRef::Head, vec![asked()]);
    recorder.begin(asked());
    let method = "publickey ssh-ed25519 /home/ada/keys of mine/deploy key".to_owned();
    recorder.stage(Step::Authenticate { user: "git".to_owned(), attempted: vec![method], offered: vec![] }, 9, 1, 1);
    recorder.end(Ended::Lost);
    let screen = shown(&recorder.finish(), &ssh::healthy().diagnosis);
    assert!(screen.contains("publickey ssh-ed25519 · deploy key · as git"), "{screen}");
    assert!(!screen.contains("/home/ada"), "{screen}");
}

#[test]
fn a_follow_up_of_a_slow_run_compares_what_was_slow() {
    let mut recorder = Recorder::new(ssh::TARGET, GitRef::Head, vec![asked()]);
    for (run, waited) in [
        (asked(), 4_800_000),
        (follow_up(2, "", UploadPackParameters { protocol: Protocol::V2, ..parameters() }), 120_000),
    ] {
        recorder.begin(run);
        recorder.stage(ssh::resolved("github.com"), 900, 0, 0);
        recorder.stage(Step::AdvertisementWait { http_status: None }, waited, 0, 84);
        recorder.end(Ended::Complete);
    }
    let screen = shown(&recorder.finish(), &ssh::healthy().diagnosis);
    let line = "✔ 2 · with protocol v2 → wait for the ref advertisement 120 ms instead of 4.80 s, all in 121 ms\n";
    assert!(screen.contains(line), "{screen}");
}

#[test]
fn every_outcome_of_flux_has_its_sentence() {
    let cases = [
        (FluxOutcome::Fits, None, "✔ Flux 2.7 · fits into its 60 s"),
        (
            FluxOutcome::TimesOut,
            Some(94),
            "✘ Flux 2.7 · does not fit: needs 94 s, and its 60 s run out at “pack transfer”",
        ),
        (FluxOutcome::TimesOut, None, "✘ Flux 2.7 · does not fit: its 60 s run out at “pack transfer”"),
        (FluxOutcome::Fails, None, "✘ Flux 2.7 · fails at “pack transfer” (timeout 60 s)"),
        (
            FluxOutcome::HangsSilently,
            None,
            "✘ Flux 2.7 · hangs at “pack transfer”: its timeout does not cut a handshake",
        ),
        (FluxOutcome::Unknown, None, "? Flux 2.7 · cannot be told from this report (timeout 60 s)"),
    ];
    for (outcome, seconds, sentence) in cases {
        let case = ssh::healthy();
        let takes_us = seconds.map(Micros::from_secs);
        let flux = FluxForecast { dies_at: Some(Stage::PackTransfer), takes_us, ..ssh::forecast(outcome) };
        let screen = shown(&case.records, &Diagnosis { flux, ..case.diagnosis });
        assert!(screen.contains(sentence), "{sentence}\n{screen}");
    }
}

#[test]
fn a_redirect_shows_its_stages_twice_and_counts_both_connections() {
    let mut recorder = Recorder::new("http://git.example.org/r.git", GitRef::Head, vec![asked()]);
    recorder.begin(asked());
    recorder.stage(ssh::connected(80, None), 27_000, 0, 0);
    recorder.stage(Step::AdvertisementWait { http_status: Some(301) }, 30_000, 400, 500);
    recorder.see(Seen::Redirect { to: "https://git.example.org/r.git".into() });
    recorder.reconnect();
    recorder.stage(ssh::connected(443, None), 27_000, 0, 0);
    recorder.stage(Step::AdvertisementWait { http_status: Some(200) }, 30_000, 410, 620);
    recorder.end(Ended::Stopped { cause: model::StopCause::Interrupt });
    let screen = shown(&recorder.finish(), &ssh::healthy().diagnosis);
    assert_eq!(screen.matches("TCP connect  ").count(), 2, "{screen}");
    assert!(screen.contains("redirected   to https://git.example.org/r.git\n"), "{screen}");
    assert!(screen.contains("620 B  HTTP 200"), "a new connection counts from zero\n{screen}");
    assert!(screen.contains("received 1,120 B, sent 810 B · 1 run"), "{screen}");
    assert!(screen.contains("stopped by Ctrl-C after"), "{screen}");
    assert!(screen.contains("not reached: ref advertisement, request"), "{screen}");
}

#[test]
fn a_report_that_breaks_off_says_so() {
    let case = ssh::healthy();
    let cut: Vec<_> = case.records.into_iter().take(6).collect();
    let screen = shown(&cut, &case.diagnosis);
    assert!(screen.contains("! The report breaks off; what was written until then is below."), "{screen}");
    assert!(screen.contains("the report breaks off here"), "{screen}");
    assert!(screen.contains("not reached: authentication, start of git"), "{screen}");
}

#[test]
fn a_pod_and_what_the_cluster_says_are_shown() {
    let case = cases::places::all().into_iter().find(|case| case.name == "incident").unwrap();
    let report = &case.reports[1];
    let diagnosis = diagnose::diagnose(report, &diagnose::Policy::STANDARD);
    let screen = screen::render(report, &diagnosis, &Style { width: 120, ..Style::default() }, None);
    for line in [
        "  seen from    pod on node npk-n2 (pod network, namespace flux-system, beside source-controller and set up as it is) ·\n",
        "✘ The cluster says: GitRepository flux-system/fleet-infra is not Ready.\n",
        "  condition    Ready = False · GitOperationFailed, since 2025-11-23T17:02:11Z\n",
        "  event        Warning GitOperationFailed, 14 ×, last 2025-11-23T17:19:40Z, in the same words\n",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    let mut told = report.clone();
    let symptom = told.symptom.as_mut().unwrap();
    (symptom.conditions, symptom.suspended, symptom.revision) = (Vec::new(), true, Some("main@sha1:5f0c8be1".into()));
    let screen = screen::render(&told, &diagnosis, &Style::default(), None);
    for words in
        ["! The cluster says: GitRepository flux-system/fleet-infra is suspended.", "stored       main@sha1:5f0c8be1"]
    {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    // An event that no condition repeats is told in its own words.
    assert!(screen.contains("│ failed to checkout"), "{screen}");
}
