//! One plan in one pod, as the user sees it: progress while it goes on, and a report at its end, however it ended.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use cluster::job::JobWish;
use cluster::state::FaultKind;
use cluster::{Manner, PodEnded, Sign};
use engine::JournalFile;
use measure::{Clock, Gauge};
use model::{
    Ending, Header, Journal, PodPlace, REPORT_VERSION, Record, RemoteText, Report, StopCause, Tool, Vantage,
    VantageKind,
};

use super::preparation::There;
use crate::args::look::Format;
use crate::exit::Exit;
use crate::look::Look;
use crate::onlooker::{Onlooker, Voice};
use crate::output;
use crate::printer::Printer;
use crate::signals::Signals;

/// What came of it.
pub(super) struct FromPod {
    /// What was seen; nothing, where the pod never ran.
    pub(super) report: Report,
    /// What the exit code has to be at least.
    pub(super) exit: Exit,
}

/// Runs it.
pub(super) async fn run(
    there: &There,
    keep: bool,
    journal: Option<JournalFile>,
    (look, quiet): (&Look, bool),
    signals: &Signals,
) -> anyhow::Result<FromPod> {
    let There { contact, job, .. } = there;
    let path = journal.as_ref().map(|journal| journal.path().to_path_buf());
    let printer = if look.format == Format::Jsonl { Some(Printer::start()?) } else { None };
    let place = job.node.clone().unwrap_or_else(|| job.namespace.clone());
    let screen = Screen::new(Voice::of(look, quiet), place, job.plan.budget_us, journal, printer.as_ref());
    let command = cluster::delete_command(contact, job);
    signals.leave_behind(format!("the Job may be left in the cluster; delete it with `{command}`"));
    let on = |sign: Sign| screen.show(sign);
    let run = cluster::run_job(contact, job, &Manner { keep }, &on, signals.stop.asked()).await;
    let fault = match run.ended {
        PodEnded::Whole | PodEnded::Stopped => None,
        PodEnded::Partial(ref fault) | PodEnded::Never(ref fault) => Some(fault.clone()),
    };
    let exit = match (&run.ended, &fault) {
        (PodEnded::Stopped, _) if signals.cause() == StopCause::Terminate => Exit::Terminated,
        (PodEnded::Stopped, _) => Exit::Interrupted,
        (_, Some(fault)) if fault.kind == FaultKind::Refused => Exit::Usage,
        (_, Some(_)) => Exit::Undecided,
        (_, None) => Exit::Fine,
    };
    let beside = there.notes.iter().cloned().map(Record::Note);
    let beside = beside.chain(there.symptom.clone().map(Record::Symptom)).collect();
    let ending = match &fault {
        Some(fault) => Some(Ending::BrokenOff {
            why: RemoteText::clean(&fault.statement),
            remedy: RemoteText::clean(&fault.remedy),
        }),
        None if matches!(run.ended, PodEnded::Stopped) => Some(Ending::Stopped { cause: signals.cause() }),
        None => None,
    };
    let records = records(job, &run.records, beside, ending);
    screen.rest(&records);
    drop(screen);
    // What was seen is shown wherever it could not be kept.
    if let Some(Err(error)) = path.map(|path| store(&path, &records)) {
        output::complain(&format!("{error:#}"));
    }
    let report = read(&records, job);
    if let Some(left) = &run.left {
        output::complain(left);
    }
    printer.map_or(Ok(()), Printer::finish)?;
    Ok(FromPod { report, exit })
}

/// Shows and stores what arrives.
struct Screen {
    voice: Voice,
    place: String,
    budget_us: model::Micros,
    /// Writes records to stdout, where that is the format.
    pen: Option<Box<dyn Fn(String) + Send + Sync>>,
    inner: Mutex<Inner>,
}

struct Inner {
    /// From the first record on.
    onlooker: Option<Onlooker>,
    gauge: Gauge,
    journal: Option<JournalFile>,
    /// Lines that are on stdout already.
    told: HashSet<String>,
}

impl Screen {
    fn new(
        voice: Voice,
        place: String,
        budget_us: model::Micros,
        journal: Option<JournalFile>,
        printer: Option<&Printer>,
    ) -> Self {
        let pen = printer.map(|printer| Box::new(printer.pen()) as Box<dyn Fn(String) + Send + Sync>);
        let inner = Inner { onlooker: None, gauge: Gauge::default(), journal, told: HashSet::new() };
        Self { voice, place, budget_us, pen, inner: Mutex::new(inner) }
    }

