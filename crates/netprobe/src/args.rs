//! What can be typed, word for word. Nothing here touches the system: what the words come to is settled elsewhere.

pub(crate) mod agent;
pub(crate) mod compare;
pub(crate) mod demo;
pub(crate) mod diagnose;
mod duration;
pub(crate) mod explain;
pub(crate) mod fault;
pub(crate) mod from_node;
pub(crate) mod image;
pub(crate) mod look;
pub(crate) mod run;
pub(crate) mod serve;
mod size;

use clap::{Parser, Subcommand};

/// Finds out why `git clone` times out from one place and works from another.
#[derive(Debug, Parser)]
#[command(
    name = "netprobe",
    version,
    about = "Finds out why git clone times out from one place and works from another",
    long_about = LONG_ABOUT,
    after_help = AFTER_HELP,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One variant for each command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Box<run::RunArgs>),
    Demo(demo::DemoArgs),
    Serve(serve::ServeArgs),
    Agent(agent::AgentArgs),
    Diagnose(diagnose::DiagnoseArgs),
    Compare(compare::CompareArgs),
    Explain(explain::ExplainArgs),
    Image(image::ImageArgs),
    Probes(ProbesArgs),
    Schema(SchemaArgs),
    Completion(CompletionArgs),
    Man(ManArgs),
}

/// List what is measured: question, method, cost, rights, and what each probe cannot tell.
#[derive(Debug, clap::Args)]
pub(crate) struct ProbesArgs {
    /// Only this probe.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Print the JSON Schema of a thing that netprobe writes; without a name, list them.
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArgs {
    /// Its name, such as `run` or `journal-record`.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Print the completion script of a shell.
///
/// For example, for bash: `netprobe completion bash > ~/.local/share/bash-completion/completions/netprobe`
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual page of netprobe, or of one of its commands.
///
/// For example: `netprobe man run | man -l -`
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// A command of netprobe.
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

const LONG_ABOUT: &str = "\
Finds out why git clone, and Flux's clone above all, times out from one place and works from another.

It makes the fetch itself, in Flux's own words, over SSH or HTTPS, and times every stage of it: from the name lookup to \
the last byte of the pack. Where the fetch stalls it looks at the TCP connection, tries what would tell more, and says \
what is wrong, how it knows, and what to do. The pack is counted and checked, and never stored.

Linux only.";

const AFTER_HELP: &str = "\
Examples:
  netprobe demo                                   try it without a network
  netprobe run                                    the origin of the current checkout
  netprobe run ssh://git@github.com/org/repo.git  any repository
  netprobe diagnose report.jsonl                  judge a stored report again
  netprobe compare here.jsonl node.jsonl          reports side by side
  netprobe explain 'context deadline exceeded'    what a message says, and what it rules out

Exit codes:
  0  nothing is wrong (warnings included)    3  nothing could be decided
  1  a fault was seen                        4  warnings, with --strict
  2  usage or configuration                  130, 143  ended by Ctrl-C, by SIGTERM

Data goes to stdout; progress and remarks go to stderr.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_holds_together() {
        super::Args::command().debug_assert();
    }
}
