//! `netprobe man`: manual pages.

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::args::{Args, ManArgs};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &ManArgs) -> anyhow::Result<Exit> {
    let mut program = Args::command();
    // Gives the commands the names that their pages bear: netprobe-run(1).
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => {
            let known: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
            let command = program.find_subcommand(name);
            let expected = || format!("netprobe has no command `{name}`; expected one of: {}", known.join(", "));
            command.with_context(expected)?.clone()
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    output::data(&String::from_utf8(page)?)?;
    Ok(Exit::Fine)
}
