//! Runs a plan: each run in a task of its own, within its time, whatever it does; between runs the follow-up is asked.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use measure::{Clock, Context, Gauge, Machine, Probe, ProbeFuture, Recorder, Stop, Way};
use model::{
    Ended, Ending, Failure, FailureKind, Header, Journal, Measurement, Micros, Note, Observation, Record, RemoteText,
    Report, Run, RunId, Seen, StageSeen, Step, StopCause, Symptom,
};
use tokio::task::JoinError;

use crate::JournalFile;
use crate::plan::is_extra;

/// Everything that a run needs.
pub struct Job<'a> {
    /// Who measures what, from where.
    pub header: Header,
    /// How this user reaches the target.
    pub way: Arc<Way>,
    /// The probes there are.
    pub probes: &'a [&'static dyn Probe],
    /// Given what is known and the time that is left: the run that would tell most. It must come to an end by itself.
    pub follow_up: &'a dyn Fn(&Report, Micros) -> Option<Run>,
    /// What the reader should know beside the measurements.
    pub notes: Vec<Note>,
    /// What the cluster says of the repository, if it was asked.
    pub symptom: Option<Symptom>,
    /// Where the journal goes, if it is kept.
    pub journal: Option<JournalFile>,
    /// Hears of every record as it is written.
    pub listener: Arc<dyn Fn(&Record) + Send + Sync>,
    /// What is going on, for onlookers.
    pub gauge: Gauge,
    /// The report's clock, zero just now.
    pub clock: Clock,
    /// A wish from outside to end now, and which.
    pub stop: Stop,
    /// Which signal it was, once `stop` was asked for.
    pub stop_cause: &'a dyn Fn() -> StopCause,
}

/// Makes the runs and the follow-ups. The report is always there: what was seen is in it, however it ended.
pub async fn run(job: Job<'_>) -> Report {
    let Job { header, way, probes, follow_up, notes, symptom, journal, listener, gauge, clock, stop, stop_cause } = job;
    let plan = header.plan.clone();
    let scribe = Scribe::new(header, journal, listener);
    for note in notes {
        scribe.write(Record::Note(note));
    }
    if let Some(symptom) = symptom {
        scribe.write(Record::Symptom(symptom));
    }
    let mut due: Vec<Run> = plan.runs.clone();
    due.reverse();
    let machine = Machine::find();
    let mut ending = Ending::Complete;
    let mut follow_ups = 0;
    while let Some(next) = due.pop() {
        let id = next.id;
        let left = plan.budget_us.since(clock.now());
        let recorder = {
            let scribe = scribe.clone();
            Recorder::new(clock, move |observation| scribe.write(Record::Observation { run: id, observation }))
        };
        let context = Context {
            target: plan.target.clone(),
            git_ref: plan.git_ref.clone(),
            profile: plan.profile,
            way: way.clone(),
            looked_up: looked_up(&scribe.report(), &way.entrance().host),
            clock,
            recorder,
            gauge: gauge.clone(),
            deadline_us: plan.budget_us,
            stop: stop.clone(),
        };
        let enough = left >= LEAST_TIME;
        // A probe makes itself ready before its run starts, so that this is not timed.
        let work = probes.iter().filter(|_| enough).find_map(|probe| probe.run(&next.parameters, context.clone()));
        let name = next.parameters.probe();
        let before = machine.look(clock);
        scribe.write(Record::RunStarted { at_us: clock.now(), run: next });
        let ended = match work {
            Some(work) => one(work, &context, stop_cause).await,
            None if enough => Ended::Skipped { reason: format!("this netprobe has no probe {name}") },
            None => Ended::Skipped { reason: "the budget was used up".to_owned() },
        };
        let ended_at = clock.now();
        let ended = match ended {
            Ended::Failed if scribe.was_cancelled(id) => Ended::Stopped { cause: stop_cause() },
            Ended::Failed if scribe.was_out_of_time(id) => Ended::Stopped { cause: StopCause::Budget },
            // A probe sees the wish to end and not whose it is.
            Ended::Stopped { cause: StopCause::Interrupt } => Ended::Stopped { cause: stop_cause() },
            other => other,
        };
        let stopped = matches!(ended, Ended::Stopped { cause: StopCause::Interrupt | StopCause::Terminate });
        if !matches!(ended, Ended::Skipped { .. }) {
            let seen = Seen::Machine(before.until(&machine.look(clock)));
            scribe.write(Record::Observation { run: id, observation: Observation { at_us: ended_at, seen } });
        }
        scribe.write(Record::RunEnded { at_us: ended_at, run: id, ended });
        if stopped {
            ending = Ending::Stopped { cause: stop_cause() };
            break;
        }
        // What a fault asks for comes before what can wait, and before the end.
        let can_wait = due.last().is_none_or(|next| is_extra(&next.parameters));
        if can_wait
            && follow_ups < MOST_FOLLOW_UPS
            && let Some(run) = follow_up(&scribe.report(), plan.budget_us.since(clock.now()))
        {
            follow_ups += 1;
            due.push(run);
        }
    }
    scribe.write(Record::End { at_us: clock.now(), ending });
    scribe.report()
}

