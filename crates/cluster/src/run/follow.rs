//! From a Job that was just made to the end of its report: first until the pod runs, then along its log.

use tokio::time::{Duration, Instant, sleep_until, timeout_at};

use super::reading::Reading;
use super::sight::Seen;
use super::{PodEnded, Sign, faults};
use crate::contact::Contact;
use crate::job::JobWish;
use crate::state::{PodFault, State};

/// One pod being followed. What it has read stays, however the following ends.
pub(super) struct Follower<'a> {
    contact: &'a Contact,
    wish: &'a JobWish,
    on: &'a (dyn Fn(Sign) + Sync),
    made: Instant,
    seen: Seen,
    reading: Reading,
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

/// What a silence of the pod turns out to be.
enum Silence {
    /// There is nothing to wait for.
    Over(Cause),
    /// It was the stream that stood still: read afresh, it goes on.
    Broken,
    /// Nobody can tell yet: the log cannot be read either.
    Unexplained,
}

impl<'a> Follower<'a> {
    /// For a Job that is about to be made.
    pub(super) fn new(contact: &'a Contact, wish: &'a JobWish, on: &'a (dyn Fn(Sign) + Sync)) -> Self {
        let (seen, reading) = (Seen::default(), Reading::default());
        Self { contact, wish, on, made: Instant::now(), seen, reading, told: String::new() }
    }

    /// Until the report is whole or cannot become so.
    pub(super) async fn follow(&mut self) -> PodEnded {
        self.made = Instant::now();
        let own = self.wish.job().spec.and_then(|spec| spec.active_deadline_seconds).unwrap_or(MAX_SECONDS);
        let own = Duration::from_secs(u64::try_from(own).unwrap_or_default());
        let deadline = self.made + own + AFTER_DEADLINE;
        let cause = match self.until_it_runs(deadline).await {
            Ok(()) => self.along_the_log(deadline).await,
            Err(fault) => Cause::Fault(fault),
        };
        self.end(cause).await
    }

    /// Reads on for a while after the pod was told to end: an agent that is stopped still says what it has.
    pub(super) async fn last_words(&mut self, patience: Duration) {
        self.reading.read_until(Instant::now() + patience, self.on).await;
    }

    /// The journal's lines.
    pub(super) fn into_records(self) -> Vec<String> {
        self.reading.into_records()
    }

    async fn until_it_runs(&mut self, deadline: Instant) -> Result<(), PodFault> {
        let mut answered = self.made;
        loop {
            let looked_at = Instant::now();
            match self.seen.look(self.contact, self.wish, false).await {
                Ok(()) => {
                    answered = Instant::now();
                    match self.seen.state(self.made) {
                        State::Waiting(what) => self.tell(what),
                        State::Running | State::Ended { .. } => return Ok(()),
                        State::Failed(fault) => return Err(fault),
                    }
                }
                Err(error) if answered.elapsed() >= SILENCE => return Err(faults::api_is_gone(&error)),
                Err(_) => self.tell("the API server does not answer; asking again".to_owned()),
            }
            if Instant::now() >= deadline {
                return Err(faults::deadline(self.wish));
            }
            sleep_until(looked_at + LOOK_WAITING).await;
        }
    }

    /// Reads the log and looks at the pod beside it.
    async fn along_the_log(&mut self, deadline: Instant) -> Cause {
        let node = self.seen.node_name().map_or_else(String::new, |node| format!(" on node {node}"));
        self.tell(format!("the pod runs{node}"));
        let mut last_frame = Instant::now();
        let (mut next_look, mut reopen) = (last_frame + LOOK_RUNNING, last_frame);
        let mut stalled = false;
        loop {
            if !self.reading.is_open() && Instant::now() >= reopen {
                self.open(true).await;
                reopen = Instant::now() + REOPEN;
            }
            let silent_at = last_frame + if stalled { LOST } else { SILENCE };
            tokio::select! {
                // In this order: a question that is always due again must not outrun a limit.
                biased;
                () = sleep_until(deadline) => return Cause::Fault(faults::deadline(self.wish)),
                read = self.reading.next(self.on) => {
                    let now = Instant::now();
                    if let Some(hello) = self.reading.later() {
                        return Cause::Fault(faults::later_version(hello));
                    }
                    match read {
                        _ if self.reading.is_whole() => return Cause::Whole,
                        Some(true) => (last_frame, stalled) = (now, false),
                        Some(false) => {}
                        None => (next_look, reopen) = (now, now + REOPEN),
                    }
                }
                () = sleep_until(silent_at) => {
                    if stalled {
                        return Cause::Fault(faults::silent(self.seen.node_name().as_deref(), false));
                    }
                    match self.silence().await {
                        Silence::Over(cause) => return cause,
                        Silence::Broken => last_frame = Instant::now(),
                        Silence::Unexplained => stalled = true,
                    }
                }
                () = sleep_until(next_look) => {
                    if let Some(cause) = self.look(stalled).await {
                        return cause;
                    }
                    next_look = Instant::now() + LOOK_RUNNING;
                }
                () = sleep_until(reopen), if !self.reading.is_open() => {}
            }
        }
    }

