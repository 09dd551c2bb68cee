//! `cargo xtask fuzz`: builds the targets of `crates/fuzz` with coverage, and lets libFuzzer make up inputs for them.
//!
//! Knows cargo's and libFuzzer's options (docs/decisions/0009). What is promised of a target is not known here.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ::fuzz::{TARGETS, Target};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use lab::programs::{self, Program};

use crate::workspace::Workspace;

/// What `cargo xtask fuzz` takes.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Only these targets; all of them where none is named.
    targets: Vec<String>,
    /// Inputs to try on each target.
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    executions: u64,
    /// End after this many seconds for each target, whatever was tried until then.
    #[arg(long)]
    seconds: Option<u64>,
    /// Where chance begins; another one each time where none is given.
    #[arg(long)]
    seed: Option<u32>,
    /// Afterwards keep the smallest set of inputs that reaches all code which was reached, in crates/fuzz/corpus.
    #[arg(long)]
    keep: bool,
}

/// Runs the targets one after the other. False where one of them broke a promise.
pub(crate) fn run(workspace: &Workspace, arguments: &FuzzArgs) -> Result<bool> {
    let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    for name in &arguments.targets {
        ensure!(known.contains(&name.as_str()), "no target is called `{name}`; there are: {}", known.join(", "));
    }
    let fuzzer = Fuzzer::build(workspace, Build::Fast)?;
    let chosen = |target: &&Target| arguments.targets.is_empty() || arguments.targets.iter().any(|n| n == target.name);
    let mut well = true;
    for target in TARGETS.iter().filter(chosen) {
        let mut options = vec![format!("-runs={}", arguments.executions), "-print_final_stats=1".to_owned()];
        options.extend(arguments.seconds.map(|seconds| format!("-max_total_time={seconds}")));
        options.extend(arguments.seed.map(|seed| format!("-seed={seed}")));
        println!("\n{}", target.name);
        let status = fuzzer.attack(target, &options, &fuzzer.found.join(target.name))?.status();
        let held = status.context("cannot start libFuzzer")?.success();
        well &= held;
        if held && arguments.keep {
            fuzzer.keep(target)?;
        }
    }
    Ok(well)
}

/// The step of `cargo xtask test`: a short run of every target from the kept corpus, with the same chance every time.
pub(crate) fn short(workspace: &Workspace) -> Result<Vec<String>> {
    if !programs::ready(&[COMPILER])? {
        return Ok(Vec::new());
    }
    let fuzzer = Fuzzer::build(workspace, Build::Shared)?;
    let found = tempfile::tempdir()?;
    let mut complaints = Vec::new();
    for target in TARGETS {
        let options = [SHORT_RUN, SHORT_TIME, "-seed=1"].map(str::to_owned);
        let output = fuzzer.attack(target, &options, &found.path().join(target.name))?.output();
        let output = output.context("cannot start libFuzzer")?;
        if !output.status.success() {
            println!("{}", String::from_utf8_lossy(&output.stderr));
            complaints.push(format!("{} broke a promise, see above; the input is in crates/fuzz/crashes", target.name));
        }
    }
    Ok(complaints)
}

/// How the targets are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Build {
    /// For long runs: dependencies are optimised too.
    Fast,
    /// For a short one: dependencies are those of the tests, and built already.
    Shared,
}

/// The built targets.
struct Fuzzer {
    engine: PathBuf,
    /// `crates/fuzz`.
    home: PathBuf,
    /// Inputs of earlier runs that reached new code.
    found: PathBuf,
}

impl Fuzzer {
    fn build(workspace: &Workspace, build: Build) -> Result<Self> {
        let target = PathBuf::from(&workspace.metadata.target_directory);
        let (profile, folder) = match build {
            Build::Fast => ("fuzz", "fuzz"),
            Build::Shared => ("dev", "debug"),
        };
        let wrapper = write_wrapper(&target, build)?;
        let arguments = ["build", "--quiet", "--locked", "--package", "netprobe-fuzz", "--features", "engine"];
        let arguments = [&arguments[..], &["--bin", "fuzz-engine", "--profile", profile]].concat();
        let wrapper = wrapper.to_str().context("the target folder's path is not UTF-8")?;
        let complaints = workspace.cargo_step(&arguments, &[("RUSTC_WORKSPACE_WRAPPER", wrapper)])?;
        ensure!(complaints.is_empty(), "{}", complaints.join("; "));
        Ok(Self {
            engine: target.join(folder).join("fuzz-engine"),
            home: workspace.root.join("crates/fuzz"),
            found: target.join("fuzz-found"),
        })
    }

    /// libFuzzer from the kept inputs on. New ones that reach new code go to `found`, one that breaks a promise goes to
    /// `crashes`, and then it fails.
    fn attack(&self, target: &Target, options: &[String], found: &Path) -> Result<Command> {
        let crashes = self.home.join("crashes").join(target.name);
        fs::create_dir_all(&crashes)?;
        fs::create_dir_all(found)?;
        let mut command = self.command(target);
        command
            .args(options)
            .arg(format!("-artifact_prefix={}/", crashes.display()))
            .args([format!("-max_len={}", target.max_len).as_str(), MEMORY, PATIENCE, "-report_slow_units=60"])
            .arg(found)
            .args([self.corpus(target), crashes]);
        Ok(command)
    }

