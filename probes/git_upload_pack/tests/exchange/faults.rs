use endpoint::{EndpointConfig, Fault, HttpAccess, Point, RepositorySpec};
use model::{Ended, FailureKind, GitRef, Micros, Stage, Step, Transport, UploadPackParameters};

use tokio::task::JoinSet;

use super::bench::*;

fn with(fault: Fault) -> EndpointConfig {
    let repository = RepositorySpec::of_size(1 << 20).with_branches(30);
    EndpointConfig { fault, repository, ..EndpointConfig::default() }
}

/// Where a connection is frozen or cut, and the stage that must be named for it.
fn points() -> Vec<(Point, Stage, &'static [Transport])> {
    use Transport::{Http, Https, Ssh};
    vec![
        (Point::Connected, Stage::Greeting, &[Ssh]),
        (Point::Connected, Stage::Tls, &[Https]),
        (Point::Connected, Stage::AdvertisementWait, &[Http]),
        (Point::KeyExchange, Stage::KeyExchange, &[Ssh]),
        (Point::Authentication, Stage::Authenticate, &[Ssh]),
        (Point::Exec, Stage::Exec, &[Ssh]),
        (Point::AdvertisementHeaders, Stage::AdvertisementWait, &[Https, Http]),
        (Point::Advertisement { bytes: 0 }, Stage::AdvertisementWait, &ALL),
        (Point::Advertisement { bytes: 500 }, Stage::AdvertisementTransfer, &ALL),
        (Point::ResponseHeaders, Stage::ResponseWait, &[Https, Http]),
        (Point::Response, Stage::ResponseWait, &ALL),
        (Point::Shallow { bytes: 20 }, Stage::ShallowList, &ALL),
        (Point::Nak { bytes: 3 }, Stage::Acknowledgment, &ALL),
        (Point::AfterNak { bytes: 0 }, Stage::FirstPacket, &ALL),
        (Point::AfterNak { bytes: 3 }, Stage::FirstPacket, &ALL),
        (Point::AfterNak { bytes: 6 }, Stage::PackStart, &ALL),
        (Point::Pack { bytes: 400_000 }, Stage::PackTransfer, &ALL),
    ]
}

