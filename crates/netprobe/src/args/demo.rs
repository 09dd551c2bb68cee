//! `netprobe demo`: everything against the embedded endpoint.

use std::path::PathBuf;

use clap::ValueEnum;

use super::look::LookArgs;

/// Try everything against a git server inside this program, on loopback: no network is needed.
///
/// Nobody's configuration is read and no file is written. With a fault it exits with 1, as `run` does when it sees one.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DemoArgs {
    /// What goes wrong.
    #[arg(long, value_enum, default_value_t, value_name = "FAULT")]
    pub(crate) fault: DemoFault,

    /// What to go over. Without it: `both` where all is well, `ssh` with a fault.
    #[arg(long, value_enum, value_name = "TRANSPORT")]
    pub(crate) transport: Option<DemoTransport>,

    /// Keep the report in this file; with one transport only.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Nothing on stderr but errors.
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// What goes wrong in a demo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoFault {
    /// Nothing: a healthy clone.
    #[default]
    None,
    /// The server falls silent right behind its NAK, where Flux says "error decoding upload-pack response".
    Freeze,
    /// The server computes for seconds before the pack, and says so with keepalives.
    Slow,
    /// The server closes the connection in the middle of the pack.
    Cut,
}

/// What a demo goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoTransport {
    Ssh,
    Https,
    Both,
}

const EXAMPLES: &str = "\
Examples:
  netprobe demo                            a healthy clone over SSH, then over HTTPS
  netprobe demo --fault freeze             a clone that dies as in the field: exit code 1
  netprobe demo --fault cut --transport https";
