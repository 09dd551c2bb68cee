//! The probe against the embedded endpoint, and against listeners that are no SSH server.

use std::path::Path;
use std::sync::{Arc, Mutex};

use access::git_config::GitConfig;
use access::identity::{Identity, decode};
use access::known_hosts::KnownHosts;
use access::{Access, Client, KnownHostsWish, SshWish, Surroundings};
use endpoint::{Endpoint, EndpointConfig, Fault, HostKeyType, Point};
use measure::{Clock, Context, Gauge, Probe, Recorder, Stop, Way};
use model::{
    Bytes, Ended, FailureKind, GitRef, Hold, HostKeyVerdict, KnownKeyTypes, Measurement, Micros, Parameters, Profile,
    Purpose, Run, RunId, Seen, SshHandshakeParameters, SshKeyExchange, SshOpened, SshOpening, SshServerOffer, Stage,
    Step, StopCause, Target,
};
use ssh_handshake::SshHandshake;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn parameters() -> SshHandshakeParameters {
    SshHandshakeParameters {
        opening: SshOpening::Identification,
        key_exchange: SshKeyExchange::AsProfile,
        host_key_type: None,
        authenticate: false,
        delay_us: None,
        mss_clamp_bytes: None,
        address: None,
        hold_us: None,
        patience_us: Micros::from_secs(3),
    }
}

fn endpoint(config: EndpointConfig) -> Endpoint {
    Endpoint::spawn_thread(config).unwrap()
}

fn three_keys() -> EndpointConfig {
    EndpointConfig { host_keys: vec![HostKeyType::Ed25519, HostKeyType::EcdsaP256], ..EndpointConfig::default() }
}

async fn shake(endpoint: &Endpoint, parameters: SshHandshakeParameters) -> Measurement {
    run(&endpoint.ssh_url().unwrap(), &endpoint.known_hosts(), Some(endpoint.identity_pem()), parameters).await
}

async fn run(url: &str, known_hosts: &str, key: Option<&str>, parameters: SshHandshakeParameters) -> Measurement {
    let (_handle, stop) = Stop::pair();
    run_until(stop, url, known_hosts, key, parameters).await
}

async fn run_until(
    stop: Stop,
    url: &str,
    known_hosts: &str,
    key: Option<&str>,
    parameters: SshHandshakeParameters,
) -> Measurement {
    let folder = tempfile::tempdir().unwrap();
    let surroundings = Surroundings::bare(folder.path());
    let target = Target::parse(url).unwrap().0;
    let identity = folder.path().join("identity");
    let wish = SshWish {
        host: target.host.clone(),
        port: target.port,
        user: target.user.clone(),
        identity: Some(identity.clone()),
        known_hosts: Some(KnownHostsWish::Lines(KnownHosts::parse(known_hosts, Path::new("known_hosts")))),
        proxy: None,
        client: Client::Flux,
        configuration: false,
    };
    let access = Access::for_ssh(&surroundings, &GitConfig::default(), &wish).unwrap();
    let keys = key.map(|key| Identity { key: decode(key, &identity, None).unwrap(), path: identity, warning: None });
    let clock = Clock::start();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let context = Context {
        target,
        git_ref: GitRef::Head,
        profile: Profile::Flux,
        way: Arc::new(Way::Ssh { access, keys: keys.into_iter().collect() }),
        looked_up: None,
        clock,
        recorder: Recorder::new(clock, move |observation| sink.lock().unwrap().push(observation)),
        gauge: Gauge::default(),
        deadline_us: Micros::from_secs(20),
        stop,
    };
    let parameters = Parameters::SshHandshake(parameters);
    let ended = SshHandshake.run(&parameters, context).unwrap().await;
    let run = Run { id: RunId(1), purpose: Purpose::Asked, parameters };
    let observations = std::mem::take(&mut *seen.lock().unwrap());
    Measurement { run, started_us: Micros(0), took_us: clock.now(), ended, observations }
}

