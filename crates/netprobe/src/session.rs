//! One session of measuring: everything around the engine. `run`, `demo` and `agent` differ in what they hand in and in who
//! listens.

use std::sync::Arc;

use diagnose::follow_up;
use engine::{Job, JournalFile};
use measure::{Clock, Gauge, Way, observe_vantage};
use model::{
    Header, Micros, Note, Plan, PodPlace, REPORT_VERSION, Record, Report, Run, Symptom, Tool, Vantage, VantageKind,
};

use crate::args::look::Format;
use crate::broken_probe;
use crate::look::Look;
use crate::onlooker::{Onlooker, Voice};
use crate::printer::Printer;
use crate::signals::Signals;

/// What to measure.
#[derive(Debug)]
pub(crate) struct Session {
    /// What is asked, run by run.
    pub(crate) plan: Plan,
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
}

impl Session {
    /// Measures, with progress on stderr and, where that is the format, records on stdout. The report is there however it
    /// ended.
    pub(crate) async fn on_screen(self, look: &Look, quiet: bool, signals: &Signals) -> anyhow::Result<Report> {
        let (gauge, clock) = (Gauge::default(), Clock::start());
        let onlooker = Onlooker::new(Voice::of(look, quiet), gauge.clone(), clock, self.plan.budget_us);
        let listener = onlooker.listener();
        let printer = if look.format == Format::Jsonl { Some(Printer::start()?) } else { None };
        let pen = printer.as_ref().map(Printer::pen);
        let heard = move |record: &Record| {
            listener(record);
            if let Some(pen) = &pen {
                pen(record.to_line());
            }
        };
        let report = self.measure(signals, gauge, clock, Arc::new(heard)).await;
        drop(onlooker);
        printer.map_or(Ok(()), Printer::finish)?;
        Ok(report)
    }

    /// Measures; `listener` hears of every record as it is written.
    pub(crate) async fn measure(
        self,
        signals: &Signals,
        gauge: Gauge,
        clock: Clock,
        listener: Arc<dyn Fn(&Record) + Send + Sync>,
    ) -> Report {
        engine::run(Job {
            header: header(self.plan, self.pod),
            way: Arc::new(self.way),
            probes: broken_probe::probes(),
            follow_up: if self.follow_ups { &follow_up } else { &no_follow_up },
            notes: self.notes,
            symptom: self.symptom,
            journal: self.journal,
            listener,
            gauge,
            clock,
            stop: signals.stop.clone(),
            stop_cause: &|| signals.cause(),
        })
        .await
    }
}

fn header(plan: Plan, pod: Option<PodPlace>) -> Header {
    let observed = observe_vantage();
    let kind = if pod.is_some() { VantageKind::Pod } else { observed.kind };
    Header {
        format: Header::FORMAT.to_owned(),
        version: REPORT_VERSION,
        id: uuid::Uuid::now_v7().to_string(),
        created: jiff::Timestamp::now().to_string(),
        tool: Tool { name: "netprobe".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        vantage: Vantage { kind, pod, ..observed },
        plan,
    }
}

fn no_follow_up(_report: &Report, _left: Micros) -> Option<Run> {
    None
}
