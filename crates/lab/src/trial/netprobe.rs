//! netprobe as a program that anybody starts: by its command line, read by its JSON.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::bed::{Bed, NOBODY};
use crate::git;
use crate::record::{self, Answer, NetprobeRan};
use crate::scenario::Scenario;
use crate::workplace::Folder;

/// A copy of a program where anybody can start it, whoever may read the folder that it was built in.
#[derive(Debug)]
pub(super) struct Netprobe(Folder);

impl Netprobe {
    pub(super) fn copy(program: &Path) -> Result<Self> {
        let folder = Folder::new("netprobe")?;
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        let own = Self(folder);
        fs::copy(program, own.path()).with_context(|| format!("cannot copy {}", program.display()))?;
        fs::set_permissions(own.path(), Permissions::from_mode(0o755))?;
        Ok(own)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().join("netprobe")
    }

    /// Runs it without any rights, as it is to be run; also returns what it printed.
    pub(super) fn run(&self, bed: &Bed, scenario: &Scenario) -> Result<(NetprobeRan, String)> {
        let mut command = Command::new(self.path());
        command.uid(NOBODY).gid(NOBODY);
        command.env_clear().env("HOME", bed.home()).envs(git::NEUTRAL.iter().copied()).env("PATH", PATH);
        command.envs(&scenario.content.client.environment);
        command.args(["run", "--format", "json", "--no-report"]).args(bed.question().arguments());
        let finished = bed.client().run(&mut command, NETPROBE_BOUND)?;
        let answer = Answer::parse(&finished.stdout).ok();
        let stderr = if answer.is_some() { String::new() } else { record::last_words(&finished.stderr) };
        let ran =
            NetprobeRan { exit_code: finished.status.code(), seconds: finished.took.as_secs_f64(), answer, stderr };
        Ok((ran, finished.stdout))
    }
}

/// git's credential helpers and ssh are looked up here by netprobe.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// netprobe's default budget is 30 s, and it promises to end within a second after it.
const NETPROBE_BOUND: Duration = Duration::from_secs(45);