    fn show(&self, sign: Sign) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match sign {
            Sign::Told(words) => {
                if self.voice != Voice::Silent {
                    inner.interrupt();
                    output::remark(&format!("netprobe: {}: {}", self.place, reports::text::harmless(&words)));
                }
            }
            Sign::Beat(beat) => {
                inner.gauge.enter(beat.stage);
                inner.gauge.received(beat.received.0);
            }
            Sign::Record(line) => {
                let Ok(record) = serde_json::from_str::<Record>(&line) else { return };
                let (voice, budget_us) = (self.voice, self.budget_us);
                let gauge = inner.gauge.clone();
                let begin = || Onlooker::new(voice, gauge, Clock::start(), budget_us).at(&self.place);
                (inner.onlooker.get_or_insert_with(begin).listener())(&record);
                if matches!(record, Record::End { .. }) {
                    // What comes now is clearing up.
                    inner.onlooker = None;
                }
                inner.store(&record);
                self.tell(&mut inner, &record);
            }
        }
    }

    /// What did not come from the pod as it happened: what stands beside its records, and why they end.
    fn rest(&self, records: &[Record]) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            self.tell(&mut inner, record);
        }
    }

    fn tell(&self, inner: &mut Inner, record: &Record) {
        let Some(pen) = &self.pen else { return };
        let line = record.to_line();
        if inner.told.insert(line.clone()) {
            pen(line);
        }
    }
}

impl Inner {
    /// A line of its own, above the one that rewrites itself.
    fn interrupt(&self) {
        if let Some(onlooker) = &self.onlooker {
            onlooker.clear();
        }
    }

    fn store(&mut self, record: &Record) {
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.write(record)
        {
            output::complain(&format!("the node's report ends here: {error}"));
            self.journal = None;
        }
    }
}

/// The whole journal: what came through, with what the cluster says and with why it is not whole. Without anything, it says
/// where it should have come from.
fn records(job: &JobWish, lines: &[String], beside: Vec<Record>, ending: Option<Ending>) -> Vec<Record> {
    let mut came = lines.iter().filter_map(|line| serde_json::from_str::<Record>(line).ok()).peekable();
    let header = came.next_if(|record| matches!(record, Record::Header(_)));
    let mut records = vec![header.unwrap_or_else(|| Record::Header(self::header(job)))];
    records.extend(beside);
    records.extend(came);
    if let Some(ending) = ending {
        records.push(Record::End { at_us: read(&records, job).took_us, ending });
    }
    records
}

fn read(records: &[Record], job: &JobWish) -> Report {
    let header = match records.first() {
        Some(Record::Header(header)) => header.clone(),
        _ => header(job),
    };
    let mut journal = Journal::new(header);
    records.iter().cloned().for_each(|record| journal.push(record));
    journal.into_report()
}

/// In place of what was stored as it came.
fn store(path: &Path, records: &[Record]) -> anyhow::Result<()> {
    let mut file = JournalFile::create(path)?;
    let written = records.iter().try_for_each(|record| file.write(record));
    written.with_context(|| format!("the node's report cannot be written to {}", path.display()))
}

/// Of a pod that never spoke.
fn header(job: &JobWish) -> Header {
    let pod = PodPlace {
        node: job.node.clone().unwrap_or_default(),
        namespace: job.namespace.clone(),
        name: String::new(),
        network: job.network,
        likeness: job.likeness,
        secret: job.secret.clone(),
        proxy_secret: job.proxy_secret.clone(),
        objections: Vec::new(),
    };
    Header {
        format: Header::FORMAT.to_owned(),
        version: REPORT_VERSION,
        id: uuid::Uuid::now_v7().to_string(),
        created: jiff::Timestamp::now().to_string(),
        tool: Tool { name: "netprobe".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        vantage: Vantage {
            kind: VantageKind::Pod,
            host_name: String::new(),
            kernel: String::new(),
            processors: 0,
            congestion_control: String::new(),
            interfaces: Vec::new(),
            pod: Some(pod),
        },
        plan: job.plan.clone(),
    }
}