/// The addresses that the last look-up of this name came to.
fn looked_up(report: &Report, host: &str) -> Option<Vec<IpAddr>> {
    let steps = report.measurements.iter().flat_map(Measurement::stages).map(|stage| &stage.step);
    let mut found = steps.filter_map(|step| match step {
        Step::Resolve { host: asked, addresses } if asked.eq_ignore_ascii_case(host) => Some(addresses.clone()),
        _ => None,
    });
    found.next_back()
}

/// One run, in a task of its own: a panic in it ends the run and not the report.
async fn one(work: ProbeFuture, context: &Context, stop_cause: &dyn Fn() -> StopCause) -> Ended {
    let deadline = Duration::from(context.deadline_us.since(context.clock.now())) + GRACE;
    let stop = context.stop.clone();
    let mut task = tokio::spawn(work);
    let late = async {
        tokio::select! {
            () = tokio::time::sleep(deadline) => StopCause::Budget,
            // A probe sees the wish itself and closes its stage; this is for one that does not.
            () = async { stop.asked().await; tokio::time::sleep(GRACE).await } => stop_cause(),
        }
    };
    tokio::select! {
        done = &mut task => done.unwrap_or_else(crashed),
        cause = late => {
            task.abort();
            Ended::Stopped { cause }
        }
    }
}

fn crashed(error: JoinError) -> Ended {
    let message = match error.try_into_panic() {
        Ok(payload) => {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
        }
        Err(error) => error.to_string(),
    };
    Ended::Crashed { message: message.into() }
}

/// Writes records to the journal, to the report in memory and to the listener, in this order.
#[derive(Clone)]
struct Scribe(Arc<Mutex<Desk>>);

struct Desk {
    journal: Journal,
    file: Option<JournalFile>,
    listener: Arc<dyn Fn(&Record) + Send + Sync>,
}

impl Scribe {
    fn new(header: Header, mut file: Option<JournalFile>, listener: Arc<dyn Fn(&Record) + Send + Sync>) -> Self {
        let first = Record::Header(header.clone());
        if let Some(file) = &mut file {
            // If the disk is full now, it is found out at the next record too; the report in memory is unharmed.
            let _ = file.write(&first);
        }
        listener(&first);
        Self(Arc::new(Mutex::new(Desk { journal: Journal::new(header), file, listener })))
    }

    fn write(&self, record: Record) {
        let mut desk = self.desk();
        if let Some(file) = &mut desk.file
            && let Err(error) = file.write(&record)
        {
            let text = RemoteText::clean(&format!("the journal ends here: {error}"));
            desk.file = None;
            desk.journal.push(Record::Note(Note { text }));
        }
        (desk.listener)(&record);
        desk.journal.push(record);
    }

    fn report(&self) -> Report {
        self.desk().journal.report().clone()
    }

    fn was_cancelled(&self, run: RunId) -> bool {
        self.last_problem(run, &FailureKind::Cancelled)
    }

    fn was_out_of_time(&self, run: RunId) -> bool {
        self.last_problem(run, &FailureKind::OutOfTime)
    }

    fn last_problem(&self, run: RunId, kind: &FailureKind) -> bool {
        let desk = self.desk();
        let failed = desk.journal.report().measurement(run).and_then(|measurement| measurement.stages().next_back());
        let problem: Option<&Failure> = failed.and_then(|stage: &StageSeen| stage.problem.as_ref());
        problem.is_some_and(|problem| problem.kind == *kind)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A probe ends itself 300 ms before its deadline; this long after it, it is made to.
const GRACE: Duration = Duration::from_millis(500);

/// Less than this tells nothing about a network.
const LEAST_TIME: Micros = Micros::from_millis(800);

/// The follow-up comes to an end by itself; this is for the day that it has a bug.
const MOST_FOLLOW_UPS: usize = 11;

#[cfg(test)]
mod tests;
