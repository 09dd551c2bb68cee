//! `netprobe run`.

use engine::plan;

use crate::args::look::Format;
use crate::args::run::RunArgs;
use crate::commands::from_node;
use crate::exit::Exit;
use crate::look::Look;
use crate::session::Session;
use crate::settings::{RunSettings, repository};
use crate::signals::Signals;
use crate::{output, present, runtime};

pub(crate) fn run(args: &RunArgs) -> anyhow::Result<Exit> {
    let look = Look::of(args.look);
    runtime::block_on(async {
        if args.from_node.from_node.is_some() {
            return from_node::run(args, &look).await;
        }
        let repository = repository::of_manifest(args)?;
        let settings = RunSettings::resolve(args, repository.as_ref()).await?;
        here(args, &look, settings).await
    })
}

/// From this machine alone.
async fn here(args: &RunArgs, look: &Look, settings: RunSettings) -> anyhow::Result<Exit> {
    let journal = settings.journal()?;
    let quiet = args.report.quiet;
    if !quiet {
        output::remark(&announcement(&settings));
    }
    let report_path = settings.report.as_ref().map(|path| path.display().to_string());
    let session = Session {
        plan: plan(settings.wish),
        way: settings.way,
        notes: settings.notes,
        symptom: None,
        pod: None,
        journal,
        follow_ups: !args.cost.no_follow_up,
    };
    let report = session.on_screen(look, quiet, &Signals::listen()?).await?;
    let exit = present::run(&report, look, report_path.as_deref())?;
    // The screen says it itself.
    if let (Some(path), false, true) = (&report_path, quiet, look.format != Format::Human) {
        output::remark(&format!("netprobe: the report lies in {path}"));
    }
    Ok(exit)
}

/// What it will cost, before it begins.
pub(crate) fn announcement(settings: &RunSettings) -> String {
    let wish = &settings.wish;
    let budget = reports::number::duration(wish.budget_us);
    let pack = if wish.full { "the whole pack" } else { "at most 25 MiB a run (--full takes the whole pack)" };
    format!("netprobe: {}, {pack}, within {budget}", wish.target)
}
