//! What has been read of the pod's log so far, over all the times that it was opened. The log's end is never trusted; only
//! a whole report is.

use model::{Ending, REPORT_VERSION, Record, StopCause};
use tokio::time::{Instant, timeout_at};

use super::Sign;
use super::log::Log;
use crate::contact::Contact;
use crate::job::JobWish;
use frame::{Decoder, Frame, Hello, read_summary};

/// The log of one pod.
#[derive(Default)]
pub(super) struct Reading {
    decoder: Decoder,
    log: Option<Log>,
    /// What the container wrote that was no frame: the words of a runtime, or of a panic.
    foreign: Vec<String>,
    summary: Option<Vec<String>>,
    /// What the pod said of itself, where its report is of a version that nobody here can read.
    later: Option<Hello>,
}

impl Reading {
    /// Opens the pod's log at its beginning.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub(super) async fn open(
        &mut self,
        contact: &Contact,
        wish: &JobWish,
        pod: &str,
        follow: bool,
    ) -> Result<(), String> {
        let log = Log::open(contact, &wish.namespace, pod, follow).await?;
        self.decoder.restart();
        self.foreign.clear();
        self.log = Some(log);
        Ok(())
    }

    /// True while a log is open.
    pub(super) fn is_open(&self) -> bool {
        self.log.is_some()
    }

    /// Reads no further.
    pub(super) fn close(&mut self) {
        self.log = None;
    }

    /// Reads on and tells what is new. None at the log's end, which closes it; else whether a new frame came. Never ready
    /// while no log is open.
    pub(super) async fn next(&mut self, on: &(dyn Fn(Sign) + Sync)) -> Option<bool> {
        let Some(log) = self.log.as_mut() else { return std::future::pending().await };
        let Some(bytes) = log.next().await else {
            self.log = None;
            return None;
        };
        Some(self.take(bytes.as_ref(), on))
    }

    /// Reads what comes until then; ends early where the report is whole or the log ends.
    pub(super) async fn read_until(&mut self, until: Instant, on: &(dyn Fn(Sign) + Sync)) {
        while self.is_open() && !self.is_whole() {
            if timeout_at(until, self.next(on)).await.is_err() {
                return;
            }
        }
    }

    /// Takes the journal out of a container's termination message.
    pub(super) fn keep_summary(&mut self, message: &str) {
        let journal = read_summary(message).and_then(|journal| String::from_utf8(journal).ok());
        if let Some(journal) = journal {
            self.summary = Some(journal.lines().map(str::to_owned).collect());
        }
    }

    /// True where count, length and SHA-256 of the records are what the pod says.
    pub(super) fn is_whole(&self) -> bool {
        self.decoder.is_whole()
    }

    /// Who writes a report that is of no use here: of a later version than this program reads.
    pub(super) fn later(&self) -> Option<&Hello> {
        self.later.as_ref()
    }

    /// True where neither a record nor a summary came that could be read.
    pub(super) fn is_empty(&self) -> bool {
        self.later.is_some() || self.decoder.records().is_empty() && self.summary.is_none()
    }

    /// True where the agent says that it was told to end (SIGTERM).
    pub(super) fn was_terminated(&self) -> bool {
        let last = self.decoder.records().last().and_then(|line| serde_json::from_str::<Record>(line).ok());
        matches!(last, Some(Record::End { ending: Ending::Stopped { cause: StopCause::Terminate }, .. }))
    }

    /// What the container wrote that was no frame.
    pub(super) fn foreign(&self) -> &[String] {
        &self.foreign
    }

    /// The journal's lines, or those of its summary where that is more.
    pub(super) fn into_records(self) -> Vec<String> {
        match self.summary {
            _ if self.later.is_some() => Vec::new(),
            Some(summary) if !self.decoder.is_whole() && summary.len() > self.decoder.records().len() => summary,
            _ => self.decoder.records().to_vec(),
        }
    }

    fn take(&mut self, bytes: &[u8], on: &(dyn Fn(Sign) + Sync)) -> bool {
        let mut any = false;
        for frame in self.decoder.push(bytes) {
            any |= !matches!(frame, Frame::Foreign(_));
            match frame {
                Frame::Hello(hello) if hello.report_version > REPORT_VERSION => self.later = Some(hello),
                // Half understood is misunderstood.
                Frame::Record(_) if self.later.is_some() => {}
                Frame::Record(line) => on(Sign::Record(line)),
                Frame::Beat(beat) => on(Sign::Beat(beat)),
                Frame::Hello(hello) if hello.netprobe != VERSION => {
                    on(Sign::Told(format!("the pod's netprobe is {}, this one is {VERSION}", hello.netprobe)));
                }
                Frame::Foreign(line) if self.foreign.len() < MAX_FOREIGN => self.foreign.push(line),
                Frame::Hello(_) | Frame::Foreign(_) | Frame::End | Frame::Unknown => {}
            }
        }
        any
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Lines that tell why a program did not start are the first ones.
const MAX_FOREIGN: usize = 5;
