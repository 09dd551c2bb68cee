//! One server that means harm, one run of the program against it, and what must hold whatever the server does.

use std::fs::File;
use std::io::{PipeReader, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::Value;

use crate::seats::{ALL_SEATS, Seats};
use crate::tls::Certificate;

/// One line of the table: what the server does, and what netprobe must make of it.
pub(crate) struct Behaviour {
    pub(crate) name: String,
    pub(crate) way: Way,
    pub(crate) load: Load,
    /// Serves one connection, on a thread of its own.
    pub(crate) serve: Arc<dyn Fn(TcpStream) -> std::io::Result<()> + Send + Sync>,
    /// Options beside the usual ones.
    pub(crate) options: &'static [&'static str],
    /// The rule of the finding that is told. Where it depends on the speed of the machine: either of several, `|` between
    /// them.
    pub(crate) finding: &'static str,
}

/// How the program comes to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Ssh,
    Http,
    Https,
    /// The server is a proxy, and the target is somewhere behind it.
    Socks,
    Connect,
    ConnectToHttps,
    /// A proxy that takes the request itself.
    Forward,
}

/// What a behaviour costs the machine, so that those that send as fast as they can do not measure each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    Quiet,
    Flood,
}

impl Behaviour {
    pub(crate) fn new(
        name: impl Into<String>,
        way: Way,
        serve: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
        finding: &'static str,
    ) -> Self {
        let (load, options) = (Load::Quiet, &[][..]);
        Self { name: name.into(), way, load, serve: Arc::new(serve), options, finding }
    }

    pub(crate) fn flood(self) -> Self {
        Self { load: Load::Flood, ..self }
    }

    pub(crate) fn with(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }
}

/// Runs them all, some at a time, and fails with every complaint about every one.
pub(crate) fn all(behaviours: &[Behaviour]) {
    let complaints = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for behaviour in behaviours {
            scope.spawn(|| {
                let _seats = Seats::take(if behaviour.load == Load::Flood { ALL_SEATS / 2 } else { 1 });
                let found = judge(behaviour);
                complaints.lock().unwrap().extend(found.iter().map(|what| format!("{}: {what}", behaviour.name)));
            });
        }
    });
    let complaints = complaints.into_inner().unwrap();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Makes the run; returns what is wrong with it.
#[expect(clippy::print_stdout, reason = "the figures of each run, for whoever asks for them")]
fn judge(behaviour: &Behaviour) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let server = behaviour.serve.clone();
    let port = serve(move |stream| server(stream));
    let run = Run::make(behaviour, home.path(), port);
    let mut complaints = Vec::new();
    let mut expect = |holds: bool, what: String| {
        if !holds {
            complaints.push(what);
        }
    };
    if run.took > BUDGET + Duration::from_secs(1) {
        expect(false, format!("took {:?}", run.took));
    }
    expect(run.peak_kib < MOST_MEMORY_KIB, format!("took {} KiB of memory", run.peak_kib));
    let Ok(document) = serde_json::from_str::<Value>(&run.stdout) else {
        return vec![format!("said no JSON, and ended with {:?}: {}", run.code, run.stderr)];
    };
    let diagnosis = &document["diagnosis"];
    let told = diagnosis["findings"].as_array().map_or(&[][..], Vec::as_slice);
    let rules: Vec<&str> = told.iter().filter_map(|finding| finding["rule"].as_str()).collect();
    let statement = diagnosis["headline"].as_str().unwrap_or_default();
    let code = match diagnosis["verdict"].as_str() {
        Some("fault") => 1,
        Some("undecided") => 3,
        _ => 0,
    };
    println!(
        "{:52} {:5.2} s {:6} KiB {:?} {}: {statement}",
        behaviour.name,
        run.took.as_secs_f64(),
        run.peak_kib,
        run.code.unwrap_or(-1),
        rules.join(", ")
    );
    let expected = |rule: &&str| behaviour.finding.split('|').any(|finding| finding == *rule);
    // Servers that flood take the processors from their client, which it may notice.
    let starved = |rule: &&str| behaviour.load == Load::Flood && *rule == "client-cpu-starved";
    let as_expected = rules.iter().any(expected) || rules.first().is_some_and(starved);
    expect(as_expected, format!("expected {}, and was told {}: {statement}", behaviour.finding, rules.join(", ")));
    expect(run.code == Some(code), format!("ended with {:?} where the verdict is {}", run.code, diagnosis["verdict"]));
    for (what, text) in [("stderr", run.stderr.clone()), ("never", run.told("never")), ("always", run.told("always"))] {
        let coloured = what != "never";
        expect(what == "stderr" || text.contains(statement.get(..20).unwrap_or(statement)), format!("{what}: {text}"));
        expect(is_harmless(&text, coloured), format!("{what} shows control characters: {text:?}"));
    }
    let mut strings = Vec::new();
    gather(&document, &mut strings);
    expect(strings.iter().all(|text| is_harmless(text, false)), "the report holds control characters".to_owned());
    complaints
}

