//! What one run of a command costs: wall time, CPU time and peak memory, its children included.
//!
//! The kernel keeps these figures per process for all children that were waited for (`RUSAGE_CHILDREN` of
//! getrusage(2)), so each run gets a process of its own: this program, called as `xtask measured`. That process is small, which matters:
//! a child starts its peak memory at the size of what forked it.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};
use serde::{Deserialize, Serialize};

/// What one run cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// From start to end.
    pub(crate) wall_us: u64,
    /// User and system time of the command and all its children.
    pub(crate) cpu_us: u64,
    /// Largest resident set of the command or of any of its children, whichever was larger.
    pub(crate) peak_bytes: u64,
}

/// Runs the command once, without input and with its output thrown away. A command that fails is an error.
pub(super) fn of(command: &Command) -> Result<Cost> {
    let mut measured = Command::new(env::current_exe()?);
    measured.arg("measured").arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => measured.env(name, value),
            None => measured.env_remove(name),
        };
    }
    let output = measured.stdin(Stdio::null()).output().context("cannot start the measuring process")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed: {}", command.get_program().display(), said.trim());
    serde_json::from_slice(&output.stdout).context("the measuring process printed something unexpected")
}

/// The other side: runs the command and prints its cost.
pub(crate) fn print(words: &[OsString]) -> Result<bool> {
    let (program, arguments) = words.split_first().context("no command given")?;
    let (status, cost) = measure(Command::new(program).args(arguments))?;
    ensure!(status.success(), "ended with {status}");
    serde_json::to_writer(io::stdout(), &cost)?;
    Ok(true)
}

fn measure(command: &mut Command) -> Result<(ExitStatus, Cost)> {
    let started = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().context("cannot start the command")?;
    let wall_us = u64::try_from(started.elapsed().as_micros())?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = |time: TimeVal| u64::try_from(time.num_microseconds());
    let cost = Cost {
        wall_us,
        cpu_us: micros(usage.user_time())? + micros(usage.system_time())?,
        // Linux counts ru_maxrss in KiB.
        peak_bytes: u64::try_from(usage.max_rss())? * 1024,
    };
    Ok((status, cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_of_children_are_counted() {
        // A shell that starts a program which fills 32 MiB and spends time on it.
        let script = "head -c 33554432 /dev/zero | tail -c 33554432 | wc -c";
        let (status, cost) = measure(Command::new("sh").args(["-c", script])).unwrap();
        assert!(status.success());
        assert!(cost.peak_bytes > 32 << 20, "{cost:?}");
        assert!(cost.cpu_us > 0 && cost.wall_us > 0, "{cost:?}");
    }

    #[test]
    fn a_failing_command_is_seen() {
        assert!(!measure(&mut Command::new("false")).unwrap().0.success());
    }
}
