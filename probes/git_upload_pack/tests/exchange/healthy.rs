use endpoint::{EndpointConfig, EventKind, HostKeyType, Pace, RepositorySpec};
use model::{
    AckKind, Bytes, Cap, Caps, Depth, Ended, Filter, FlightSize, GitRef, Micros, Profile, Protocol, Stage, Step,
    Trailer, Transport, UploadPackParameters,
};

use super::bench::*;

fn medium() -> EndpointConfig {
    let repository = RepositorySpec::of_size(3 << 20).with_branches(40).with_tags(10).with_commits(5);
    EndpointConfig { repository, ..EndpointConfig::default() }
}

#[tokio::test]
async fn both_ends_count_the_same_bytes_in_every_stage() {
    let endpoint = endpoint(medium());
    for transport in ALL {
        for (protocol, progress) in [(Protocol::V0, false), (Protocol::V0, true), (Protocol::V2, false)] {
            let what = format!("{transport:?} {protocol:?}");
            let before = endpoint.events().len();
            let measurement =
                fetch(&endpoint, transport, UploadPackParameters { protocol, progress, ..parameters() }).await;
            assert_complete(&measurement, &what);
            let events = endpoint.events();
            let replies = events.iter().skip(before).filter_map(|event| match &event.kind {
                EventKind::Replied { sent } => Some(*sent),
                _ => None,
            });
            let replies: Vec<_> = replies.collect();
            // Over SSH the endpoint counts on through one conversation; over HTTP each reply counts for itself.
            let sent = if transport == Transport::Ssh { &replies[replies.len() - 1..] } else { &replies[..] };
            let advertised: u64 = sent.iter().map(|sent| sent.advertisement).sum();
            let Some(Step::AdvertisementTransfer(seen)) =
                measurement.stage(Stage::AdvertisementTransfer).map(|s| &s.step)
            else {
                panic!("{what}: {measurement:#?}")
            };
            assert_eq!(seen.size.0, advertised, "{what}");
            assert_eq!(seen.protocol, Some(protocol), "{what}");
            let Some(Step::PackTransfer(pack)) = measurement.stage(Stage::PackTransfer).map(|s| &s.step) else {
                panic!("{what}: {measurement:#?}")
            };
            assert_eq!(pack.trailer, Trailer::Verified, "{what}");
            assert_eq!(pack.pack.0, sent.iter().map(|sent| sent.pack).sum::<u64>(), "{what}");
            assert!(pack.objects > 0 && pack.data_packets > 10, "{what}: {pack:?}");
        }
    }
}

#[tokio::test]
async fn every_stage_is_there_once_in_order_and_without_a_gap() {
    let endpoint = endpoint(medium());
    for transport in ALL {
        let measurement = fetch(&endpoint, transport, parameters()).await;
        let stages: Vec<Stage> = measurement.stages().map(model::StageSeen::stage).collect();
        let mut expected = vec![Stage::Resolve, Stage::Connect];
        match transport {
            Transport::Ssh => expected.extend([Stage::Greeting, Stage::KeyExchange, Stage::Authenticate, Stage::Exec]),
            Transport::Https => expected.push(Stage::Tls),
            Transport::Http => {}
        }
        expected.extend(Stage::ALL.iter().copied().skip_while(|stage| *stage != Stage::AdvertisementWait));
        assert_eq!(stages, expected, "{transport:?}");
        let all: Vec<_> = measurement.stages().collect();
        for pair in all.windows(2) {
            assert_eq!(pair[0].ended_us(), pair[1].started_us, "{transport:?} {:?}", pair[1].stage());
            assert!(pair[0].wire.received <= pair[1].wire.received);
        }
        assert!(all.iter().skip(1).all(|stage| stage.tcp.is_some()), "TCP_INFO at every boundary");
    }
}

#[tokio::test]
async fn first_flights_have_the_imitated_clients_size() {
    let keys = vec![HostKeyType::Ed25519, HostKeyType::EcdsaP256];
    let endpoint = endpoint(EndpointConfig { host_keys: keys, ..medium() });
    for profile in [Profile::Flux, Profile::Openssh, Profile::Git] {
        for transport in [Transport::Ssh, Transport::Https] {
            let client = Setting { profile, ..Setting::default() };
            let measurement = fetch_as(&endpoint, transport, parameters(), client).await;
            assert_complete(&measurement, &format!("{profile:?} {transport:?}"));
            let stage = if transport == Transport::Ssh { Stage::KeyExchange } else { Stage::Tls };
            let (Step::KeyExchange { client_flight: Some(flight), .. } | Step::Tls { client_flight: Some(flight), .. }) =
                &measurement.stage(stage).unwrap().step
            else {
                panic!("{measurement:#?}")
            };
            let FlightSize { sent, client, why_different } = flight;
            assert_eq!((Some(*sent), why_different), (*client, &None), "{profile:?} {transport:?}");
        }
    }
}

