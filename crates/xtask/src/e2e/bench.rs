//! The cluster on this machine that `shared/cluster` makes: two nodes, source-controller, a way out, a place outside.
//!
//! Knows the scripts of that folder and the names that its README promises. Refuses to know what is tried on it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use lab::process;
use lab::programs::NSENTER;

use super::kube::Kube;
use crate::workspace::Workspace;

/// The bench, up or not. There is one of them on a machine.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    scripts: PathBuf,
    state: PathBuf,
}

impl Bench {
    /// Where the folder with its scripts lies beside this workspace.
    pub(super) fn find(workspace: &Workspace) -> Option<Self> {
        let scripts = workspace.root.join("../shared/cluster").canonicalize().ok()?;
        let state = env::var_os("NETPROBE_CLUSTER_STATE").map_or_else(|| STATE.into(), PathBuf::from);
        scripts.join("up").is_file().then_some(Self { scripts, state })
    }

    /// Whether somebody has brought it up already.
    pub(super) fn is_up(&self) -> bool {
        self.state.join("complete").exists()
    }

    /// Whether a git server runs in it already.
    pub(super) fn serves_git(&self) -> bool {
        self.file("git/pid").exists()
    }

    /// Brings it up, or adds what one that is up lacks. Its programs are built first where they are not there: that
    /// takes ten minutes, and the script tells how far it is.
    pub(super) fn up(&self) -> Result<()> {
        let status = self.script("up").args(["--nodes", "2", "--flux"]).status()?;
        ensure!(status.success(), "{} did not bring the cluster up, see above", self.scripts.join("up").display());
        Ok(())
    }

    /// Takes all of it away.
    pub(super) fn down(&self) -> Result<()> {
        self.quiet("down", &[]).map(drop)
    }

    /// Gives an image to every node.
    pub(super) fn load(&self, archive: &Path) -> Result<()> {
        self.quiet("load", &[&archive.display().to_string()]).map(drop)
    }

    /// Runs a script of the folder and returns what it printed.
    pub(super) fn quiet(&self, script: &str, arguments: &[&str]) -> Result<String> {
        process::run(self.script(script).args(arguments), SCRIPT)?.success(script)
    }

    /// A file of its state folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }

    /// Its cluster, with all rights.
    pub(super) fn kube(&self) -> Kube {
        Kube::new(self.file("bin/kubectl"), self.file("kubeconfig"))
    }

    /// Names of its nodes, running or not.
    pub(super) fn nodes(&self) -> Vec<String> {
        ["npk-n1", "npk-n2", "npk-n3"].iter().filter(|name| self.file(name).exists()).map(ToString::to_string).collect()
    }

    /// A command in the network of one of its places: a node, [`GATEWAY`], [`SWITCH`].
    pub(super) fn in_network(place: &str, program: &Path) -> Result<Command> {
        let mut command = Command::new(NSENTER.path()?);
        command.arg(format!("--net=/run/netns/{place}")).arg(program);
        Ok(command)
    }

    /// Containerd's own client on a node.
    pub(super) fn containerd(&self, node: &str, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(self.file("bin/node-ctr"));
        process::run(command.arg(node).args(arguments), SCRIPT)?.success("node-ctr")
    }

    fn script(&self, name: &str) -> Command {
        Command::new(self.scripts.join(name))
    }
}

/// The way out of the cluster: everything between nodes and the git server is forwarded here, in by `eth1`.
pub(super) const GATEWAY: &str = "npk-gw";
/// The switch, with its bridge `lan0`.
pub(super) const SWITCH: &str = "npk-lan";
/// The address of the git server and of the resolver.
pub(super) const OUTSIDE: &str = "10.91.0.2";

const STATE: &str = "/run/netprobe-cluster";
/// Each of the short ones takes seconds.
const SCRIPT: Duration = Duration::from_mins(2);