    /// Replaces the kept inputs, but for real ones, by the smallest set that reaches as much as they and all that were
    /// found.
    fn keep(&self, target: &Target) -> Result<()> {
        let corpus = self.corpus(target);
        let smallest = tempfile::tempdir()?;
        for real in inputs(&corpus)?.iter().filter(|(_, path)| is_real(path)) {
            fs::copy(&real.1, smallest.path().join(real.1.file_name().unwrap_or_default()))?;
        }
        let status = self
            .command(target)
            // Code that is reached counts, how often it is does not: that would be ten times the inputs.
            .args(["-set_cover_merge=1", "-use_counters=0", "-verbosity=0"])
            .arg(smallest.path())
            .args([&corpus, &self.found.join(target.name)])
            .status()
            .context("cannot start libFuzzer")?;
        ensure!(status.success(), "the inputs of {} could not be merged", target.name);
        let (real, mut made): (Vec<_>, Vec<_>) =
            inputs(smallest.path())?.into_iter().partition(|(_, path)| is_real(path));
        made.sort();
        made.truncate(MOST_INPUTS - real.len().min(MOST_INPUTS));
        let mut bytes: u64 = real.iter().map(|(length, _)| length).sum();
        made.retain(|(length, _)| {
            bytes += length;
            bytes <= MOST_BYTES
        });
        for (_, old) in inputs(&corpus)?.iter().filter(|(_, path)| !is_real(path)) {
            fs::remove_file(old)?;
        }
        for (_, path) in &made {
            fs::copy(path, corpus.join(path.file_name().unwrap_or_default()))?;
        }
        println!("kept {} inputs for {}, {} of them real", real.len() + made.len(), target.name, real.len());
        Ok(())
    }

    fn command(&self, target: &Target) -> Command {
        let mut command = Command::new(&self.engine);
        command.env("NETPROBE_FUZZ_TARGET", target.name);
        command
    }

    fn corpus(&self, target: &Target) -> PathBuf {
        self.home.join("corpus").join(target.name)
    }
}

/// What lies in a folder, with its length in bytes.
fn inputs(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries
        .map(|entry| entry.and_then(|entry| Ok((entry.metadata()?.len(), entry.path()))).map_err(Into::into))
        .collect()
}

/// Material of real programs is called `real-…` and stays: a promise is worth most where all goes well.
fn is_real(input: &Path) -> bool {
    input.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"real-"))
}

/// A compiler that notes which code is reached, for the crates of this workspace and no other. Cargo keeps what it builds
/// apart by the wrapper's path, which therefore changes with its text.
fn write_wrapper(target: &Path, build: Build) -> Result<PathBuf> {
    let text = wrapper(build);
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let file = target.join(format!("rustc-for-fuzzing-{:016x}", hasher.finish()));
    if !file.exists() {
        // Renamed when it is whole: another run may be about to start it.
        let fresh = tempfile::NamedTempFile::new_in(target)?;
        fs::write(fresh.path(), text)?;
        fs::set_permissions(fresh.path(), fs::Permissions::from_mode(0o755))?;
        fresh.persist(&file)?;
    }
    Ok(file)
}

fn wrapper(build: Build) -> String {
    let optimised = match build {
        Build::Fast => "", // The profile says so already.
        // Quick to build, and fast enough for some thousand inputs.
        Build::Shared => " -Copt-level=1",
    };
    let flags = COVERAGE.join(" ") + optimised;
    let readers: Vec<String> = READERS.iter().map(|name| format!("*' --crate-name {name} '*")).collect();
    format!(
        "#!/bin/sh\ncase \" $* \" in\n{}) exec \"$@\" {flags} {COMPARISONS} ;;\nesac\nexec \"$@\" {flags}\n",
        readers.join("|")
    )
}

/// Inline counters for every edge: what libFuzzer reads, by LLVM's pass of that name, with a stable compiler.
const COVERAGE: [&str; 4] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
];

/// Shows libFuzzer what bytes are compared with. It halves the speed, so it is only for what reads bytes by hand.
const COMPARISONS: &str = "-Cllvm-args=-sanitizer-coverage-trace-compares";
const READERS: [&str; 2] = ["netprobe_access", "netprobe_exchange"];

/// libFuzzer is C++ and comes as source.
pub(crate) const COMPILER: Program =
    Program { name: "c++", package: "g++", purpose: "fuzzing: libFuzzer is built from C++" };

const SHORT_RUN: &str = "-runs=20000";
const SHORT_TIME: &str = "-max_total_time=2";

/// A reader that needs more for so short an input has lost its bound.
const MEMORY: &str = "-rss_limit_mb=1024";
/// Seconds for one input.
const PATIENCE: &str = "-timeout=20";

/// Of a kept corpus (`crates/fuzz/tests/kept_inputs.rs`).
const MOST_INPUTS: usize = 300;
const MOST_BYTES: u64 = 300 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_shown_for_readers_alone() {
        let folder = tempfile::tempdir().unwrap();
        let wrapper = write_wrapper(folder.path(), Build::Fast).unwrap();
        let told = |name: &str| {
            let output =
                Command::new(&wrapper).args(["echo", "rustc", "--crate-name", name, "--edition=2024"]).output();
            String::from_utf8(output.unwrap().stdout).unwrap()
        };
        assert!(told("netprobe_exchange").contains("trace-compares"));
        let plain = told("netprobe_model");
        assert!(plain.starts_with("rustc --crate-name netprobe_model") && plain.contains("inline-8bit-counters"));
        assert!(!plain.contains("trace-compares"));
        assert_eq!(write_wrapper(folder.path(), Build::Fast).unwrap(), wrapper, "the same text is the same file");
        assert_ne!(write_wrapper(folder.path(), Build::Shared).unwrap(), wrapper);
    }
}
