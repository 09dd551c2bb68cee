//! From a Job that was just made to the end of its report: first until the pod runs, then along its log. The log's end is
//! never trusted; only a whole report is, or a pod that was seen to have ended.

use k8s_openapi::api::core::v1::Pod;
use model::{Ending, Record, StopCause};
use tokio::time::{Duration, Instant, sleep_until, timeout_at};

use super::log::Log;
use super::sight::Seen;
use super::{PodEnded, Sign, faults};
use crate::contact::Contact;
use crate::frame::{Decoder, Frame, read_summary};
use crate::job::JobWish;
use crate::state::{PodFault, State};

/// One pod being followed. What it has read stays, however the following ends.
pub(super) struct Follower<'a> {
    contact: &'a Contact,
    wish: &'a JobWish,
    on: &'a (dyn Fn(Sign) + Sync),
    seen: Seen,
    decoder: Decoder,
    log: Option<Log>,
    /// What the container wrote that was no frame: the words of a runtime, or of a panic.
    foreign: Vec<String>,
    summary: Option<Vec<String>>,
    told: String,
}

/// Why the following ended.
enum Cause {
    /// The report is whole.
    Whole,
    /// The container has ended, with this code.
    Ended(i32),
    /// Nothing more can come.
    Fault(PodFault),
}

impl<'a> Follower<'a> {
    pub(super) fn new(contact: &'a Contact, wish: &'a JobWish, on: &'a (dyn Fn(Sign) + Sync)) -> Self {
        Self {
            contact,
            wish,
            on,
            seen: Seen::default(),
            decoder: Decoder::new(),
            log: None,
            foreign: Vec::new(),
            summary: None,
            told: String::new(),
        }
    }

    /// Until the report is whole or cannot become so.
    pub(super) async fn follow(&mut self) -> PodEnded {
        let made = Instant::now();
        let own_deadline = self.wish.job().spec.and_then(|spec| spec.active_deadline_seconds).unwrap_or(MAX_SECONDS);
        let seconds = u64::try_from(own_deadline).unwrap_or_default();
        let deadline = made + Duration::from_secs(seconds) + AFTER_DEADLINE;
        let cause = match self.until_it_runs(made, deadline).await {
            Ok(()) => self.along_the_log(made, deadline).await,
            Err(fault) => Cause::Fault(fault),
        };
        self.end(cause, made).await
    }

