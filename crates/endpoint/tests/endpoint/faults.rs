//! Every fault strikes at its exact byte, on every transport, seen from the other end.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::{Client, started};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use netprobe_endpoint::{Ending, Endpoint, EndpointConfig, EventKind, Fault, Pace, Point, RepositorySpec};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;

/// Shallow list and NAK of a depth-1 request.
const LIST_AND_NAK: usize = 56 + 8;

/// Points of the response, and how many bytes of it lie before each.
const RESPONSE: [(Point, usize); 10] = [
    (Point::Response, 0),
    (Point::Shallow { bytes: 1 }, 1),
    (Point::Shallow { bytes: 55 }, 55),
    (Point::Nak { bytes: 0 }, 56),
    (Point::Nak { bytes: 7 }, 63),
    (Point::AfterNak { bytes: 0 }, LIST_AND_NAK),
    (Point::AfterNak { bytes: 6 }, LIST_AND_NAK + 6),
    (Point::AfterNak { bytes: 7 }, LIST_AND_NAK + 7),
    (Point::Pack { bytes: 0 }, LIST_AND_NAK + 5),
    // Three packets have been begun.
    (Point::Pack { bytes: 150_000 }, LIST_AND_NAK + 150_000 + 3 * 5),
];

fn faulty(fault: Fault) -> Endpoint {
    let repository = RepositorySpec::of_size(400_000);
    started(EndpointConfig { repository, fault, ..EndpointConfig::default() })
}

fn paced(pace: Pace) -> Endpoint {
    let repository = RepositorySpec::of_size(400_000);
    started(EndpointConfig { repository, pace, ..EndpointConfig::default() })
}

/// What Flux sends for a branch.
fn request(endpoint: &Endpoint) -> String {
    let want = format!("want {} multi_ack_detailed side-band-64k ofs-delta shallow no-progress", endpoint.head());
    format!("{:04x}{want}000cdeepen 100000009done\n", want.len() + 4)
}

/// HTTP/1.0, so that a body ends with its connection and is not chunked.
fn get() -> String {
    "GET /demo.git/info/refs?service=git-upload-pack HTTP/1.0\r\n\r\n".to_owned()
}

fn post(endpoint: &Endpoint) -> String {
    let body = request(endpoint);
    format!("POST /demo.git/git-upload-pack HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn connect(address: Option<SocketAddr>, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address.unwrap()).unwrap();
    // The connection may be over before it is read.
    let _ = stream.write_all(request.as_bytes());
    stream
}

/// Everything until the end of the stream.
fn read_all(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

fn body_of(answer: &[u8]) -> &[u8] {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("response headers");
    &answer[head + 4..]
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work)
}

fn advertisement_bytes() -> usize {
    let endpoint = faulty(Fault::None);
    // Over HTTP it has a preamble of two packets.
    body_of(&read_all(connect(endpoint.http_address(), &get()))).len() - 34
}

#[test]
fn http_is_cut_at_every_point() {
    for (at, expected) in RESPONSE {
        let endpoint = faulty(Fault::Cut { at });
        let answer = read_all(connect(endpoint.http_address(), &post(&endpoint)));
        assert_eq!(body_of(&answer).len(), expected, "{at:?}");
    }
    for bytes in [0, 1, 100] {
        let endpoint = faulty(Fault::Cut { at: Point::Advertisement { bytes } });
        let answer = read_all(connect(endpoint.http_address(), &get()));
        assert_eq!(body_of(&answer).len() as u64, bytes);
    }
    for at in [Point::Connected, Point::KeyExchange, Point::AdvertisementHeaders] {
        let endpoint = faulty(Fault::Cut { at });
        assert!(read_all(connect(endpoint.http_address(), &get())).is_empty(), "{at:?}");
    }
    let endpoint = faulty(Fault::Cut { at: Point::ResponseHeaders });
    assert!(read_all(connect(endpoint.http_address(), &post(&endpoint))).is_empty());
    assert!(body_of(&read_all(connect(endpoint.http_address(), &get()))).len() > 300);
}

#[test]
fn a_frozen_connection_stays_open_and_sends_not_one_byte_more() {
    for (at, expected) in RESPONSE {
        let endpoint = faulty(Fault::Freeze { at });
        let mut stream = connect(endpoint.http_address(), &post(&endpoint));
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        let head = answer.len();
        answer.resize(head + expected, 0);
        stream.read_exact(&mut answer[head..]).unwrap();
        let struck = EventKind::Struck { ending: Ending::Freeze };
        block_on(endpoint.wait_for(|event| event.kind == struck));
        // Nothing more is there, and it is not the end either.
        stream.set_nonblocking(true).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "{at:?}");
        let events = block_on(endpoint.shutdown());
        let sent = events.iter().find_map(|event| match event.kind {
            EventKind::Closed { sent_bytes, .. } => Some(sent_bytes),
            _ => None,
        });
        assert_eq!(sent, Some(answer.len() as u64), "{at:?}");
    }
}

