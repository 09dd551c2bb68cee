//! `cargo xtask lab`: scenarios tried out, and the matrix that says how often netprobe is right.
//!
//! Knows which scenarios a user means, where results go and what a terminal shows meanwhile. The laboratory itself is
//! the crate `lab`.

mod coverage;
mod screen;

use std::env;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use ::lab::bed::Bed;
use ::lab::campaign::{Campaign, Studies};
use ::lab::emulator::LinkPlan;
use ::lab::network::Network;
use ::lab::programs;
use ::lab::results::Results;
use ::lab::scenario::{Library, Scenario};
use ::lab::trial::Programs;
use anyhow::{Context as _, Result, ensure};
use model::Transport;
use nix::unistd::geteuid;

use crate::workspace::Workspace;
use crate::{setup, supervise};

pub(crate) use coverage::complaints as coverage;

/// What `cargo xtask lab` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct LabArgs {
    /// Scenarios or folders of scenarios, as `--list` shows them.
    names: Vec<String>,
    /// Every scenario with the tag `smoke`: each finding once.
    #[arg(long, conflicts_with_all = ["names", "full"])]
    smoke: bool,
    /// Every scenario, with dated results under `docs/results`; goes on where an earlier one was interrupted.
    #[arg(long, conflicts_with = "names")]
    full: bool,
    /// What there is.
    #[arg(long)]
    list: bool,
    /// A shell on the client of this scenario, to look around in.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["names", "smoke", "full"])]
    shell: Option<String>,
    /// Over which transport the shell's repository is served. Without it: the first of which the scenario expects something.
    #[arg(long, value_name = "SCHEME", requires = "shell")]
    over: Option<String>,
    /// Keep what is seen, for `--smoke` to judge again: for scenarios with the tag `study`, which take minutes.
    #[arg(long, requires = "names")]
    store: bool,
    /// Trials at a time. Most of them wait for packets that never come.
    #[arg(long, default_value = "4")]
    jobs: NonZeroUsize,
    /// How netprobe is built: `dev`, `release` or `dist`.
    #[arg(long, default_value = "release")]
    profile: String,
}

/// Does what was asked; whether all was as expected. The work is done by a child, so that however that ends, nothing of
/// it stays.
pub(crate) fn run(workspace: &Workspace, arguments: &LabArgs) -> Result<bool> {
    let library = Library::own()?;
    if arguments.list {
        screen::list(&library);
        return Ok(true);
    }
    if !supervise::is_supervised()? {
        setup::install_missing()?;
        ensure!(possible()?, "the laboratory cannot run here, see above");
        return supervise::again(env::args_os().skip(1), ::lab::sweep);
    }
    if let Some(name) = &arguments.shell {
        return shell(workspace, &library, name, arguments);
    }
    let scenarios: Vec<&Scenario> = match (arguments.smoke, arguments.full, arguments.names.as_slice()) {
        (true, ..) => library.tagged(SMOKE),
        (_, true, _) => library.all().collect(),
        (_, _, []) => anyhow::bail!("which scenarios? `--smoke`, `--full`, or names as `--list` shows them"),
        (_, _, names) => library.named(names)?,
    };
    let programs = Programs::find(&build(workspace, &arguments.profile)?)?;
    let folder = if arguments.full {
        unfinished(&workspace.root.join(RESULTS), &scenarios, &programs)?
    } else {
        fresh(Path::new(&workspace.metadata.target_directory))
    };
    let studies = match (arguments.store, arguments.smoke) {
        (true, _) => Studies::Store,
        (_, true) => Studies::Stored,
        _ => Studies::Live,
    };
    let mut results = Results::open(&folder)?;
    let campaign = Campaign { programs: &programs, scenarios, jobs: arguments.jobs, studies };
    campaign.run(&mut results, screen::progress)?;
    let page = results.write_page("Results of the laboratory", &library, programs.instruments())?;
    let matrix = results.matrix(&library, programs.instruments());
    screen::say(&format!("\n{}\nrecords and this page: {}", matrix.text(), page.display()));
    Ok(matrix.is_green())
}