#[tokio::test]
async fn a_frozen_connection_is_named_by_its_stage() {
    let mut waits = JoinSet::new();
    for (at, stage, transports) in points() {
        for transport in transports {
            waits.spawn(async move {
                let endpoint = endpoint(with(Fault::Freeze { at }));
                (at, stage, transport, fetch(&endpoint, *transport, parameters()).await)
            });
        }
    }
    for (at, stage, transport, measurement) in waits.join_all().await {
        let (failed, kind) = failure(&measurement);
        assert_eq!(failed, stage, "{at:?} over {transport:?}: {measurement:#?}");
        assert!(matches!(kind, FailureKind::Stalled { silent_us } if silent_us >= parameters().patience_us));
        assert!(has_stall(&measurement), "{at:?} over {transport:?}");
        assert_eq!(measurement.stall().unwrap().during, stage, "{at:?} over {transport:?}");
        assert_eq!(measurement.ended, Ended::Failed);
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_named_by_its_stage() {
    for (at, stage, transports) in points() {
        let endpoint = endpoint(with(Fault::Cut { at }));
        for transport in transports {
            let measurement = fetch(&endpoint, *transport, parameters()).await;
            let (failed, kind) = failure(&measurement);
            assert_eq!(failed, stage, "{at:?} over {transport:?}: {measurement:#?}");
            assert!(
                matches!(kind, FailureKind::Closed | FailureKind::Reset | FailureKind::ExecRefused),
                "{at:?} over {transport:?}: {measurement:#?}"
            );
        }
    }
}

#[tokio::test]
async fn the_byte_behind_the_nak_is_counted() {
    for (bytes, stage) in
        [(0, Stage::FirstPacket), (4, Stage::FirstPacket), (6, Stage::PackStart), (9, Stage::PackStart)]
    {
        let endpoint = endpoint(with(Fault::Freeze { at: Point::AfterNak { bytes } }));
        let measurement = fetch(&endpoint, Transport::Ssh, parameters()).await;
        let failed = measurement.failed_stage().unwrap();
        assert_eq!(failed.stage(), stage, "{bytes}");
        match &failed.step {
            Step::FirstPacket { bytes_after_ack, .. } => assert_eq!(bytes_after_ack.0, bytes),
            Step::PackStart { peeked_at_us, .. } => assert_eq!(peeked_at_us.is_some(), bytes >= 7, "{bytes}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_run_ends_within_its_budget_whatever_it_waits_for() {
    let endpoint = endpoint(with(Fault::Freeze { at: Point::Exec }));
    let client = Setting { budget_us: Micros::from_millis(900), ..Setting::default() };
    let patient = UploadPackParameters { patience_us: Micros::from_secs(60), ..parameters() };
    let measurement = fetch_as(&endpoint, Transport::Ssh, patient, client).await;
    assert_eq!(failure(&measurement), (Stage::Exec, FailureKind::OutOfTime));
    assert!(has_stall(&measurement) && measurement.took_us < Micros::from_millis(900), "{:?}", measurement.took_us);
}

#[tokio::test]
async fn an_unknown_host_key_is_a_finding_and_no_key_is_offered() {
    let endpoint = endpoint(with(Fault::None));
    let client = Setting { known_hosts: Some(String::new()), ..Setting::default() };
    let measurement = fetch_as(&endpoint, Transport::Ssh, parameters(), client).await;
    let exchanged = measurement.stage(Stage::KeyExchange).unwrap();
    assert_eq!(exchanged.problem.as_ref().unwrap().kind, FailureKind::HostKeyUnknown);
    let Step::Authenticate { attempted, .. } = &measurement.stage(Stage::Authenticate).unwrap().step else { panic!() };
    assert_eq!(attempted, &["none"]);
    assert_eq!(failure(&measurement), (Stage::Authenticate, FailureKind::NoCredential));
}

#[tokio::test]
async fn without_a_key_everything_up_to_authentication_is_measured() {
    let endpoint = endpoint(with(Fault::None));
    let client = Setting { with_key: false, ..Setting::default() };
    let measurement = fetch_as(&endpoint, Transport::Ssh, parameters(), client).await;
    assert!(measurement.stage(Stage::KeyExchange).unwrap().problem.is_none());
    assert_eq!(failure(&measurement), (Stage::Authenticate, FailureKind::NoCredential));
}

#[tokio::test]
async fn an_untrusted_certificate_is_a_finding_and_the_run_goes_on() {
    let endpoint = endpoint(with(Fault::None));
    let client = Setting { with_ca: false, ..Setting::default() };
    let measurement = fetch_as(&endpoint, Transport::Https, parameters(), client).await;
    assert_eq!(failure(&measurement), (Stage::Tls, FailureKind::CertificateUntrusted));
    assert_eq!(measurement.ended, Ended::Complete);
}

#[tokio::test]
async fn absent_references_and_repositories_and_refusals_have_names() {
    let endpoint = endpoint(with(Fault::None));
    for transport in ALL {
        let client = Setting { git_ref: GitRef::Branch("nope".into()), ..Setting::default() };
        let measurement = fetch_as(&endpoint, transport, parameters(), client).await;
        assert_eq!(failure(&measurement), (Stage::Request, FailureKind::RefNotFound), "{transport:?}");
    }
    drop(endpoint);
    let locked = EndpointConfig {
        http_access: HttpAccess::Basic { user: "flux".into(), password: "canary".into() },
        ..EndpointConfig::default()
    };
    let endpoint = super::bench::endpoint(locked);
    let measurement = fetch(&endpoint, Transport::Https, parameters()).await;
    assert_eq!(failure(&measurement), (Stage::Authenticate, FailureKind::NoCredential));
}

#[tokio::test]
async fn the_servers_last_word_and_a_wrong_checksum_are_told() {
    for transport in ALL {
        let endpoint = endpoint(with(Fault::Band3 { text: "fatal: pack-objects died".into() }));
        let measurement = fetch(&endpoint, transport, parameters()).await;
        let failed = measurement.failed_stage().unwrap().problem.clone().unwrap();
        assert_eq!((failed.kind, failed.text.as_str()), (FailureKind::RemoteError, "fatal: pack-objects died"));
        drop(endpoint);
        let endpoint = super::bench::endpoint(with(Fault::Corrupt));
        let measurement = fetch(&endpoint, transport, parameters()).await;
        assert_eq!(failure(&measurement), (Stage::PackTransfer, FailureKind::TrailerMismatch), "{transport:?}");
    }
}