fn pick<T: Clone>(measurement: &Measurement, of: impl Fn(&Seen) -> Option<&T>) -> T {
    let found = measurement.observations.iter().find_map(|observation| of(&observation.seen));
    found.unwrap_or_else(|| panic!("not there: {measurement:#?}")).clone()
}

fn opened(measurement: &Measurement) -> SshOpened {
    pick(measurement, |seen| if let Seen::SshOpened(opened) = seen { Some(opened) } else { None })
}

fn failure(measurement: &Measurement) -> (Stage, FailureKind) {
    let failed = measurement.failed_stage().unwrap_or_else(|| panic!("nothing failed: {measurement:#?}"));
    (failed.stage(), failed.problem.clone().unwrap().kind)
}

#[tokio::test]
async fn a_wish_to_stop_before_the_connection_is_told_as_one() {
    let (handle, stop) = Stop::pair();
    handle.stop();
    let later = SshHandshakeParameters { delay_us: Some(Micros::from_secs(3_600)), ..parameters() };
    let measurement = run_until(stop, "ssh://git@127.0.0.1:9/r.git", "", None, later).await;
    assert_eq!(measurement.ended, Ended::Stopped { cause: StopCause::Interrupt });
    assert!(measurement.observations.is_empty(), "{measurement:#?}");
}

#[tokio::test]
async fn each_key_exchange_is_made_by_itself_with_a_flight_of_the_same_size() {
    let endpoint = endpoint(three_keys());
    let mut flights = Vec::new();
    for (key_exchange, name) in [
        (SshKeyExchange::AsProfile, "mlkem768x25519-sha256"),
        (SshKeyExchange::Classic, "curve25519-sha256"),
        (SshKeyExchange::MlKem, "mlkem768x25519-sha256"),
    ] {
        let measurement = shake(&endpoint, SshHandshakeParameters { key_exchange, ..parameters() }).await;
        assert_eq!(measurement.ended, Ended::Complete, "{measurement:#?}");
        let Some(Step::KeyExchange {
            algorithms: Some(agreed), client_flight: Some(flight), host_key: Some(key), ..
        }) = measurement.stage(Stage::KeyExchange).map(|seen| seen.step.clone())
        else {
            panic!("{measurement:#?}")
        };
        assert_eq!((agreed.kex.as_str(), key.verdict), (name, HostKeyVerdict::Trusted));
        flights.push(flight.sent);
    }
    assert!(flights.iter().all(|flight| *flight == flights[0]), "{flights:?}");
}

#[tokio::test]
async fn one_host_key_type_is_asked_for_and_the_servers_lists_and_the_known_types_are_kept() {
    let endpoint = endpoint(three_keys());
    let host_key_type = Some("ecdsa-sha2-nistp256".to_owned());
    let measurement = shake(&endpoint, SshHandshakeParameters { host_key_type, ..parameters() }).await;
    let Some(Step::KeyExchange { host_key: Some(key), .. }) =
        measurement.stage(Stage::KeyExchange).map(|seen| seen.step.clone())
    else {
        panic!("{measurement:#?}")
    };
    assert_eq!(key.key_type, "ecdsa-sha2-nistp256");
    let offer: SshServerOffer =
        pick(&measurement, |seen| if let Seen::SshServerOffer(offer) = seen { Some(offer) } else { None });
    assert!(offer.host_key.contains(&"ssh-ed25519".into()) && offer.kex.contains(&"mlkem768x25519-sha256".into()));
    let known: KnownKeyTypes =
        pick(&measurement, |seen| if let Seen::KnownKeyTypes(known) = seen { Some(known) } else { None });
    assert_eq!((known.all.len(), known.host.len(), known.authority), (2, 2, false));
}

