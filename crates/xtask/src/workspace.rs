//! The repository as the checks see it: where it is, which files it has, what cargo says about it.
//!
//! The only place that asks git and cargo for facts.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::metadata::Metadata;

/// The repository.
pub(crate) struct Workspace {
    /// Its root folder.
    pub(crate) root: PathBuf,
    /// Every file that is or could be committed, relative to the root, in order.
    pub(crate) files: BTreeSet<String>,
    /// What cargo knows.
    pub(crate) metadata: Metadata,
}

impl Workspace {
    /// Asks git and cargo.
    pub(crate) fn load() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let listed = output(Command::new("git").current_dir(&root).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        // Git still lists what was deleted but not yet committed.
        let files = listed.split('\0').filter(|file| root.join(file).is_file()).map(ToOwned::to_owned).collect();
        let described = output(cargo(&root).args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            PLATFORM,
        ]))?;
        let metadata = serde_json::from_str(&described).context("cargo metadata said something unexpected")?;
        Ok(Self { root, files, metadata })
    }

    /// The text of a file of the repository.
    pub(crate) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.root.join(file)).with_context(|| format!("cannot read {file}"))
    }

    /// All files whose name ends so, with their text.
    pub(crate) fn read_all(&self, ending: &str) -> Result<Vec<(String, String)>> {
        let wanted = self.files.iter().filter(|file| file.ends_with(ending));
        wanted.map(|file| Ok((file.clone(), self.read(file)?))).collect()
    }

    /// A cargo command, with the cargo that runs this program.
    pub(crate) fn cargo(&self) -> Command {
        cargo(&self.root)
    }

    /// Runs cargo with its output on this terminal; a failure is a complaint, as cargo has said what is wrong.
    pub(crate) fn cargo_step(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Vec<String>> {
        let mut command = self.cargo();
        command.args(arguments).envs(environment.iter().copied());
        let status = command.status().context("cannot start cargo")?;
        let line = arguments.join(" ");
        Ok(if status.success() { Vec::new() } else { vec![format!("`cargo {line}` failed, see above")] })
    }
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("cannot start {program}"))?;
    if !output.status.success() {
        bail!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{program} did not print UTF-8"))
}

/// What netprobe is made for. Dependencies of other systems are not judged.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
