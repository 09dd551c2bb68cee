use model::{FailureKind, Micros, Parameters, Report, SshHandshakeParameters, SshKeyExchange, SshOpening};

use crate::follow_up;
use crate::samples::{Sample, all};

fn named(name: &str) -> Report {
    let found = all().into_iter().find(|sample: &Sample| sample.name == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).report
}

/// What is asked next when the report has only its first runs.
fn after(name: &str, runs: usize) -> Option<Parameters> {
    let mut report = named(name);
    report.measurements.truncate(runs);
    follow_up(&report, Micros::from_secs(20)).map(|run| run.parameters)
}

fn handshake(name: &str, runs: usize) -> SshHandshakeParameters {
    match after(name, runs) {
        Some(Parameters::SshHandshake(asked)) => asked,
        other => panic!("{name} after {runs}: {other:?}"),
    }
}

#[test]
fn an_identification_that_does_not_pass_is_compared_with_other_bytes_and_tried_once_more() {
    let name = "the same, and the identification again does not";
    assert_eq!(handshake(name, 1).opening, SshOpening::Neutral);
    assert_eq!(handshake(name, 2).opening, SshOpening::Identification);
    assert_eq!(after(name, 3), None, "what is known is not waited for");
    let other = after("no bytes pass at all", 2).unwrap();
    assert_eq!(other.upload_pack().unwrap().mss_clamp_bytes, Some(1_200), "it is not for what stands in them");
}

#[test]
fn who_turns_us_away_is_asked_three_times_at_most_and_never_at_once() {
    let name = "nobody is greeted, and no word is said";
    let mut delays = Vec::new();
    for runs in 1..4 {
        let asked = handshake(name, runs);
        assert!(asked.opening == SshOpening::Silent && !asked.authenticate, "{asked:?}");
        delays.push(asked.delay_us.unwrap());
    }
    assert!(delays[0] >= Micros::from_secs(1) && delays.is_sorted(), "{delays:?}");
    assert_eq!(after(name, 4), None);
    let greeted = handshake("some are greeted", 2);
    assert!(greeted.opening == SshOpening::Identification && greeted.delay_us.is_some(), "is it our first words?");
    assert_eq!(after("some are greeted", 3), None);
    assert_eq!(handshake("turned away with a word", 1).opening, SshOpening::Silent, "how many are greeted?");
}

#[test]
fn a_small_key_exchange_is_tried_after_small_packets() {
    let name = "ML-KEM hangs, small packets too, curve25519 does not";
    assert!(after(name, 1).unwrap().upload_pack().is_some());
    assert_eq!(handshake(name, 2).key_exchange, SshKeyExchange::Classic);
    assert_eq!(handshake("ML-KEM is cut, curve25519 is not", 1).key_exchange, SshKeyExchange::Classic);
    let mut openssh = named(name);
    openssh.measurements.truncate(2);
    openssh.header.plan.profile = model::Profile::Openssh;
    let next = follow_up(&openssh, Micros::from_secs(20)).map(|run| run.parameters);
    assert!(next.is_none_or(|next| next.upload_pack().is_some()), "its exchange was small already");
}

#[test]
fn the_other_host_keys_of_the_server_are_asked_for_once() {
    let name = "a key that is not known, and the others of that server";
    let asked = handshake(name, 1);
    assert_eq!(asked.host_key_type.as_deref(), Some("ecdsa-sha2-nistp256"));
    assert_eq!(after(name, 2), None, "the server has no third one");

    let mut report = named(name);
    report.measurements.truncate(1);
    let parameters = Parameters::SshHandshake(SshHandshakeParameters { address: None, ..asked });
    let planned = model::Run { id: model::RunId(9), purpose: model::Purpose::Asked, parameters };
    report.header.plan.runs.push(planned);
    assert_eq!(follow_up(&report, Micros::from_secs(20)), None, "a thorough plan asks for it anyhow");
}

#[test]
fn a_silent_wait_is_held_against_an_idle_connection_and_then_against_progress() {
    let name = "the same, and progress keeps it alive";
    let held = handshake(name, 2);
    assert_eq!((held.hold_us, held.authenticate), (Some(Micros::from_secs(6)), true));
    let progress = after(name, 3).unwrap();
    assert!(progress.upload_pack().unwrap().progress);
    assert_eq!(after(name, 4), None);
    let answered = after("an idle connection answers: the server is silent", 3).unwrap();
    assert!(answered.upload_pack().unwrap().patience_us > Micros::from_secs(10), "is it only slow?");
}

#[test]
fn only_a_limit_that_is_named_or_seen_is_one() {
    for (words, limit) in [
        ("Exceeded MaxStartups", true),
        ("Not allowed at this time", true),
        ("Too many concurrent connections (96) - max. allowed: 96", true),
        ("Too many authentication failures", false),
        ("Protocol mismatch.", false),
    ] {
        assert_eq!(crate::ssh::names_a_limit(words), limit, "{words}");
    }
    let cut = named("some are greeted").measurements.remove(0);
    assert_eq!(cut.failed_stage().unwrap().problem.clone().unwrap().kind, FailureKind::Closed);
}
