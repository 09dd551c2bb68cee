//! Development only: `cargo xtask check | test | lab | e2e | fuzz | generate | bench | dist`.
//!
//! Knows what has to be true of this repository and how to find out. Refuses to be needed by users: nothing that
//! netprobe does at run time is here.
#![expect(clippy::print_stdout, reason = "a task runner talks to the person who started it")]

mod bench;
mod check;
mod dist;
mod e2e;
mod fuzz;
mod generate;
mod lab;
mod metadata;
mod setup;
mod step;
mod suite;
mod supervise;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Tasks of the netprobe workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Everything that has to be true of a commit, one step after the other.
    Check {
        /// Only the steps whose name contains this text.
        filter: Option<String>,
    },
    /// All set-up and all tests; what CI runs. As root on Debian it installs the servers that the tests need.
    Test,
    /// Tries scenarios out in broken networks, and says how often netprobe was right.
    Lab(lab::LabArgs),
    /// Tries netprobe on a real Kubernetes, beside the real source-controller.
    E2e(e2e::E2eArgs),
    /// Makes up inputs for everything that reads foreign bytes, and keeps those that break a promise.
    Fuzz(fuzz::FuzzArgs),
    /// Writes the generated files: references and schemas.
    Generate {
        /// Only compare, and fail where a file is out of date.
        #[arg(long)]
        check: bool,
    },
    /// Builds netprobe as it is shipped: one static program, ready for `netprobe image`.
    Dist {
        /// What cargo builds with; `dev` is there within seconds, and slow.
        #[arg(long, value_name = "NAME", default_value = dist::SHIPPED)]
        profile: String,
    },
    /// Measures the bars of speed, memory and size against real servers on loopback.
    Bench {
        /// Only the benchmarks whose name contains this text.
        filter: Option<String>,
        /// Paired runs for each benchmark.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=99))]
        runs: u32,
    },
    /// In a laboratory's shell: asks the emulated link, or changes what it does.
    #[command(hide = true)]
    Link { socket: std::path::PathBuf, words: Vec<String> },
    /// Runs one command and prints what it cost as JSON: a process of its own, so that the figures are that command's.
    #[command(hide = true)]
    Measured {
        #[arg(last = true, required = true)]
        command: Vec<std::ffi::OsString>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all is well. An error means that it could not be found out.
fn run(task: Task) -> Result<bool> {
    match task {
        Task::Check { filter } => step::run_all(&Workspace::load()?, check::STEPS, filter.as_deref().unwrap_or("")),
        Task::Test => {
            setup::install_missing()?;
            step::run_all(&Workspace::load()?, check::TEST_STEPS, "")
        }
        Task::Lab(arguments) => lab::run(&Workspace::load()?, &arguments),
        Task::E2e(arguments) => e2e::run(&Workspace::load()?, &arguments),
        Task::Fuzz(arguments) => fuzz::run(&Workspace::load()?, &arguments),
        Task::Link { socket, words } => {
            print!("{}", ::lab::shell::ask_link(&socket, &words)?);
            Ok(true)
        }
        Task::Generate { check } => generate::run(&Workspace::load()?, check),
        Task::Bench { filter, runs } => bench::run(&Workspace::load()?, filter.as_deref().unwrap_or(""), runs),
        Task::Dist { profile } => dist::run(&Workspace::load()?, &profile),
        Task::Measured { command } => bench::cost::print(&command),
    }
}
