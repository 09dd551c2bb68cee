//! `netprobe explain`: messages of others, explained.

use std::path::PathBuf;

use super::look::{Colour, PageFormat};

/// Explain messages of Flux, git, ssh and curl: which stage they come from, what had worked before, what that rules out, the
/// likeliest causes, and the run that settles it.
///
/// It takes one message, or whole logs and objects in the shapes in which people have them: `kubectl logs`, `flux logs`,
/// `kubectl get -o yaml` and `-o json`, `kubectl describe`, events, tables of `flux get`, the output of git, ssh and curl.
/// Each kind of message is explained when it is first seen, also while a log is still being followed; the end says how often
/// each was seen, when, and by which objects. Nothing is measured, and passwords and tokens are never repeated.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The message; several words are one message. `-`, or nothing at all, reads stdin.
    #[arg(value_name = "MESSAGE", conflicts_with = "files")]
    pub(crate) message: Vec<String>,

    /// Read these files in place of a message.
    #[arg(short, long = "file", value_name = "FILE", num_args = 1..)]
    pub(crate) files: Vec<PathBuf>,

    /// What to print on stdout. `human` is for a terminal; `markdown` for an issue; `json` is one document when all is read.
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
  netprobe explain 'error decoding upload-pack response: context deadline exceeded'
  kubectl -n flux-system logs deploy/source-controller | netprobe explain
  kubectl get gitrepositories -A -o yaml | netprobe explain
  git clone git@host:repo 2>&1 | netprobe explain
  netprobe explain --format json --file source-controller.log";
