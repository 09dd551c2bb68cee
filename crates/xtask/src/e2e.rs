//! `cargo xtask e2e`: netprobe on a real Kubernetes, beside the real source-controller.
//!
//! Knows which cluster is meant, how it is brought up, and what has to be gone afterwards. What is tried there is in
//! `cases`.

mod bench;
mod case;
mod cases;
mod checks;
mod fault;
mod flux;
mod git_server;
mod image;
mod kube;
mod netprobe;
mod scene;
mod workstation;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use clap::ValueEnum;
use lab::programs::{Program, announce};
use nix::unistd::geteuid;

use self::bench::{Bench, GATEWAY};
use self::case::say;
use self::cases::anywhere::{self, Anywhere};
use self::git_server::GitServer;
use self::image::Image;
use self::kube::Kube;
use self::scene::Scene;
use crate::supervise;
use crate::workspace::Workspace;

/// What `cargo xtask e2e` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct E2eArgs {
    /// Only the cases whose name contains one of these texts.
    names: Vec<String>,
    /// What there is.
    #[arg(long)]
    list: bool,
    /// Where. Without it: the cluster that KUBECONFIG names, else the bench.
    #[arg(long, value_enum, value_name = "WHERE")]
    on: Option<Ground>,
    /// How netprobe is built: `dev`, `release` or `dist`.
    #[arg(long, default_value = "dev")]
    profile: String,
}

/// Which cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ground {
    /// The one that `../shared/cluster` makes on this machine, with source-controller, faults and a workstation.
    Bench,
    /// The one that KUBECONFIG names, with the image that `NETPROBE_IMAGE` names: only what needs nothing else.
    Kubeconfig,
}

/// Tries the cases; whether all was as expected. The work is done by a child, so that however that ends, nothing stays.
pub(crate) fn run(workspace: &Workspace, arguments: &E2eArgs) -> Result<bool> {
    if arguments.list {
        case::list(anywhere::ALL);
        case::list(cases::ALL);
        return Ok(true);
    }
    let ground = arguments.on.unwrap_or_else(|| chosen(workspace));
    match (ground, supervise::is_supervised()?) {
        (Ground::Kubeconfig, true) => elsewhere(workspace, arguments),
        (Ground::Bench, true) => on_bench(workspace, arguments),
        (_, false) => watched(workspace, ground, env::args_os().skip(1)),
    }
}

/// The step of `cargo xtask test`. On a cluster that KUBECONFIG names only where an image is named for it: else nobody asked
/// for namespaces there.
pub(crate) fn step(workspace: &Workspace) -> Result<Vec<String>> {
    let meant = chosen(workspace) == Ground::Kubeconfig && env::var_os(IMAGE).is_some();
    let (ground, name) = if meant { (Ground::Kubeconfig, "kubeconfig") } else { (Ground::Bench, "bench") };
    let green = watched(workspace, ground, ["e2e", "--on", name].map(Into::into).into_iter())?;
    Ok(if green { Vec::new() } else { vec!["not every case was as expected, see above".to_owned()] })
}

/// Lets a child of this program do it, and clears up behind it. Where there is no cluster nothing is wrong, and that is said.
fn watched(workspace: &Workspace, ground: Ground, arguments: impl Iterator<Item = OsString>) -> Result<bool> {
    if ground == Ground::Bench {
        return possible(workspace)?.map_or(Ok(true), |bench| supervised(&bench, arguments));
    }
    let kube = named_cluster().context("KUBECONFIG names no file")?;
    ensure!(env::var_os(IMAGE).is_some(), "{IMAGE} has to name an image that the nodes of this cluster can get");
    supervise::again(arguments, || {
        ::lab::sweep()?;
        scene::remove_namespaces(&kube)
    })
}

fn chosen(workspace: &Workspace) -> Ground {
    // Who has sourced the bench's environment means the bench.
    let own = Bench::find(workspace).is_some_and(|bench| env::var_os(CONFIG) == Some(bench.file("kubeconfig").into()));
    if env::var_os(CONFIG).is_some() && !own { Ground::Kubeconfig } else { Ground::Bench }
}