#[tokio::test]
async fn a_login_and_a_held_connection_that_answers() {
    let endpoint = endpoint(EndpointConfig::default());
    let hold = Some(Micros::from_millis(150));
    let asked = SshHandshakeParameters { authenticate: true, hold_us: hold, ..parameters() };
    let measurement = shake(&endpoint, asked).await;
    assert_eq!(measurement.ended, Ended::Complete, "{measurement:#?}");
    assert!(measurement.stage(Stage::Authenticate).is_some());
    let hold: Hold = pick(&measurement, |seen| if let Seen::Hold(hold) = seen { Some(hold) } else { None });
    assert!(
        hold.answered_us.is_some() && hold.problem.is_none() && hold.idle_us >= Micros::from_millis(100),
        "{hold:?}"
    );
}

#[tokio::test]
async fn a_server_that_is_listened_to_speaks_first() {
    let endpoint = endpoint(EndpointConfig::default());
    let measurement = shake(&endpoint, SshHandshakeParameters { opening: SshOpening::Silent, ..parameters() }).await;
    assert_eq!(measurement.ended, Ended::Complete, "{measurement:#?}");
    let seen = opened(&measurement);
    assert!(seen.words.unwrap().as_str().starts_with("SSH-2.0-") && seen.sent == Bytes(0));

    let frozen = EndpointConfig { fault: Fault::Freeze { at: Point::Connected }, ..EndpointConfig::default() };
    let frozen = self::endpoint(frozen);
    let patience_us = Micros::from_millis(300);
    let silent = SshHandshakeParameters { opening: SshOpening::Silent, patience_us, ..parameters() };
    let (stage, kind) = failure(&shake(&frozen, silent).await);
    assert!(stage == Stage::Greeting && matches!(kind, FailureKind::Stalled { .. }), "{kind:?}");
    // Nobody reads them there, and the kernel acknowledges them all the same.
    let neutral = SshHandshakeParameters { opening: SshOpening::Neutral, ..parameters() };
    let measurement = shake(&frozen, neutral).await;
    let seen = opened(&measurement);
    assert_eq!((measurement.ended, seen.sent, seen.acked), (Ended::Complete, Bytes(20), Bytes(20)));
}

#[tokio::test]
async fn a_server_at_its_limit_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ssh://git@{}/r", listener.local_addr().unwrap());
    let turned_away = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        client.write_all(b"Exceeded MaxStartups\r\n").await.unwrap();
    });
    let silent = SshHandshakeParameters { opening: SshOpening::Silent, ..parameters() };
    let measurement = run(&url, "", None, silent).await;
    turned_away.await.unwrap();
    let problem = measurement.failed_stage().unwrap().problem.clone().unwrap();
    assert_eq!((problem.kind, problem.text.as_str()), (FailureKind::RemoteError, "Exceeded MaxStartups"));
}

/// A middlebox that does not know the messages of 1.2 kB: ML-KEM hangs with packets of any size, curve25519 does not.
#[tokio::test]
async fn a_large_share_that_is_swallowed_is_told_from_a_small_one() {
    let endpoint = endpoint(EndpointConfig::default());
    let url = endpoint.ssh_url().unwrap();
    let there = url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap().to_string();
    let port = |address: &str| address.rsplit(':').next().unwrap().to_owned();
    let known_hosts = endpoint.known_hosts().replace(&format!(":{}", port(&there)), &format!(":{}", port(&here)));
    let between = tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(swallow_large_shares(client, there.clone()));
        }
    });
    let shake = |key_exchange| {
        let patience_us = Micros::from_secs(2);
        let asked = SshHandshakeParameters { key_exchange, patience_us, ..parameters() };
        let (url, known_hosts) = (format!("ssh://git@{here}/demo.git"), known_hosts.clone());
        async move { run(&url, &known_hosts, None, asked).await }
    };
    let (stage, kind) = failure(&shake(SshKeyExchange::MlKem).await);
    assert!(stage == Stage::KeyExchange && matches!(kind, FailureKind::Stalled { .. }), "{kind:?}");
    let classic = shake(SshKeyExchange::Classic).await;
    assert_eq!(classic.ended, Ended::Complete, "{classic:#?}");
    between.abort();
}

