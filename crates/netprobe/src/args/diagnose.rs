//! `netprobe diagnose`: stored reports, judged again.

use std::path::PathBuf;

use super::look::LookArgs;

/// Judge stored reports with the rules of this version.
///
/// Journals are read up to their last whole record, so a report of a run that was killed is good too.
#[derive(Debug, clap::Args)]
pub(crate) struct DiagnoseArgs {
    /// A report: a journal (.jsonl), or JSON as `run --format json` prints it; `-` is stdin.
    #[arg(value_name = "REPORT", required = true)]
    pub(crate) reports: Vec<PathBuf>,

    /// Exit as `run` would have, with the worst of the reports: 1 for a fault, 3 where nothing could be decided.
    #[arg(long)]
    pub(crate) check: bool,

    #[command(flatten)]
    pub(crate) look: LookArgs,
}