fn named_cluster() -> Option<Kube> {
    Some(Kube::new("kubectl".into(), PathBuf::from(env::var_os(CONFIG)?)))
}

/// The bench, if this machine can hold it. Where it cannot, that was said; where `CI` is set and the bench is there, it is
/// an error.
fn possible(workspace: &Workspace) -> Result<Option<Bench>> {
    let Some(bench) = Bench::find(workspace) else {
        announce("SKIPPED: no real cluster: there is no folder ../shared/cluster beside this workspace");
        announce("SKIPPED: for another one, name it with KUBECONFIG and NETPROBE_IMAGE, and run `cargo xtask e2e`");
        return Ok(None);
    };
    let lacks = [
        (!geteuid().is_root(), "it takes root"),
        (PathBuf::from("/sys/fs/cgroup/cgroup.controllers").exists(), "it takes cgroup version 1"),
        (GO.find().is_none(), "it takes Go to build Kubernetes with"),
    ];
    let lacks: Vec<&str> = lacks.iter().filter(|(lacking, _)| *lacking).map(|(_, what)| *what).collect();
    if lacks.is_empty() {
        return Ok(Some(bench));
    }
    announce(&format!("SKIPPED: no real cluster on this machine: {}", lacks.join(", ")));
    ensure!(env::var_os("CI").is_none(), "the real cluster must not be skipped where CI is set: {}", lacks.join(", "));
    Ok(None)
}

/// Runs the cases in a child. A bench that was up stays up, without anything of ours; one that was not goes down.
fn supervised(bench: &Bench, arguments: impl Iterator<Item = OsString>) -> Result<bool> {
    let (was_up, served) = (bench.is_up(), bench.serves_git());
    supervise::again(arguments, || {
        ::lab::sweep()?;
        if !was_up {
            return bench.down();
        }
        remove_faults(bench);
        if !served {
            GitServer::stop(bench)?;
        }
        scene::remove_namespaces(&bench.kube())
    })
}

fn on_bench(workspace: &Workspace, arguments: &E2eArgs) -> Result<bool> {
    let bench = Bench::find(workspace).context("the bench is gone")?;
    let started = Instant::now();
    // A fault that an earlier run left would make the cluster ill.
    remove_faults(&bench);
    let image = thread::scope(|scope| {
        let image = scope.spawn(|| Image::build(workspace, &arguments.profile));
        let up = bench.up();
        let image = image.join().map_err(|_| anyhow!("a panic while netprobe was built"))?;
        up.and(image)
    })?;
    let scene = Scene::set(bench, image)?;
    say(&format!("the scene is set after {:.0} s", started.elapsed().as_secs_f64()));
    let server = Anywhere::set(&scene.kube, &scene.image, None)?;
    let anywhere = case::run_some(anywhere::ALL, &arguments.names, &server, &scene.kube)?;
    server.clear()?;
    let bench = case::run_some(cases::ALL, &arguments.names, &scene, &scene.kube)?;
    say(&format!("{:.0} s in all", started.elapsed().as_secs_f64()));
    case::sum(&[anywhere, bench])
}

fn elsewhere(workspace: &Workspace, arguments: &E2eArgs) -> Result<bool> {
    let kube = named_cluster().context("KUBECONFIG names no file")?;
    let image = Image::build(workspace, &arguments.profile)?;
    scene::remove_namespaces(&kube)?;
    scene::make_namespaces(&kube)?;
    let server = Anywhere::set(&kube, &image, env::var(IMAGE).ok())?;
    case::sum(&[case::run_some(anywhere::ALL, &arguments.names, &server, &kube)?])
}

fn remove_faults(bench: &Bench) {
    for node in bench.nodes() {
        fault::mend(&node);
    }
    fault::remove(GATEWAY);
}

const GO: Program = Program { name: "go", package: "golang-go", purpose: "a real Kubernetes" };
const CONFIG: &str = "KUBECONFIG";
const IMAGE: &str = "NETPROBE_IMAGE";
