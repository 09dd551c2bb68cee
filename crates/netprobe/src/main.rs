//! The program: arguments → settings → command → exit code. It measures nothing itself, judges nothing and lays nothing
//! out; it knows the system that all of that is done on: arguments, files, streams, signals.

mod args;
mod broken_probe;
mod bug;
mod commands;
mod exit;
mod look;
mod onlooker;
mod output;
mod present;
mod printer;
mod runtime;
mod session;
mod settings;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use exit::Exit;

fn main() -> ExitCode {
    bug::speak_plainly();
    let exit = match Args::try_parse() {
        Ok(args) => perform(args.command).unwrap_or_else(|error| {
            output::complain(&format!("{error:#}"));
            Exit::of_error(&error)
        }),
        Err(error) => output::not_understood(&error),
    };
    exit.into()
}

fn perform(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Run(args) => commands::run::run(&args),
        Command::Demo(args) => commands::demo::run(&args),
        Command::Serve(args) => commands::serve::run(&args),
        Command::Agent(args) => commands::agent::run(&args),
        Command::Diagnose(args) => commands::diagnose::run(&args),
        Command::Compare(args) => commands::compare::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Image(args) => commands::image::run(&args),
        Command::Probes(args) => commands::probes::run(&args),
        Command::Schema(args) => commands::schema::run(&args),
        Command::Completion(args) => commands::completion::run(&args),
        Command::Man(args) => commands::man::run(&args),
    }
}
