//! Child processes that cannot outlive their use: a bound on every run, and an end that includes the grandchildren.
//!
//! Knows processes and their families. Refuses to know which program it runs.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What a command left behind.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Whether it was killed because it reached its bound.
    pub killed: bool,
    /// Everything it wrote to standard output.
    pub stdout: String,
    /// Everything it wrote to standard error.
    pub stderr: String,
    /// From start to end.
    pub took: Duration,
}

impl Finished {
    /// The standard output of a run that went well, or an error that shows what it said.
    pub fn success(self, what: &str) -> Result<String> {
        if self.status.success() {
            return Ok(self.stdout);
        }
        let how = if self.killed { "was killed at its bound" } else { "failed" };
        bail!("{what} {how} ({}) after {:.1} s:\n{}", self.status, self.took.as_secs_f64(), self.stderr.trim())
    }
}

/// Runs a command without standard input until it ends or `bound` is over; then it and all it started are killed.
pub fn run(command: &mut Command, bound: Duration) -> Result<Finished> {
    finish(begin(command)?, bound)
}

/// The same for a command that reads `input`.
pub fn run_fed(command: &mut Command, input: &str, bound: Duration) -> Result<Finished> {
    finish_fed(begin_fed(command)?, input, bound)
}

/// Starts a command whose output is to be collected by [`finish`]. Apart, since only this half may happen on a host.
pub fn begin(command: &mut Command) -> Result<Begun> {
    spawn_collected(command.stdin(Stdio::null()))
}

/// The same for a command that will be given its standard input by [`finish_fed`].
pub(crate) fn begin_fed(command: &mut Command) -> Result<Begun> {
    spawn_collected(command.stdin(Stdio::piped()))
}

/// A command that runs and whose output nobody has collected yet. What it writes has to fit into a pipe until then.
pub struct Begun {
    child: Child,
    started: Instant,
}

impl Begun {
    /// Its number on this computer.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

/// Waits for a command until it ends or `bound` is over; then it and all it started are killed.
pub fn finish(begun: Begun, bound: Duration) -> Result<Finished> {
    finish_fed(begun, "", bound)
}

/// The same after having written `input` to a command that reads it before it writes much.
pub(crate) fn finish_fed(mut begun: Begun, input: &str, bound: Duration) -> Result<Finished> {
    let pid = begun.child.id();
    if let Some(mut pipe) = begun.child.stdin.take() {
        pipe.write_all(input.as_bytes()).context("a command did not read its input")?;
    }
    let (sender, receiver) = mpsc::channel();
    let stdout = collect(begun.child.stdout.take(), sender.clone());
    let stderr = collect(begun.child.stderr.take(), sender.clone());
    let mut child = begun.child;
    thread::spawn(move || sender.send(Event::Ended(child.wait())));

    let (mut status, mut closed, mut killed) = (None, 0, false);
    let mut deadline = begun.started + bound;
    while status.is_none() || closed < 2 {
        match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Event::Closed) => closed += 1,
            Ok(Event::Ended(ended)) => {
                status = Some(ended?);
                deadline = deadline.min(Instant::now() + LAST_WORDS);
            }
            // Somebody whom the command left behind still holds its output.
            Err(_) if status.is_some() => break,
            Err(_) if killed => bail!("process {pid} did not end when it was killed"),
            Err(_) => {
                kill_family(pid);
                (killed, deadline) = (true, Instant::now() + END);
            }
        }
    }
    let status = status.context("the command has no status")?;
    Ok(Finished { status, killed, stdout: text(&stdout), stderr: text(&stderr), took: begun.started.elapsed() })
}

enum Event {
    Ended(io::Result<ExitStatus>),
    Closed,
}

type Output = Arc<Mutex<Vec<u8>>>;

/// Reads a pipe in a thread of its own and says when it is at its end.
fn collect(mut pipe: Option<impl Read + Send + 'static>, events: Sender<Event>) -> Output {
    let output = Output::default();
    let into = Arc::clone(&output);
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Some(count) = pipe.as_mut().and_then(|pipe| pipe.read(&mut buffer).ok()).filter(|count| *count > 0) {
            into.lock().unwrap_or_else(PoisonError::into_inner).extend(buffer.iter().take(count));
        }
        // Nobody listens any more when the command was given up.
        let _ = events.send(Event::Closed);
    });
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

