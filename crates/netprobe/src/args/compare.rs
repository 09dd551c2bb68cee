//! `netprobe compare`: stored reports, side by side.

use std::path::PathBuf;

use super::look::{Colour, PageFormat};

/// Lay stored reports side by side: which stages differ between the places, and where the fault therefore lies.
///
/// Two reports or more that asked for the same repository, made from different places: a workstation, pods on nodes. Durations
/// are compared and clocks never; what may not be compared says why. Nothing is measured. `run --from-node` prints the same
/// of the reports that it has just made.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompareArgs {
    /// A report: a journal (.jsonl), JSON as `run --format json` prints it, or the JSON of a comparison, which holds several;
    /// `-` is stdin.
    #[arg(value_name = "REPORT", required = true)]
    pub(crate) reports: Vec<PathBuf>,

    /// What to print on stdout. `human` is one screen; `markdown` is for an issue; `json` is one document with the comparison
    /// and, for each column, its report and diagnosis.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: PageFormat,

    /// When to use colour. `auto` looks at the terminal and at `NO_COLOR`, `CLICOLOR` and `TERM`.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: Colour,

    /// Draw with ASCII characters only.
    #[arg(long, help_heading = "Output")]
    pub(crate) ascii: bool,
}

const EXAMPLES: &str = "\
Examples:
  netprobe compare here.jsonl here-npk-n2.jsonl
  netprobe compare --format markdown monday.jsonl tuesday.jsonl
  netprobe compare comparison.json";
