//! What is said on stderr while a run goes on: one line that rewrites itself on a terminal, a line for each finished stage
//! elsewhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use measure::{Clock, Gauge};
use model::{Ended, Micros, Parameters, Purpose, Record, Run, Seen};
use reports::progress::{self, Progress};
use tokio::task::JoinHandle;

use crate::look::Look;
use crate::output;

/// How to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Not at all.
    Silent,
    /// A line for each finished stage.
    Lines,
    /// One line, rewritten.
    Live {
        /// Columns of the terminal.
        columns: usize,
        /// Characters beyond ASCII.
        unicode: bool,
    },
}

impl Voice {
    /// The one for this terminal.
    pub(crate) fn of(look: &Look, quiet: bool) -> Self {
        match (quiet, look.live_columns) {
            (true, _) => Self::Silent,
            (false, None) => Self::Lines,
            (false, Some(columns)) => Self::Live { columns, unicode: look.style.unicode },
        }
    }
}

/// Looks on, from the first record to the last. Dropped, it leaves the terminal's line empty.
#[derive(Debug)]
pub(crate) struct Onlooker {
    voice: Voice,
    place: String,
    purpose: Arc<Mutex<String>>,
    line: Option<JoinHandle<()>>,
}

impl Onlooker {
    /// Begins. Has to be called on the runtime.
    pub(crate) fn new(voice: Voice, gauge: Gauge, clock: Clock, budget_us: Micros) -> Self {
        let purpose = Arc::new(Mutex::new(String::new()));
        let line = match voice {
            Voice::Live { columns, unicode } => {
                let purpose = Arc::clone(&purpose);
                Some(tokio::spawn(rewrite(columns, unicode, purpose, gauge, clock, budget_us)))
            }
            Voice::Silent | Voice::Lines => None,
        };
        Self { voice, place: String::new(), purpose, line }
    }

    /// The same, saying of each line that it comes from `place`.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.place = format!("{}: ", reports::text::harmless(place));
        self
    }

    /// Takes the line off the screen for what is said next; it comes back by itself.
    pub(crate) fn clear(&self) {
        if self.line.is_some() {
            output::draw(CLEAR);
        }
    }

    /// What has to hear of every record.
    pub(crate) fn listener(&self) -> impl Fn(&Record) + Send + Sync + use<> {
        let purpose = Arc::clone(&self.purpose);
        let (voice, place) = (self.voice, self.place.clone());
        move |record| {
            if let Record::RunStarted { run, .. } = record {
                *purpose.lock().unwrap_or_else(PoisonError::into_inner) = format!("{place}{}", purpose_of(run));
            }
            match (voice, record) {
                // It stays above the line that rewrites itself: why there is one more run is worth reading.
                (Voice::Live { columns, .. }, Record::RunStarted { run, .. }) if run.purpose != Purpose::Asked => {
                    let lines =
                        reports::text::wrapped(&plain(record, &place).unwrap_or_default(), columns.max(LEAST_COLUMNS));
                    output::draw(&format!("{CLEAR}{}\n", lines.join("\n")));
                }
                (Voice::Lines, record) => {
                    if let Some(line) = plain(record, &place) {
                        output::remark(&line);
                    }
                }
                (Voice::Silent | Voice::Live { .. }, _) => {}
            }
        }
    }
}

impl Drop for Onlooker {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            line.abort();
            output::draw(CLEAR);
        }
    }
}

async fn rewrite(
    columns: usize,
    unicode: bool,
    purpose: Arc<Mutex<String>>,
    gauge: Gauge,
    clock: Clock,
    budget_us: Micros,
) {
    let mut tick = tokio::time::interval(REWRITTEN);
    loop {
        tick.tick().await;
        let (purpose, reading) = (purpose.lock().unwrap_or_else(PoisonError::into_inner).clone(), gauge.read());
        let progress = Progress {
            purpose: &purpose,
            stage: reading.stage.words(),
            received: reading.received,
            elapsed_us: clock.now(),
            budget_us,
        };
        // The last column stays free: some terminals wrap when it is written to.
        output::draw(&format!("{CLEAR}{}", progress.line(columns.saturating_sub(1), unicode)));
    }
}

/// The line for a record that deserves one.
fn plain(record: &Record, place: &str) -> Option<String> {
    let event = |at_us, words: &str| progress::event(at_us, &format!("{place}{words}"));
    match record {
        Record::RunStarted { at_us, run } => Some(event(*at_us, &format!("run {}: {}", run.id.0, purpose_of(run)))),
        Record::Observation { observation, .. } => {
            let Seen::Stage(seen) = &observation.seen else { return None };
            let words = match &seen.problem {
                None => progress::stage_done(seen.stage().words(), seen.took_us),
                Some(problem) => progress::stage_failed(seen.stage().words(), seen.took_us, problem),
            };
            Some(event(observation.at_us, &words))
        }
        Record::RunEnded { at_us, run, ended } => {
            let why = match ended {
                Ended::Crashed { message } => format!("the probe broke ({message}), a bug of netprobe's"),
                Ended::Skipped { reason } => format!("not made: {reason}"),
                _ => return None,
            };
            Some(event(*at_us, &format!("run {}: {why}", run.0)))
        }
        _ => None,
    }
}

/// A follow-up's question; else what the run asks.
pub(crate) fn purpose_of(run: &Run) -> &str {
    match (&run.purpose, &run.parameters) {
        (Purpose::FollowUp { question, .. }, _) => question,
        (Purpose::Asked, Parameters::GitUploadPack(_)) => "the fetch",
        (Purpose::Asked, Parameters::Host) => "this machine",
        (Purpose::Asked, Parameters::Dns(_)) => "name servers",
        (Purpose::Asked, Parameters::TcpConnect(_)) => "TCP connect, each address",
        (Purpose::Asked, Parameters::TlsHandshake(_)) => "TLS handshake by itself",
        (Purpose::Asked, Parameters::SshHandshake(_)) => "SSH handshake by itself",
    }
}

/// As often as the connection is looked at; the eye needs no more.
const REWRITTEN: Duration = Duration::from_millis(100);

/// Narrower, a terminal wraps by itself.
const LEAST_COLUMNS: usize = 40;

/// Carriage return, and ECMA-48 EL: erase in line.
const CLEAR: &str = "\r\x1b[2K";