fn spawn_collected(command: &mut Command) -> Result<Begun> {
    let started = Instant::now();
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    Ok(Begun { child, started })
}

/// A process in the background, killed with everything it started when this value is dropped.
///
/// On a host it ends with us even by SIGKILL. On this computer it does not: the kernel's tie (`PR_SET_PDEATHSIG`,
/// prctl(2)) is to the thread that started it, which may end long before, and nginx's workers outlive their master.
#[derive(Debug)]
pub struct Background(Child);

impl Background {
    /// Starts the command with the streams it was given.
    pub fn start(command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self(child))
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if !self.has_ended() {
            kill_family(self.0.id());
            // Only to reap it; SIGKILL leaves no other outcome.
            let _ = self.0.wait();
        }
    }
}

/// Kills a process and all its descendants, those in other sessions included (sshd puts each command in its own).
pub fn kill_family(root: u32) {
    // Stopped first, so that nobody forks while the family is being counted.
    let mut family: Vec<u32> = Vec::new();
    loop {
        let parents = parents_of_all();
        let fresh: Vec<u32> = std::iter::once(root)
            .chain(parents.keys().copied().filter(|pid| descends(*pid, root, &parents)))
            .filter(|pid| !family.contains(pid))
            .collect();
        if fresh.is_empty() {
            break;
        }
        for pid in &fresh {
            signal(*pid, Signal::SIGSTOP);
        }
        family.extend(fresh);
    }
    for pid in family {
        signal(pid, Signal::SIGKILL);
    }
}

fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        // It may be gone already, which is what is wanted.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

fn descends(pid: u32, root: u32, parents: &BTreeMap<u32, u32>) -> bool {
    let mut at = pid;
    while let Some(parent) = parents.get(&at) {
        if *parent == root {
            return true;
        }
        at = *parent;
    }
    false
}

/// Each process of the machine with its parent.
fn parents_of_all() -> BTreeMap<u32, u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((pid, parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?.1))
        })
        .collect()
}

/// State and parent from `/proc/PID/stat` (proc(5)); the name in brackets may itself hold brackets and spaces.
fn parse_stat(stat: &str) -> Option<(&str, u32)> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    Some((fields.next()?, fields.next()?.parse().ok()?))
}

/// More than any command takes that only says who it is.
pub const QUICK: Duration = Duration::from_mins(1);
/// How long the output of a command that has ended may take to be read. What it wrote is already in the pipe.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long the kernel may take to end a killed process on a busy machine.
const END: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse_the_parser() {
        assert_eq!(parse_stat("7 (a) S 9) R 3 7 7 0"), Some(("R", 3)));
        assert_eq!(parse_stat("7 no brackets"), None);
    }

    #[test]
    fn output_and_status_come_back() {
        let finished = run(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]), MINUTE).unwrap();
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
        assert_eq!((finished.status.code(), finished.killed), (Some(3), false));
        assert!(finished.success("it").unwrap_err().to_string().contains("err"));
    }

    #[test]
    fn at_the_bound_the_grandchild_in_its_own_session_is_killed_too() {
        let script = "setsid sleep 600 & echo $!; wait";
        let finished = run(Command::new("sh").args(["-c", script]), Duration::from_secs(2)).unwrap();
        assert!(finished.killed);
        let grandchild: u32 = finished.stdout.trim().parse().unwrap();
        let stat = fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
        // Gone, or a zombie that its new parent has not collected yet.
        assert!(parse_stat(&stat).is_none_or(|(state, _)| state == "Z" || state == "X"), "{stat}");
    }

    #[test]
    fn dropping_a_background_process_ends_it() {
        let background = Background::start(Command::new("sleep").arg("600")).unwrap();
        let pid = background.id();
        drop(background);
        assert!(!fs::exists(format!("/proc/{pid}")).unwrap());
    }

    const MINUTE: Duration = Duration::from_mins(1);
}