/// The step of `cargo xtask test`.
pub(crate) fn smoke(_: &Workspace) -> Result<Vec<String>> {
    if !possible()? {
        return Ok(Vec::new());
    }
    // Built as the tests build it too.
    let green = supervise::again(["lab", "--smoke", "--profile", "dev"].map(Into::into).into_iter(), ::lab::sweep)?;
    Ok(if green { Vec::new() } else { vec!["not every trial was as expected, see above".to_owned()] })
}

/// Whether this computer can hold a laboratory. Where it cannot, that was said; where `CI` is set, it is an error.
fn possible() -> Result<bool> {
    if !geteuid().is_root() {
        programs::announce("SKIPPED: the laboratory makes network namespaces, which takes root");
        ensure!(env::var_os("CI").is_none(), "the laboratory must not be skipped where CI is set: run as root");
        return Ok(false);
    }
    if !programs::ready(programs::ALL)? {
        return Ok(false);
    }
    // Once, so that what this computer cannot do is told once.
    Network::up(LinkPlan::default()).context("this computer does not let root build networks of its own")?;
    Ok(true)
}

fn build(workspace: &Workspace, profile: &str) -> Result<PathBuf> {
    let complaints =
        workspace.cargo_step(&["build", "--quiet", "--locked", "--profile", profile, "--package", "netprobe"], &[])?;
    ensure!(complaints.is_empty(), "{}", complaints.join("; "));
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(Path::new(&workspace.metadata.target_directory).join(folder).join("netprobe"))
}

/// A folder of its own for the results of this run, beside those of earlier ones.
fn fresh(target: &Path) -> PathBuf {
    target.join("lab").join(format!("{}-{}", ::lab::trial::moment(), std::process::id()))
}

/// The folder of the newest full run if it lacks trials of this netprobe, else one of today.
fn unfinished(results: &Path, scenarios: &[&Scenario], programs: &Programs) -> Result<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(results)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.join("records.jsonl").is_file()))
        .collect();
    folders.sort();
    if let Some(newest) = folders.pop() {
        let made = Results::open(&newest)?;
        let keys = scenarios.iter().flat_map(|scenario| {
            scenario.content.expect.iter().map(|(transport, _)| programs.key(scenario, transport))
        });
        let (done, open): (Vec<_>, Vec<_>) = keys.partition(|key| made.done(key).is_some());
        if !done.is_empty() && !open.is_empty() {
            println!("going on with {}: {} trials are done, {} are not", newest.display(), done.len(), open.len());
            return Ok(newest);
        }
    }
    Ok(results.join(::lab::trial::today()))
}

fn shell(workspace: &Workspace, library: &Library, name: &str, arguments: &LabArgs) -> Result<bool> {
    let found = library.named(&[name])?;
    ensure!(found.len() == 1, "`{name}` is a folder of {} scenarios; a shell is for one of them", found.len());
    let scenario = found.first().context("no scenario")?;
    let mut transports = scenario.content.expect.iter().map(|(transport, _)| transport);
    let transport = match &arguments.over {
        None => transports.next().context("a scenario that expects nothing")?,
        Some(scheme) => [Transport::Ssh, Transport::Https, Transport::Http]
            .into_iter()
            .find(|transport| transport.scheme() == scheme)
            .with_context(|| format!("`{scheme}` is none of ssh, https and http"))?,
    };
    let netprobe = build(workspace, &arguments.profile)?;
    let bed = Bed::build(scenario, transport)?;
    println!("{}", ::lab::shell::greeting(&bed, scenario));
    ::lab::shell::run(&bed, &netprobe)
}

const SMOKE: &str = "smoke";
const RESULTS: &str = "docs/results";
