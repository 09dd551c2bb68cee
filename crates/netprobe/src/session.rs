//! One session of measuring: signals, progress and journal around the engine. `run` and `demo` differ only in what they
//! hand in.

use std::sync::Arc;

use diagnose::follow_up;
use engine::{Job, JournalFile, Wish, plan};
use measure::{Clock, Gauge, Way, observe_vantage};
use model::{Header, Micros, Note, Plan, PodPlace, REPORT_VERSION, Record, Report, Run, Symptom, Tool, Vantage};

use crate::args::look::Format;
use crate::broken_probe;
use crate::look::Look;
use crate::onlooker::{Onlooker, Voice};
use crate::printer::Printer;
use crate::signals::Signals;

/// What to measure, and how to speak meanwhile.
#[derive(Debug)]
pub(crate) struct Session {
    /// What is asked for.
    pub(crate) wish: Wish,
    /// How the repository is reached.
    pub(crate) way: Way,
    /// What the reader should know besides.
    pub(crate) notes: Vec<Note>,
    /// What the cluster says of the repository, if it was asked.
    pub(crate) symptom: Option<Symptom>,
    /// Where in a cluster this is, if it is a pod of netprobe's.
    pub(crate) pod: Option<PodPlace>,
    /// Where the report goes, if it is kept.
    pub(crate) journal: Option<JournalFile>,
    /// Whether runs may follow that nobody asked for.
    pub(crate) follow_ups: bool,
    /// Nothing on stderr.
    pub(crate) quiet: bool,
}

impl Session {
    /// Measures. The report is there however it ended.
    pub(crate) async fn measure(self, look: &Look) -> anyhow::Result<Report> {
        let voice = match (self.quiet, look.live_columns) {
            (true, _) => Voice::Silent,
            (false, None) => Voice::Lines,
            (false, Some(columns)) => Voice::Live { columns, unicode: look.style.unicode },
        };
        let signals = Signals::listen()?;
        let (gauge, budget_us) = (Gauge::default(), self.wish.budget_us);
        let header = header(plan(self.wish), self.pod);
        let clock = Clock::start();
        let onlooker = Onlooker::new(voice, gauge.clone(), clock, budget_us);
        let listener = onlooker.listener();
        let printer = if look.format == Format::Jsonl { Some(Printer::start()?) } else { None };
        let pen = printer.as_ref().map(Printer::pen);
        let report = engine::run(Job {
            header,
            way: Arc::new(self.way),
            probes: broken_probe::probes(),
            follow_up: if self.follow_ups { &follow_up } else { &no_follow_up },
            notes: self.notes,
            symptom: self.symptom,
            journal: self.journal,
            listener: Arc::new(move |record: &Record| {
                listener(record);
                if let Some(pen) = &pen {
                    pen(record.to_line());
                }
            }),
            gauge,
            clock,
            stop: signals.stop.clone(),
            stop_cause: &|| signals.cause(),
        })
        .await;
        drop(onlooker);
        printer.map_or(Ok(()), Printer::finish)?;
        Ok(report)
    }
}

fn header(plan: Plan, pod: Option<PodPlace>) -> Header {
    Header {
        format: Header::FORMAT.to_owned(),
        version: REPORT_VERSION,
        id: uuid::Uuid::now_v7().to_string(),
        created: jiff::Timestamp::now().to_string(),
        tool: Tool { name: "netprobe".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        vantage: Vantage { pod, ..observe_vantage() },
        plan,
    }
}

fn no_follow_up(_report: &Report, _left: Micros) -> Option<Run> {
    None
}
