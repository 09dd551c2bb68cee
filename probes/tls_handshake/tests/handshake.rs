//! The probe against the embedded endpoint: what its hello looked like, what the server showed, and what a held connection
//! still carries.

use std::sync::{Arc, Mutex};

use access::git_config::GitConfig;
use access::{Access, Client, HttpWish, Surroundings};
use endpoint::{Endpoint, EndpointConfig, Fault, Point};
use measure::{Clock, Context, Gauge, Probe, Recorder, Stop, Way};
use model::{
    Bytes, Certificate, Ended, FailureKind, FlightSize, GitRef, Measurement, Micros, Parameters, Profile, Purpose, Run,
    RunId, Seen, Stage, Step, Target, TlsHandshakeParameters, TlsHello, TlsServerName, TlsTrust,
};
use tls_handshake::TlsHandshake;

fn parameters() -> TlsHandshakeParameters {
    TlsHandshakeParameters {
        hello: TlsHello::AsProfile,
        server_name: TlsServerName::Target,
        mss_clamp_bytes: None,
        address: None,
        hold_us: None,
        patience_us: Micros::from_secs(3),
    }
}

async fn shake(endpoint: &Endpoint, parameters: TlsHandshakeParameters, trusting: bool) -> Measurement {
    let folder = tempfile::tempdir().unwrap();
    let url = endpoint.https_url().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, endpoint.ca_pem()).unwrap();
    let surroundings = Surroundings::bare(folder.path());
    let wish = HttpWish {
        url: url.parse().unwrap(),
        token_file: None,
        ca_file: trusting.then_some(ca_file),
        proxy: None,
        client: Client::Flux,
    };
    let access = Access::for_http(&surroundings, &GitConfig::default(), &wish).unwrap();
    let clock = Clock::start();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let (_stop_handle, stop) = Stop::pair();
    let context = Context {
        target: Target::parse(&url).unwrap().0,
        git_ref: GitRef::Head,
        profile: Profile::Flux,
        way: Arc::new(Way::Http { access, surroundings }),
        looked_up: None,
        clock,
        recorder: Recorder::new(clock, move |observation| sink.lock().unwrap().push(observation)),
        gauge: Gauge::default(),
        deadline_us: Micros::from_secs(20),
        stop,
    };
    let parameters = Parameters::TlsHandshake(parameters);
    let ended = TlsHandshake.run(&parameters, context).unwrap().await;
    let run = Run { id: RunId(1), purpose: Purpose::Asked, parameters };
    let observations = std::mem::take(&mut *seen.lock().unwrap());
    Measurement { run, started_us: Micros(0), took_us: clock.now(), ended, observations }
}

fn endpoint() -> Endpoint {
    Endpoint::spawn_thread(EndpointConfig::default()).unwrap()
}

/// What the handshake showed: the hello's size, the chain and its verdict.
fn shown(measurement: &Measurement) -> (Bytes, Vec<Certificate>, TlsTrust) {
    let stage = measurement.stage(Stage::Tls).unwrap_or_else(|| panic!("no handshake: {measurement:#?}"));
    match stage.step.clone() {
        Step::Tls { client_flight: Some(FlightSize { sent, .. }), chain, trust: Some(trust), .. } => {
            (sent, chain, trust)
        }
        other => panic!("{other:#?}"),
    }
}

#[tokio::test]
async fn a_hello_is_as_large_as_the_clients_or_small() {
    let endpoint = endpoint();
    let large = shake(&endpoint, parameters(), true).await;
    let nameless = TlsHandshakeParameters { server_name: TlsServerName::None, ..parameters() };
    let nameless = shake(&endpoint, nameless, true).await;
    let classic = shake(&endpoint, TlsHandshakeParameters { hello: TlsHello::Classic, ..parameters() }, true).await;
    for measurement in [&large, &nameless, &classic] {
        assert_eq!(measurement.ended, Ended::Complete, "{measurement:#?}");
        let stages: Vec<Stage> = measurement.stages().map(model::StageSeen::stage).collect();
        assert_eq!(stages, [Stage::Resolve, Stage::Connect, Stage::Tls]);
    }
    let sizes = [&large, &nameless, &classic].map(|measurement| shown(measurement).0.0);
    assert!(sizes[0] > 1_448 && sizes[0] == sizes[1], "{sizes:?}: more than a packet, with the name or without");
    assert!(sizes[2] < 520, "{sizes:?}");
}

#[tokio::test]
async fn the_chain_is_told_with_its_verdict() {
    let endpoint = endpoint();
    let (_, chain, trust) = shown(&shake(&endpoint, parameters(), true).await);
    assert!(trust.verified && trust.public_root == Some(false) && trust.at_unix_s.is_some(), "{trust:?}");
    let [leaf, authority] = chain.as_slice() else { panic!("{chain:#?}") };
    let (leaf, authority) = (leaf.details.clone().unwrap(), authority.details.clone().unwrap());
    assert!(authority.is_authority && authority.self_issued && !leaf.is_authority && !leaf.self_issued);
    assert_eq!((leaf.key.as_str(), leaf.signature.as_str()), ("EC P-256", "ecdsa-with-SHA256"));
    assert!(leaf.sha256.len() == 64 && leaf.sha256 != authority.sha256);
}

#[tokio::test]
async fn an_untrusted_server_is_written_down_and_the_handshake_goes_on() {
    let measurement = shake(&endpoint(), parameters(), false).await;
    assert_eq!(measurement.ended, Ended::Complete);
    let problem = measurement.failed_stage().unwrap().problem.clone().unwrap();
    assert_eq!(problem.kind, FailureKind::CertificateUntrusted);
    let (_, chain, trust) = shown(&measurement);
    assert!(!trust.verified && trust.problem.is_some() && chain.len() == 2);
}

#[tokio::test]
async fn a_connection_that_was_left_idle_is_asked_again() {
    let hold_us = Some(Micros::from_millis(300));
    let measurement = shake(&endpoint(), TlsHandshakeParameters { hold_us, ..parameters() }, true).await;
    let hold = measurement.observations.iter().find_map(|observation| match &observation.seen {
        Seen::Hold(hold) => Some(hold),
        _ => None,
    });
    let hold = hold.unwrap_or_else(|| panic!("{measurement:#?}"));
    assert!(hold.answered_us.is_some() && hold.problem.is_none() && hold.tcp.is_some(), "{hold:?}");
    assert!(hold.idle_us >= Micros::from_millis(200), "{hold:?}");
}

#[tokio::test]
async fn a_server_that_is_silent_and_one_that_resets_are_told_apart() {
    let struck = |fault| Endpoint::spawn_thread(EndpointConfig { fault, ..EndpointConfig::default() }).unwrap();
    let impatient = || TlsHandshakeParameters { patience_us: Micros::from_millis(400), ..parameters() };
    let kind = |measurement: &Measurement| measurement.failed_stage().unwrap().problem.clone().unwrap().kind;
    let frozen = shake(&struck(Fault::Freeze { at: Point::Connected }), impatient(), true).await;
    assert!(matches!(kind(&frozen), FailureKind::Stalled { .. }), "{frozen:#?}");
    let reset = shake(&struck(Fault::Reset { at: Point::Connected }), impatient(), true).await;
    assert_eq!(kind(&reset), FailureKind::Reset);
    assert_eq!((frozen.ended, reset.ended), (Ended::Failed, Ended::Failed));
}