async fn swallow_large_shares(client: tokio::net::TcpStream, there: String) {
    let server = tokio::net::TcpStream::connect(there).await.unwrap();
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    // Packet by packet (RFC 4253 §6), however they come: one read may hold several.
    let (mut came, mut buffer, mut greeted) = (Vec::new(), [0; 8_192], false);
    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
        came.extend_from_slice(&buffer[..read]);
        while let Some(end) = whole(&came, greeted) {
            let packet: Vec<u8> = came.drain(..end).collect();
            if greeted && packet.len() > 1_000 && packet[5] == SSH_MSG_KEX_ECDH_INIT {
                // From here on nothing gets through.
                while let Ok(1..) = from_client.read(&mut buffer).await {}
            } else if to_server.write_all(&packet).await.is_err() {
                break;
            }
            greeted = true;
        }
    }
    back.abort();
}

/// Where the first packet of `bytes` ends: the identification's line before the greeting, a packet in the clear behind it.
fn whole(bytes: &[u8], greeted: bool) -> Option<usize> {
    if !greeted {
        return bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
    }
    let length = u32::from_be_bytes(bytes.get(..4)?.try_into().unwrap()) as usize;
    (bytes.len() >= 4 + length).then_some(4 + length)
}

/// RFC 5656 §4.
const SSH_MSG_KEX_ECDH_INIT: u8 = 30;

/// What OpenSSH sends: its lists with the exchange in them, then its share.
#[tokio::test]
async fn sntrup761_is_begun_until_the_servers_share() {
    let share = packet(31, &[0; 1_300]);
    let lists = kexinit("sntrup761x25519-sha512@openssh.com,curve25519-sha256");
    let (measurement, got) = sntrup(lists.clone(), Some(share)).await;
    assert_eq!(measurement.ended, Ended::Complete, "{measurement:#?}");
    assert!(got > 1_200 + 300, "{got}: identification, lists and the public value");
    let Some(Step::KeyExchange { server_kexinit_bytes, host_key, .. }) =
        measurement.stage(Stage::KeyExchange).map(|seen| seen.step.clone())
    else {
        panic!("{measurement:#?}")
    };
    assert_eq!((server_kexinit_bytes, host_key), (Some(Bytes::of(&lists)), None));

    let (measurement, _) = sntrup(kexinit("curve25519-sha256"), None).await;
    assert_eq!(failure(&measurement), (Stage::KeyExchange, FailureKind::NoCommonAlgorithm));
}

async fn sntrup(lists: Vec<u8>, share: Option<Vec<u8>>) -> (Measurement, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ssh://git@{}/r", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        client.write_all(b"SSH-2.0-test\r\n").await.unwrap();
        client.write_all(&lists).await.unwrap();
        let (mut got, mut buffer) = (0, [0; 4_096]);
        while share.is_none() && got < 300 || share.is_some() && got < 1_700 {
            got += client.read(&mut buffer).await.unwrap();
        }
        if let Some(share) = share {
            client.write_all(&share).await.unwrap();
            while client.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        }
        got
    });
    let asked = SshHandshakeParameters { key_exchange: SshKeyExchange::Sntrup761, ..parameters() };
    let measurement = run(&url, "", None, asked).await;
    (measurement, server.await.unwrap())
}

fn kexinit(kex: &str) -> Vec<u8> {
    let mut payload = vec![7; 16];
    for list in
        [kex, "ssh-ed25519", "aes128-ctr", "aes128-ctr", "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""]
    {
        payload.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
        payload.extend(list.as_bytes());
    }
    payload.extend([0; 5]);
    packet(20, &payload)
}

fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = u32::try_from(payload.len() + 6).unwrap().to_be_bytes().to_vec();
    packet.extend([4, number]);
    packet.extend(payload);
    packet.extend([0; 4]);
    packet
}