    /// Looks at Job and pod, and at the node where `node_too`; says why there is no need to read on.
    async fn look(&mut self, node_too: bool) -> Option<Cause> {
        // A look that fails changes nothing: the log may still come, and silence has its own limit.
        self.seen.look(self.contact, self.wish, node_too).await.ok()?;
        match self.seen.state(self.made) {
            State::Waiting(_) | State::Running => None,
            State::Ended { exit_code, .. } => Some(Cause::Ended(exit_code)),
            State::Failed(fault) => Some(Cause::Fault(fault)),
        }
    }

    /// Finds out what a silence is: the way here may be cut, or the pod has nothing to say.
    async fn silence(&mut self) -> Silence {
        self.tell(STALLED.to_owned());
        if let Some(cause) = self.look(true).await {
            return Silence::Over(cause);
        }
        self.reading.close();
        self.open(true).await;
        let until = Instant::now() + READ_AFRESH;
        while self.reading.is_open() {
            match timeout_at(until, self.reading.next(self.on)).await {
                Ok(_) if self.reading.is_whole() => return Silence::Over(Cause::Whole),
                Ok(Some(true)) => return Silence::Broken,
                Ok(_) => {}
                Err(_) => return Silence::Over(Cause::Fault(faults::silent(self.seen.node_name().as_deref(), true))),
            }
        }
        Silence::Unexplained
    }

    /// What it comes to. A container that has ended is read once more without following, and its termination message too.
    async fn end(&mut self, cause: Cause) -> PodEnded {
        if self.seen.has_ended() && !self.reading.is_whole() {
            self.reading.close();
            self.open(false).await;
            self.reading.read_until(Instant::now() + READ_AGAIN, self.on).await;
            if let Some(message) = self.seen.message() {
                self.reading.keep_summary(&message);
            }
        }
        if let Some(hello) = self.reading.later() {
            return PodEnded::Never(faults::later_version(hello));
        }
        let fault = match cause {
            _ if self.reading.is_whole() && !self.reading.was_terminated() => return PodEnded::Whole,
            Cause::Fault(fault) => fault,
            Cause::Ended(exit_code) if !self.reading.is_whole() => faults::not_whole(exit_code, self.reading.foreign()),
            // Nobody here told it to end: a stop is no longer followed.
            Cause::Whole | Cause::Ended(_) => self.terminated().await,
        };
        if self.reading.is_empty() { PodEnded::Never(fault) } else { PodEnded::Partial(fault) }
    }

    /// Who told it to end: the cluster says so, or it was somebody in it.
    async fn terminated(&mut self) -> PodFault {
        // Where nothing can be seen now, what was seen before has to do.
        let _ = self.seen.look(self.contact, self.wish, false).await;
        match self.seen.state(self.made) {
            State::Failed(fault) => fault,
            _ => faults::ended_from_outside(),
        }
    }

    async fn open(&mut self, follow: bool) {
        let Some(pod) = self.seen.pod_name() else { return };
        if let Err(why) = self.reading.open(self.contact, self.wish, &pod, follow).await {
            self.tell(format!("the pod's log cannot be read yet: {why}"));
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

/// A person waits for it to start.
const LOOK_WAITING: Duration = Duration::from_millis(500);
/// The log tells faster; this is for what the log cannot tell.
const LOOK_RUNNING: Duration = Duration::from_secs(2);
/// Between a log that ended and its being opened again.
const REOPEN: Duration = Duration::from_secs(1);
/// Fifteen beats of the agent (one every 2 s).
const SILENCE: Duration = Duration::from_secs(30);
const STALLED: &str = "nothing has come from the pod for 30 s: looking at its node, reading its log again";
/// A node that is gone is called not ready after 40 to 55 s (`--node-monitor-grace-period`), so silence is not called its
/// cause before.
const LOST: Duration = Duration::from_mins(1);
/// For a log that was opened again to bring something new: two beats.
const READ_AFRESH: Duration = Duration::from_secs(5);
/// For a log that needs no waiting.
const READ_AGAIN: Duration = Duration::from_secs(10);
/// On a lost node the Job's own deadline is noted and never carried out: the clock here goes on a little longer.
const AFTER_DEADLINE: Duration = Duration::from_secs(15);
/// Where the Job has no deadline of its own.
const MAX_SECONDS: i64 = 900;
