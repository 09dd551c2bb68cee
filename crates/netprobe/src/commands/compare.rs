//! `netprobe compare`: stored reports side by side, judged by today's rules.

use anyhow::ensure;
use diagnose::{Diagnosis, Policy};
use model::Report;
use reports::side_by_side;

use super::diagnose::read_all;
use crate::args::compare::CompareArgs;
use crate::args::look::{Format, LookArgs, PageFormat};
use crate::exit::Exit;
use crate::look::Look;
use crate::output;

pub(crate) fn run(args: &CompareArgs) -> anyhow::Result<Exit> {
    let look = LookArgs { format: Format::Human, color: args.color, ascii: args.ascii, strict: false };
    let style = Look::of(look).style;
    let (reports, paths): (Vec<Report>, Vec<Option<String>>) =
        read_all(&args.reports)?.into_iter().map(|(report, path)| (report, Some(path.display().to_string()))).unzip();
    ensure!(reports.len() > 1, "there is one report, and nothing to compare it with; give two or more");
    let diagnoses: Vec<Diagnosis> =
        reports.iter().map(|report| diagnose::diagnose(report, &Policy::STANDARD)).collect();
    let comparison = diagnose::compare(&reports, &Policy::STANDARD);
    let text = match args.format {
        PageFormat::Human => side_by_side::render(&reports, &diagnoses, &comparison, &paths, &style),
        PageFormat::Markdown => side_by_side::markdown(&reports, &diagnoses, &comparison, &paths),
        PageFormat::Json => side_by_side::document(&reports, &diagnoses, &comparison)?,
    };
    output::data(&text)?;
    Ok(Exit::Fine)
}
