//! How the answer shall look.

use clap::ValueEnum;

/// Options of every command that prints a screen.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct LookArgs {
    /// What to print on stdout. `human` is one screen; `json` is one document with report and diagnosis; `jsonl` is
    /// the records of a run as they happen, one a line, and the diagnosis last.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// When to use colour. `auto` looks at the terminal and at `NO_COLOR`, `CLICOLOR` and `TERM`.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Colour,

    /// Draw with ASCII characters only.
    #[arg(long)]
    pub(crate) ascii: bool,

    /// Exit with 4 where there are warnings (`diagnose`: with `--check`).
    #[arg(long)]
    pub(crate) strict: bool,
}

/// What goes to stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Human,
    Json,
    Jsonl,
}

/// What goes to stdout, where the answer is a page and no run is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    #[default]
    Human,
    Json,
    Markdown,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}
