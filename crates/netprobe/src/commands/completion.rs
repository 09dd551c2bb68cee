//! `netprobe completion`: scripts for shells.

use clap::CommandFactory as _;

use crate::args::{Args, CompletionArgs};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &CompletionArgs) -> anyhow::Result<Exit> {
    // clap_complete panics where its writer fails, and a pipe may: so it writes into memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "netprobe", &mut script);
    output::data(&String::from_utf8(script)?)?;
    Ok(Exit::Fine)
}