/// Accepts connections for as long as the test runs.
pub(crate) fn serve(server: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Arc::new(server);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = server.clone();
            // A client that has seen enough hangs up, which ends whatever the server was at.
            std::thread::spawn(move || server(stream));
        }
    });
    port
}

/// `netprobe run` against the server on this port.
pub(crate) fn begin(home: &Path, way: Way, port: u16, options: &[&str]) -> Command {
    std::fs::write(home.join("known_hosts"), crate::ssh::known_hosts(port)).unwrap();
    std::fs::write(home.join("ca.pem"), &Certificate::usual().pem).unwrap();
    let here = format!("127.0.0.1:{port}");
    let (url, proxy) = match way {
        Way::Ssh => (format!("ssh://git@{here}/r.git"), None),
        Way::Http => (format!("http://{here}/r.git"), None),
        Way::Https => (format!("https://{here}/r.git"), None),
        Way::Socks => ("ssh://git@git.invalid/r.git".to_owned(), Some(format!("socks5://{here}"))),
        Way::Connect => ("ssh://git@git.invalid/r.git".to_owned(), Some(format!("http://{here}"))),
        Way::ConnectToHttps => ("https://git.invalid/r.git".to_owned(), Some(format!("http://{here}"))),
        Way::Forward => ("http://git.invalid/r.git".to_owned(), Some(format!("http://{here}"))),
    };
    let mut command = program(home, &["run"]);
    let budget = format!("{}s", BUDGET.as_secs());
    command.args(["--budget", &budget, "--patience", "900ms", "--ca-file", "ca.pem", "--known-hosts", "known_hosts"]);
    command.args(options).args(proxy.iter().flat_map(|url| ["--proxy", url])).arg(url);
    command
}

/// What came of a run.
struct Run<'a> {
    home: &'a Path,
    took: Duration,
    peak_kib: u64,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl<'a> Run<'a> {
    fn make(behaviour: &Behaviour, home: &'a Path, port: u16) -> Self {
        let usual = ["--format", "json", "--color", "always", "-o", "report.jsonl"];
        let mut command = begin(home, behaviour.way, port, &[&usual, behaviour.options].concat());
        let (mut reader, writer) = std::io::pipe().unwrap();
        // The document is longer than that: the program waits for us to read it, and can be looked at meanwhile.
        rustix::pipe::fcntl_setpipe_size(&writer, 4096).unwrap();
        let errors = File::create(home.join("stderr")).unwrap();
        let began = Instant::now();
        let mut child = command.stdout(writer).stderr(errors).spawn().unwrap();
        drop(command);
        let mut stdout = Vec::new();
        let peak_kib = peak_at_first_byte(&mut reader, &mut child, &mut stdout);
        reader.read_to_end(&mut stdout).unwrap();
        let status = child.wait().unwrap();
        let took = began.elapsed();
        assert_ne!(status.signal(), Some(9), "{}: it did not come to an end", behaviour.name);
        let stderr = String::from_utf8(std::fs::read(home.join("stderr")).unwrap()).unwrap();
        Self { home, took, peak_kib, code: status.code(), stdout: String::from_utf8(stdout).unwrap(), stderr }
    }

    /// The same report on a screen.
    fn told(&self, colour: &str) -> String {
        let mut command = program(self.home, &["diagnose", "--color", colour, "report.jsonl"]);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }
}

/// The program, with nothing of this machine's around it.
fn program(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netprobe"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_CEILING_DIRECTORIES", home)
        .current_dir(home)
        .stdin(Stdio::null())
        .args(arguments);
    command
}

/// Most memory that the program ever had, once it begins to tell; one that never does is killed.
fn peak_at_first_byte(reader: &mut PipeReader, child: &mut Child, stdout: &mut Vec<u8>) -> u64 {
    let patience = Timespec { tv_sec: HANGS.as_secs().cast_signed(), tv_nsec: 0 };
    if poll(&mut [PollFd::new(&reader.as_fd(), PollFlags::IN)], Some(&patience)).unwrap() == 0 {
        child.kill().unwrap();
        return 0;
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mut first = [0];
    let _ = reader.read(&mut first).map(|count| stdout.extend_from_slice(&first[..count]));
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    peak.unwrap_or(u64::MAX)
}

/// No character that a terminal obeys; of ours, where there is colour, only those that set it.
fn is_harmless(text: &str, coloured: bool) -> bool {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, behind)) = rest.split_once("\x1b[").filter(|_| coloured) {
        plain.push_str(before);
        let Some((style, after)) = behind.split_once('m') else { return false };
        if !style.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') {
            return false;
        }
        rest = after;
    }
    plain.push_str(rest);
    let steers =
        |character| matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    plain.chars().all(|character| character == '\n' || !character.is_control() && !steers(character))
}

fn gather(value: &Value, strings: &mut Vec<String>) {
    match value {
        Value::String(text) => strings.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| gather(value, strings)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            strings.push(name.clone());
            gather(value, strings);
        }),
        _ => {}
    }
}

/// `--budget` of every run.
const BUDGET: Duration = Duration::from_secs(3);

/// Whatever has not ended by then does not.
const HANGS: Duration = Duration::from_secs(20);

const MOST_MEMORY_KIB: u64 = 64 * 1024;
