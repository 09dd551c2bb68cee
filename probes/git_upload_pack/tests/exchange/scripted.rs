//! Servers that follow a script, for what the endpoint does not do: redirects, connections closed between requests,
//! compressed bombs.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::git_config::GitConfig;
use access::{Access, Client, Environment, HttpWish, Surroundings};
use git_upload_pack::GitUploadPack;
use measure::{Clock, Context, Gauge, Probe, Recorder, Stop, Way};
use model::{FailureKind, GitRef, Measurement, Micros, Parameters, Profile, Purpose, Run, RunId, Seen, Stage, Target};

use super::bench::{failure, parameters};

type Reply = Box<dyn Fn(&str) -> Vec<u8> + Send>;

/// Answers each request with what `reply` makes of its head, and closes the connection behind it.
struct Scripted {
    address: std::net::SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let head = request_head(&stream);
                seen.lock().unwrap().push(head.clone());
                // A client that has seen enough hangs up.
                let _ = (&stream).write_all(&reply(&head));
            }
        });
        Self { address, heads }
    }

    fn url(&self) -> String {
        format!("http://{}/r.git", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// The request's head, its body read away: an unread one would turn the close into a reset.
fn request_head(mut stream: &TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = stream.read_exact(&mut body);
    head
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn advertisement(name: &[u8]) -> Vec<u8> {
    answer("200 OK", ADVERTISEMENT, &references(name))
}

fn references(name: &[u8]) -> Vec<u8> {
    let id = "a".repeat(40);
    let packet = |payload: &[u8]| [format!("{:04x}", payload.len() + 4).as_bytes(), payload].concat();
    let first = [format!("{id} HEAD\0side-band-64k shallow ofs-delta\n").as_bytes()].concat();
    let second = [format!("{id} ").as_bytes(), name, b"\n"].concat();
    let body =
        [packet(b"# service=git-upload-pack\n"), b"0000".to_vec(), packet(&first), packet(&second), b"0000".to_vec()];
    body.concat()
}

/// Answers with a list of references whose body lacks a byte yet; `then` is what happens before that comes, if it does. The
/// request for the pack gets its answer at once. Returns the connection of each request, counted from 0.
async fn fetch_with_a_late_end(then: fn(&TcpStream) -> bool) -> (Vec<usize>, Measurement) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/r.git", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = requests.clone();
    std::thread::spawn(move || {
        for (connection, stream) in listener.incoming().flatten().enumerate() {
            let mut head = request_head(&stream);
            if head.starts_with("GET") {
                seen.lock().unwrap().push(connection);
                let body = references(b"refs/heads/main");
                let head_of_ours =
                    format!("HTTP/1.1 200 OK\r\n{ADVERTISEMENT}Content-Length: {}\r\n\r\n", body.len() + 1);
                let _ = (&stream).write_all(&[head_of_ours.as_bytes(), &body].concat());
                if !then(&stream) {
                    continue;
                }
                let _ = (&stream).write_all(b"\n");
                head = request_head(&stream);
            }
            if head.starts_with("POST") {
                seen.lock().unwrap().push(connection);
                let _ = (&stream).write_all(&answer("200 OK", RESULT, b"00000008NAK\n0000"));
            }
        }
    });
    let measurement = fetch(&url, None, BUDGET).await;
    let requests = requests.lock().unwrap().clone();
    (requests, measurement)
}

/// Whether the client goes within this time; without one it is waited for.
fn goes(mut stream: &TcpStream, within: Option<Duration>) -> bool {
    stream.set_read_timeout(within).unwrap();
    let gone = matches!(stream.read(&mut [0]), Ok(0));
    stream.set_read_timeout(None).unwrap();
    gone
}

const ADVERTISEMENT: &str = "Content-Type: application/x-git-upload-pack-advertisement\r\n";

const RESULT: &str = "Content-Type: application/x-git-upload-pack-result\r\n";

async fn fetch(url: &str, token: Option<&str>, budget_us: Micros) -> Measurement {
    let folder = tempfile::tempdir().unwrap();
    let mut surroundings = Surroundings::bare(folder.path());
    surroundings.environment =
        Environment::from_iter(token.map(|token| ("NETPROBE_TOKEN".to_owned(), token.to_owned())));
    let (target, _) = Target::parse(url).unwrap();
    let wish =
        HttpWish { url: url.parse().unwrap(), token_file: None, ca_file: None, proxy: None, client: Client::Flux };
    let access = Access::for_http(&surroundings, &GitConfig::default(), &wish).unwrap();
    let (seen, clock) = (Arc::new(Mutex::new(Vec::new())), Clock::start());
    let sink = seen.clone();
    let (_handle, stop) = Stop::pair();
    let context = Context {
        target,
        git_ref: GitRef::Head,
        profile: Profile::Flux,
        way: Arc::new(Way::Http { access, surroundings }),
        looked_up: None,
        clock,
        recorder: Recorder::new(clock, move |observation| sink.lock().unwrap().push(observation)),
        gauge: Gauge::default(),
        deadline_us: budget_us,
        stop,
    };
    let wrapped = Parameters::GitUploadPack(parameters());
    let ended = GitUploadPack.run(&wrapped, context).unwrap().await;
    let run = Run { id: RunId(1), purpose: Purpose::Asked, parameters: wrapped };
    let observations = std::mem::take(&mut *seen.lock().unwrap());
    Measurement { run, started_us: Micros(0), took_us: clock.now(), ended, observations }
}

const BUDGET: Micros = Micros::from_secs(10);

#[tokio::test]
async fn a_token_does_not_follow_redirects_to_another_server() {
    let further = Scripted::start(Box::new(|_| advertisement(b"refs/heads/main")));
    let location = further.url();
    let foreign = Scripted::start(Box::new(move |head| {
        // Once within the foreign server, as if that made it a familiar one.
        let next =
            if head.contains("/again.git/") { format!("{location}/info/refs") } else { "/again.git/info/refs".into() };
        answer("302 Found", &format!("Location: {next}\r\n"), b"")
    }));
    let location = foreign.url();
    let home =
        Scripted::start(Box::new(move |_| answer("302 Found", &format!("Location: {location}/info/refs\r\n"), b"")));
    let measurement = fetch(&home.url(), Some("canary"), BUDGET).await;
    assert!(home.heads()[0].contains("canary"), "the server that was named is shown it: {:?}", home.heads());
    assert_eq!(foreign.heads().len(), 2, "{measurement:#?}");
    for head in foreign.heads().into_iter().chain(further.heads()) {
        assert!(!head.contains("canary"), "{head}");
    }
    assert!(!further.heads().is_empty());
}

#[tokio::test]
async fn a_connection_closed_behind_each_answer_is_opened_anew() {
    let server = Scripted::start(Box::new(|head| {
        if head.starts_with("GET") {
            advertisement(b"refs/heads/main")
        } else {
            answer("200 OK", RESULT, b"00000008NAK\n0000")
        }
    }));
    let measurement = fetch(&server.url(), None, BUDGET).await;
    assert_eq!(server.heads().len(), 2, "{measurement:#?}");
    assert_eq!(measurement.stages().filter(|stage| stage.stage() == Stage::Connect).count(), 2);
    // The script's response holds no pack, and that is what is found.
    let problem = measurement.failed_stage().unwrap().problem.clone().unwrap();
    assert_eq!(problem.text.as_str(), "the response ends without a pack", "an empty response is not a clone");
}

#[tokio::test]
async fn the_end_of_a_body_is_waited_for_so_that_its_connection_can_be_used_again() {
    let (connections, measurement) =
        fetch_with_a_late_end(|stream| !goes(stream, Some(Duration::from_millis(100)))).await;
    assert_eq!(connections, [0, 0], "{measurement:#?}");
}

#[tokio::test]
async fn a_body_that_does_not_end_is_not_waited_for_as_long_as_a_silent_server() {
    let (connections, measurement) = fetch_with_a_late_end(|stream| !goes(stream, None)).await;
    assert_eq!(connections, [0, 1], "{measurement:#?}");
    let stalls = measurement.observations.iter().filter(|observation| matches!(observation.seen, Seen::Stall(_)));
    assert_eq!(stalls.count(), 0, "{measurement:#?}");
}

#[tokio::test]
async fn a_compressed_bomb_does_not_outlast_the_budget() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let keepalives = b"0005\x01".repeat(200_000);
    // Inside of the pack, where no bound but time ends it.
    bomb.write_all(b"00000008NAK\n0011\x01PACK\0\0\0\x02\xff\xff\xff\xff").unwrap();
    for _ in 0..600 {
        bomb.write_all(&keepalives).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let server = Scripted::start(Box::new(move |head| {
        if head.starts_with("GET") {
            advertisement(b"refs/heads/main")
        } else {
            answer("200 OK", &format!("{RESULT}Content-Encoding: gzip\r\n"), &bomb)
        }
    }));
    let began = std::time::Instant::now();
    let measurement = fetch(&server.url(), None, Micros::from_secs(2)).await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(failure(&measurement).1, FailureKind::OutOfTime, "it was ended, it did not end");
}

#[tokio::test]
async fn a_name_that_is_no_utf8_is_a_name_all_the_same() {
    let server = Scripted::start(Box::new(|head| {
        if head.starts_with("GET") { advertisement(b"refs/heads/caf\xe9") } else { answer("404 Not Found", "", b"") }
    }));
    let measurement = fetch(&server.url(), None, BUDGET).await;
    assert!(measurement.stage(Stage::AdvertisementTransfer).unwrap().problem.is_none(), "{measurement:#?}");
    assert_eq!(failure(&measurement).1, FailureKind::RepositoryNotFound);
}
