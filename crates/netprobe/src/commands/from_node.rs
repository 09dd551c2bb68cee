//! `netprobe run --from-node`: the same plan from here and from a node, one after the other, side by side.

mod pod;
mod preparation;

use std::path::{Path, PathBuf};

use diagnose::{Diagnosis, Policy};
use engine::{JournalFile, plan};
use model::{Report, StopCause, Symptom};

use crate::args::look::Format;
use crate::args::run::RunArgs;
use crate::commands::run::announcement;
use crate::exit::Exit;
use crate::look::Look;
use crate::session::Session;
use crate::settings::RunSettings;
use crate::signals::Signals;
use crate::{output, present};
use pod::FromPod;
use preparation::{Preparation, There};

pub(crate) async fn run(args: &RunArgs, look: &Look) -> anyhow::Result<Exit> {
    let signals = Signals::listen()?;
    let quiet = args.report.quiet;
    let tell = |sentence: &str| {
        if !quiet {
            output::remark(&format!("netprobe: {sentence}"));
        }
    };
    let preparation = tokio::select! {
        preparation = Preparation::make(args, &tell) => preparation?,
        () = signals.stop.asked() => return Ok(ended_by(signals.cause())),
    };
    let Preparation { settings, there } = preparation;
    if !quiet {
        output::remark(&announcement(&settings));
    }
    let mut columns = Vec::new();
    let node_path = there.as_ref().and_then(|there| node_path(&settings, args, there));
    if !args.from_node.no_local {
        let symptom = there.as_ref().and_then(|there| there.symptom.clone());
        columns.push(here(args, look, settings, symptom, &signals).await?);
    }
    let mut exit = match there {
        None => Exit::Undecided,
        // One that comes between the two measurements stands in no report.
        Some(_) if signals.asked() => ended_by(signals.cause()),
        Some(there) => {
            let journal = node_journal(node_path.as_deref(), columns.is_empty())?;
            let kept = journal.as_ref().map(|journal| journal.path().to_path_buf());
            let from_pod = pod::run(&there, args.from_node.keep, journal, (look, quiet), &signals).await?;
            let FromPod { report, exit: at_least } = from_pod;
            columns.push(Column::new(report, kept));
            at_least
        }
    };
    for column in &columns {
        exit = exit.worse(Exit::of_run(&column.report, &column.diagnosis, look.strict));
    }
    if !quiet && look.format != Format::Human {
        // The screen says it itself.
        for path in columns.iter().filter_map(|column| column.path.as_ref()) {
            output::remark(&format!("netprobe: a report lies in {}", path.display()));
        }
    }
    show(columns, look)?;
    Ok(exit)
}

/// One place and what was seen from it.
struct Column {
    report: Report,
    diagnosis: Diagnosis,
    path: Option<PathBuf>,
}

impl Column {
    fn new(report: Report, path: Option<PathBuf>) -> Self {
        let diagnosis = diagnose::diagnose(&report, &Policy::STANDARD);
        Self { report, diagnosis, path }
    }
}

async fn here(
    args: &RunArgs,
    look: &Look,
    settings: RunSettings,
    symptom: Option<Symptom>,
    signals: &Signals,
) -> anyhow::Result<Column> {
    let journal = settings.journal()?;
    let session = Session {
        plan: plan(settings.wish),
        way: settings.way,
        notes: settings.notes,
        symptom,
        pod: None,
        journal,
        follow_ups: !args.cost.no_follow_up,
    };
    let report = session.on_screen(look, args.report.quiet, signals).await?;
    Ok(Column::new(report, settings.report))
}

/// Both side by side, or the one that there is; nothing where a signal came before the first.
fn show(columns: Vec<Column>, look: &Look) -> anyhow::Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    let path = |column: &Column| column.path.as_ref().map(|path| path.display().to_string());
    if let [alone] = columns.as_slice() {
        return present::answer(&alone.report, &alone.diagnosis, look, path(alone).as_deref());
    }
    let paths: Vec<Option<String>> = columns.iter().map(path).collect();
    let (reports, diagnoses): (Vec<Report>, Vec<Diagnosis>) =
        columns.into_iter().map(|column| (column.report, column.diagnosis)).unzip();
    present::side_by_side(&reports, &diagnoses, &paths, look)
}

/// The report of the node lies beside that from here, and is called after the node.
fn node_path(settings: &RunSettings, args: &RunArgs, there: &There) -> Option<PathBuf> {
    let path = settings.report.clone()?;
    let named = there.job.node.as_deref().unwrap_or("node");
    if args.from_node.no_local {
        return Some(path);
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map_or_else(|| "jsonl".into(), |extension| extension.to_string_lossy());
    Some(path.with_file_name(format!("{stem}-{named}.{extension}")))
}

/// Its file. What was measured from here by now is not lost for want of one.
fn node_journal(path: Option<&Path>, is_all: bool) -> anyhow::Result<Option<JournalFile>> {
    match path.map(JournalFile::create).transpose() {
        Err(error) if !is_all => {
            output::complain(&error.to_string());
            Ok(None)
        }
        journal => Ok(journal?),
    }
}

fn ended_by(cause: StopCause) -> Exit {
    if cause == StopCause::Terminate { Exit::Terminated } else { Exit::Interrupted }
}