#[tokio::test]
async fn the_flux_request_is_156_bytes() {
    let endpoint = endpoint(medium());
    for transport in ALL {
        let measurement = fetch(&endpoint, transport, parameters()).await;
        let Step::Request { size, wants, depth } = &measurement.stage(Stage::Request).unwrap().step else { panic!() };
        assert_eq!((size.sent, *wants, *depth), (Bytes(156), 1, Some(1)), "{transport:?}");
    }
}

#[tokio::test]
async fn depth_filter_and_reference_reach_the_server() {
    let endpoint = endpoint(medium());
    let objects = async |parameters, git_ref| {
        let client = Setting { git_ref, ..Setting::default() };
        let measurement = fetch_as(&endpoint, Transport::Http, parameters, client).await;
        let Some(Step::PackTransfer(pack)) = measurement.stage(Stage::PackTransfer).map(|stage| stage.step.clone())
        else {
            panic!("{measurement:#?}")
        };
        pack.objects
    };
    let shallow = objects(parameters(), GitRef::Head).await;
    let full = objects(UploadPackParameters { depth: Depth::Full, ..parameters() }, GitRef::Head).await;
    let tiny = objects(UploadPackParameters { filter: Some(Filter::TreeZero), ..parameters() }, GitRef::Head).await;
    let commit = GitRef::Commit { id: endpoint.head().to_owned(), branch: None };
    assert!(tiny < shallow && shallow < full, "{tiny} {shallow} {full}");
    assert_eq!(tiny, 1, "a depth-1 clone without trees is one commit");
    assert!(objects(parameters(), commit).await >= full, "Flux takes the whole history for a commit");
}

#[tokio::test]
async fn a_large_pack_is_cut_and_estimated() {
    let repository = RepositorySpec::of_size(40 << 20);
    let endpoint = endpoint(EndpointConfig { repository, ..EndpointConfig::default() });
    for transport in ALL {
        let caps = Caps { received: Some(Bytes(10 << 20)), time_us: None };
        let measurement = fetch(&endpoint, transport, UploadPackParameters { caps, ..parameters() }).await;
        assert_eq!(measurement.ended, Ended::Cut { cap: Cap::Bytes }, "{transport:?}");
        let last = measurement.stages().last().unwrap();
        let Step::PackTransfer(pack) = &last.step else { panic!("{measurement:#?}") };
        assert!(last.problem.is_none());
        // What lies in windows and buffers when the cap is reached has been received too: 4 MiB over HTTP/2.
        assert!((10 << 20..15 << 20).contains(&last.wire.received.0), "{transport:?}: {:?}", last.wire);
        let estimate = pack.estimated_pack.unwrap().0;
        assert!(estimate.abs_diff(40 << 20) < 4 << 20, "{transport:?}: {estimate}");
    }
}

#[tokio::test]
async fn keepalives_and_progress_are_told_from_the_pack() {
    let pace = Pace {
        compute: std::time::Duration::from_millis(1_600),
        keepalive: Some(std::time::Duration::from_millis(300)),
        ..Pace::default()
    };
    let endpoint = endpoint(EndpointConfig { pace, ..EndpointConfig::default() });
    for transport in ALL {
        let measurement = fetch(&endpoint, transport, parameters()).await;
        assert_complete(&measurement, "a patient client");
        let Step::PackStart { keepalives, peeked_at_us, .. } = &measurement.stage(Stage::PackStart).unwrap().step
        else {
            panic!()
        };
        assert!((3..=6).contains(keepalives), "{transport:?}: {keepalives}");
        let first = measurement.stage(Stage::FirstPacket).unwrap();
        assert!(peeked_at_us.unwrap() > first.ended_us(), "seven bytes take a second keepalive");
        let start = measurement.stage(Stage::PackStart).unwrap();
        assert!(start.ended_us().since(first.started_us) > Micros::from_millis(1_400));
    }
}

#[tokio::test]
async fn protocol_v2_has_no_nak_and_the_report_says_so() {
    let endpoint = endpoint(medium());
    let measurement =
        fetch(&endpoint, Transport::Ssh, UploadPackParameters { protocol: Protocol::V2, ..parameters() }).await;
    let Step::Acknowledgment { kind } = &measurement.stage(Stage::Acknowledgment).unwrap().step else { panic!() };
    assert_eq!(*kind, Some(AckKind::NotInProtocol));
}