#[test]
fn a_reset_is_seen_as_one() {
    for at in [Point::Connected, Point::ResponseHeaders, Point::Pack { bytes: 150_000 }] {
        let endpoint = faulty(Fault::Reset { at });
        let mut stream = TcpStream::connect(endpoint.http_address().unwrap()).unwrap();
        // Whichever call comes first after the reset is told of it.
        let written = stream.write_all(post(&endpoint).as_bytes());
        let error = written.and_then(|()| stream.read_to_end(&mut Vec::new())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{at:?}");
    }
}

/// Runs upload-pack with russh's client, which hands on all that arrived before the end (OpenSSH's drops what its own
/// standard output has not taken yet), and returns how many bytes came.
async fn ssh_bytes(endpoint: &Endpoint) -> usize {
    let config = Arc::new(russh::client::Config::default());
    let mut session = russh::client::connect(config, endpoint.ssh_address().unwrap(), Trusting).await.unwrap();
    let key = russh::keys::decode_secret_key(endpoint.identity_pem(), None).unwrap();
    let key = russh::keys::PrivateKeyWithHashAlg::new(Arc::new(key), None);
    assert!(session.authenticate_publickey("git", key).await.unwrap().success());
    let mut channel = session.channel_open_session().await.unwrap();
    channel.exec(true, "git-upload-pack '/demo.git'").await.unwrap();
    // The end may come before the request is read.
    let _ = channel.data_bytes(request(endpoint)).await;
    let mut bytes = 0;
    while let Some(message) = channel.wait().await {
        if let russh::ChannelMsg::Data { data } = message {
            bytes += data.len();
        }
    }
    bytes
}

/// Host keys are the business of other tests.
struct Trusting;

impl russh::client::Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &russh::keys::PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

#[tokio::test]
async fn ssh_is_cut_at_every_point_of_the_git_stream() {
    let advertisement = advertisement_bytes();
    let response = RESPONSE.map(|(at, bytes)| (at, advertisement + bytes));
    let greeting = [0, 1, 300].map(|bytes| (Point::Advertisement { bytes: bytes as u64 }, bytes));
    let headers = [(Point::AdvertisementHeaders, 0), (Point::ResponseHeaders, advertisement)];
    for (at, expected) in response.into_iter().chain(greeting).chain(headers) {
        let endpoint = faulty(Fault::Cut { at });
        assert_eq!(ssh_bytes(&endpoint).await, expected, "{at:?}");
    }
}

#[test]
fn ssh_is_cut_before_git_begins() {
    let ident = b"SSH-2.0-netprobe_endpoint\r\n".as_slice();
    for (at, expected) in [(Point::Connected, b"".as_slice()), (Point::KeyExchange, ident)] {
        let endpoint = faulty(Fault::Cut { at });
        assert_eq!(read_all(connect(endpoint.ssh_address(), "")), expected, "{at:?}");
    }
    for (at, authenticated) in [(Point::Authentication, false), (Point::Exec, true)] {
        let endpoint = faulty(Fault::Cut { at });
        let Some(client) = Client::of(&endpoint) else { return };
        let output = client.ssh(&endpoint, "git-upload-pack '/demo.git'").stdin(Stdio::null()).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(255), 0), "{at:?}");
        let events = block_on(endpoint.shutdown());
        assert_eq!(events.iter().any(|event| event.kind == EventKind::Authenticated), authenticated);
        assert!(!events.iter().any(|event| matches!(event.kind, EventKind::Requested { .. })));
    }
}

/// Sends the POST over TLS and returns how many body bytes came before the end.
async fn https_body_bytes(endpoint: &Endpoint, alpn: &'static [u8]) -> usize {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(endpoint.ca_pem().as_bytes()).unwrap()).unwrap();
    let mut config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let address = endpoint.https_address().unwrap();
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let name = ServerName::from(address.ip());
    let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(alpn));
    let io = TokioIo::new(stream);
    let uri = format!("https://{address}/demo.git/git-upload-pack");
    let request = Request::post(uri).header("host", "localhost").body(Full::new(Bytes::from(request(endpoint))));
    let mut body = if alpn == b"h2" {
        let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request.unwrap()).await.unwrap().into_body()
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request.unwrap()).await.unwrap().into_body()
    };
    let mut bytes = 0;
    while let Some(Ok(frame)) = body.frame().await {
        bytes += frame.into_data().map_or(0, |data| data.len());
    }
    bytes
}