    /// Reads on for a while after the pod was told to end: an agent that is stopped still says what it has.
    pub(super) async fn last_words(&mut self, patience: Duration) {
        let until = Instant::now() + patience;
        while !self.decoder.is_whole() {
            let Some(log) = self.log.as_mut() else { return };
            match timeout_at(until, log.next()).await {
                Ok(Some(bytes)) => drop(self.take(bytes.as_ref())),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// The journal's lines, or those of its summary where that is more.
    pub(super) fn into_records(self) -> Vec<String> {
        match self.summary {
            Some(summary) if !self.decoder.is_whole() && summary.len() > self.decoder.records().len() => summary,
            _ => self.decoder.records().to_vec(),
        }
    }

    async fn until_it_runs(&mut self, made: Instant, deadline: Instant) -> Result<(), PodFault> {
        let mut answered = made;
        loop {
            let looked_at = Instant::now();
            match self.seen.look(self.contact, self.wish, false).await {
                Ok(()) => answered = Instant::now(),
                Err(error) if answered.elapsed() >= SILENCE => return Err(faults::api_is_gone(&error)),
                Err(_) => self.tell("the API server does not answer; asking again".to_owned()),
            }
            match self.seen.state(made) {
                State::Waiting(what) => self.tell(what),
                State::Running | State::Ended { .. } => return Ok(()),
                State::Failed(fault) => return Err(fault),
            }
            if Instant::now() >= deadline {
                return Err(faults::deadline(self.wish));
            }
            sleep_until(looked_at + LOOK_WAITING).await;
        }
    }

    /// Follows the log and looks at the pod beside it.
    async fn along_the_log(&mut self, made: Instant, deadline: Instant) -> Cause {
        let node = self.seen.node_name().map_or_else(String::new, |node| format!(" on node {node}"));
        self.tell(format!("the pod runs{node}"));
        let mut last_frame = Instant::now();
        let mut next_look = last_frame + LOOK_RUNNING;
        let mut reopen = last_frame;
        let mut stalled = false;
        loop {
            if self.log.is_none() && Instant::now() >= reopen {
                self.reopen().await;
                reopen = Instant::now() + REOPEN;
            }
            let silent_at = last_frame + if stalled { LOST } else { SILENCE };
            tokio::select! {
                // In this order: a question that is always due again must not outrun a limit.
                biased;
                () = sleep_until(deadline) => return Cause::Fault(faults::deadline(self.wish)),
                bytes = next_of(&mut self.log) => {
                    let now = Instant::now();
                    let Some(bytes) = bytes else {
                        self.log = None;
                        (next_look, reopen) = (now, now + REOPEN);
                        continue;
                    };
                    if self.take(bytes.as_ref()) {
                        (last_frame, stalled) = (now, false);
                    }
                    if self.decoder.is_whole() {
                        return Cause::Whole;
                    }
                }
                () = sleep_until(silent_at) => {
                    if stalled {
                        return Cause::Fault(faults::silent(self.seen.node_name().as_deref()));
                    }
                    stalled = true;
                    self.tell(format!("nothing has come from the pod for {} s: looking at its node, reading its log again", SILENCE.as_secs()));
                    self.log = None;
                    (next_look, reopen) = (Instant::now(), Instant::now());
                }
                () = sleep_until(next_look) => {
                    // A look that fails changes nothing: the log may still come, and silence has its own limit.
                    let node_too = stalled || self.seen.is_doubtful();
                    if self.seen.look(self.contact, self.wish, node_too).await.is_ok() {
                        match self.seen.state(made) {
                            State::Waiting(_) | State::Running => {}
                            State::Ended { exit_code, .. } => return Cause::Ended(exit_code),
                            State::Failed(fault) => return Cause::Fault(fault),
                        }
                    }
                    next_look = Instant::now() + LOOK_RUNNING;
                }
                () = sleep_until(reopen), if self.log.is_none() => {}
            }
        }
    }

    /// What it comes to. A container that has ended is read once more without following, and its termination message too.
    async fn end(&mut self, cause: Cause, made: Instant) -> PodEnded {
        if self.seen.has_ended() && !self.decoder.is_whole() {
            self.read_again().await;
            self.keep_summary();
        }
        let fault = match cause {
            _ if self.decoder.is_whole() && !self.was_terminated() => return PodEnded::Whole,
            Cause::Fault(fault) => fault,
            _ if self.decoder.is_whole() => self.terminated(made).await,
            Cause::Whole => return PodEnded::Whole,
            Cause::Ended(exit_code) => faults::not_whole(exit_code, &self.foreign),
        };
        let nothing = self.decoder.records().is_empty() && self.summary.is_none();
        if nothing { PodEnded::Never(fault) } else { PodEnded::Partial(fault) }
    }

    /// True where the agent says that it was told to end (SIGTERM). Nobody here did that: a stop is no longer followed.
    fn was_terminated(&self) -> bool {
        let last = self.decoder.records().last().and_then(|line| serde_json::from_str::<Record>(line).ok());
        matches!(last, Some(Record::End { ending: Ending::Stopped { cause: StopCause::Terminate }, .. }))
    }

    /// Who told it to: the cluster says so, or it was somebody in it.
    async fn terminated(&mut self, made: Instant) -> PodFault {
        // Where nothing can be seen, what was seen before has to do.
        let _ = self.seen.look(self.contact, self.wish, false).await;
        match self.seen.state(made) {
            State::Failed(fault) => fault,
            _ => faults::ended_from_outside(),
        }
    }

    async fn read_again(&mut self) {
        let until = Instant::now() + READ_AGAIN;
        self.log = None;
        if let Ok(Some(mut log)) = timeout_at(until, self.open(false)).await {
            while let Ok(Some(bytes)) = timeout_at(until, log.next()).await {
                let _ = self.take(bytes.as_ref());
            }
        }
    }

    async fn reopen(&mut self) {
        self.log = self.open(true).await;
    }

    async fn open(&mut self, follow: bool) -> Option<Log> {
        let pod = self.seen.pod_name()?;
        let container = container(&self.wish.pod());
        let log = Log::open(self.contact, &self.wish.namespace, &pod, container.as_deref(), follow).await;
        match log {
            Ok(log) => {
                self.decoder.restart();
                self.foreign.clear();
                Some(log)
            }
            Err(why) => {
                self.tell(format!("the pod's log cannot be read yet: {why}"));
                None
            }
        }
    }

    /// Reads bytes of the log; true where a frame was among them.
    fn take(&mut self, bytes: &[u8]) -> bool {
        let mut any = false;
        for frame in self.decoder.push(bytes) {
            any |= !matches!(frame, Frame::Foreign(_));
            match frame {
                Frame::Record(line) => (self.on)(Sign::Record(line)),
                Frame::Beat(beat) => (self.on)(Sign::Beat(beat)),
                Frame::Hello(hello) => self.greet(&hello.netprobe),
                Frame::Foreign(line) if self.foreign.len() < MAX_FOREIGN => self.foreign.push(line),
                Frame::Foreign(_) | Frame::End => {}
            }
        }
        any
    }

    fn greet(&mut self, version: &str) {
        let own = env!("CARGO_PKG_VERSION");
        if version != own {
            self.tell(format!("the pod's netprobe is {version}, this one is {own}"));
        }
    }

    fn keep_summary(&mut self) {
        let message = self.seen.message();
        let journal =
            message.and_then(|message| read_summary(&message)).and_then(|journal| String::from_utf8(journal).ok());
        if let Some(journal) = journal {
            self.summary = Some(journal.lines().map(str::to_owned).collect());
        }
    }

    /// One line for the user, unless it was the last one already.
    fn tell(&mut self, line: String) {
        if line != self.told {
            self.told.clone_from(&line);
            (self.on)(Sign::Told(line));
        }
    }
}

/// Never ready while no log is open.
async fn next_of(log: &mut Option<Log>) -> Option<impl AsRef<[u8]> + use<>> {
    match log {
        Some(log) => log.next().await,
        None => std::future::pending().await,
    }
}

/// Sidecars may stand beside it, so the log must be asked for by name.
fn container(pod: &Pod) -> Option<String> {
    pod.spec.as_ref().and_then(|spec| spec.containers.first()).map(|container| container.name.clone())
}

/// A person waits for it to start.
const LOOK_WAITING: Duration = Duration::from_millis(500);
/// The log tells faster; this is for what the log cannot tell.
const LOOK_RUNNING: Duration = Duration::from_secs(2);
/// Between a log that ended and its being opened again.
const REOPEN: Duration = Duration::from_secs(1);
/// Fifteen beats of the agent (one every 2 s).
const SILENCE: Duration = Duration::from_secs(30);
/// A node that is gone is called not ready after 40 to 55 s (`--node-monitor-grace-period`), so silence is not called its
/// cause before.
const LOST: Duration = Duration::from_mins(1);
/// For a log that needs no waiting.
const READ_AGAIN: Duration = Duration::from_secs(10);
/// On a lost node the Job's own deadline is noted and never carried out: the clock here goes on a little longer.
const AFTER_DEADLINE: Duration = Duration::from_secs(15);
/// Where the Job has no deadline of its own.
const MAX_SECONDS: i64 = 900;
const MAX_FOREIGN: usize = 5;