#[tokio::test]
async fn https_is_cut_at_every_point_with_both_versions_of_http() {
    for alpn in [b"http/1.1".as_slice(), b"h2"] {
        for (at, expected) in RESPONSE {
            let endpoint = faulty(Fault::Cut { at });
            assert_eq!(https_body_bytes(&endpoint, alpn).await, expected, "{at:?}");
        }
    }
    let endpoint = faulty(Fault::Cut { at: Point::Connected });
    assert!(read_all(connect(endpoint.https_address(), "")).is_empty());
}

#[test]
fn computing_is_told_by_keepalives_unless_they_are_off() {
    let compute = Duration::from_millis(35);
    for (keepalive, expected) in [(Some(Duration::from_millis(10)), 3), (None, 0)] {
        let endpoint = paced(Pace { compute, keepalive, ..Pace::default() });
        let begun = Instant::now();
        let answer = read_all(connect(endpoint.http_address(), &post(&endpoint)));
        assert!(begun.elapsed() >= compute);
        let packets = body_of(&answer)[LIST_AND_NAK..].chunks(5);
        assert_eq!(packets.take_while(|packet| packet == b"0005\x01").count(), expected);
    }
}

#[test]
fn slowness_takes_at_least_its_time() {
    let wait = Duration::from_millis(50);
    let cases = [
        Pace { advertisement: wait, ..Pace::default() },
        Pace { authentication: wait, ..Pace::default() },
        // 400 kB: the last packet is due after 327 kB.
        Pace { pack_bytes_per_second: Some(6_000_000), ..Pace::default() },
    ];
    for pace in cases {
        let endpoint = paced(pace);
        let Some(client) = Client::of(&endpoint) else { return };
        for url in Client::urls(&endpoint) {
            let begun = Instant::now();
            client.clone(&[], &["--depth", "1"], &url);
            assert!(begun.elapsed() >= wait, "{url} {pace:?}");
        }
    }
}

#[test]
fn git_is_told_of_a_fatal_error_and_notices_a_corrupt_pack() {
    let cases = [
        (Fault::Band3 { text: "pack-objects died of signal 9".to_owned() }, "pack-objects died of signal 9"),
        (Fault::Corrupt, "pack is corrupted"),
    ];
    for (fault, expected) in cases {
        let endpoint = faulty(fault);
        let Some(client) = Client::of(&endpoint) else { return };
        for url in Client::urls(&endpoint) {
            let error = client.try_git(&["clone", "--bare", &url, "unwanted"]).unwrap_err();
            assert!(error.contains(expected), "{url}: {error}");
        }
    }
}

#[tokio::test]
async fn it_runs_on_the_runtime_that_starts_it_even_with_one_thread() {
    let repository = RepositorySpec::of_size(400_000);
    let endpoint = Endpoint::start(EndpointConfig { repository, ..EndpointConfig::default() }).await.unwrap();
    let over_https = https_body_bytes(&endpoint, b"h2").await;
    let advertisement = ssh_bytes(&endpoint).await - over_https;
    assert!(over_https > 400_000 && advertisement < 1000, "{over_https} {advertisement}");
    let events = endpoint.shutdown().await;
    let closed = events.iter().filter(|event| matches!(event.kind, EventKind::Closed { .. }));
    assert_eq!(closed.count(), 2);
}

#[test]
fn a_second_endpoint_on_the_same_port_is_an_error_that_says_so() {
    let first = faulty(Fault::None);
    let ssh = first.ssh_address();
    let error = Endpoint::spawn_thread(EndpointConfig { ssh, ..EndpointConfig::default() }).unwrap_err();
    assert!(error.to_string().contains("cannot listen for SSH"), "{error}");
}

#[test]
fn after_shutdown_nothing_listens_and_every_connection_is_closed() {
    let endpoint = faulty(Fault::None);
    let addresses = [endpoint.ssh_address(), endpoint.https_address(), endpoint.http_address()];
    let open = addresses.map(|address| connect(address, ""));
    let mut ident = [0; 4];
    (&open[0]).read_exact(&mut ident).unwrap();
    block_on(endpoint.shutdown());
    for stream in open {
        let end = (&stream).read_to_end(&mut Vec::new());
        assert!(end.is_ok() || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    }
    for address in addresses {
        assert!(TcpStream::connect(address.unwrap()).is_err());
    }
}
