//! The laboratory as a child of a process that outlives it and sweeps: after its end, Ctrl-C, SIGTERM or a crash.

use std::env;
use std::ffi::OsString;
use std::process::Command;
use std::thread;

use anyhow::{Context as _, Result};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

/// Whether this process is the child.
pub(super) fn is_supervised() -> bool {
    env::var_os(MARK).is_some()
}

/// Runs this program again with these arguments, and sweeps when it has ended. Whether it ended well.
pub(super) fn again(arguments: impl Iterator<Item = OsString>) -> Result<bool> {
    let mut ending = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        ending.add(signal);
    }
    // From now on they wait for the thread below. A child does not inherit that (std::process).
    ending.thread_block()?;
    let mut child = Command::new(env::current_exe()?)
        .args(arguments)
        .env(MARK, "yes")
        .spawn()
        .context("cannot start the laboratory")?;
    let id = Pid::from_raw(i32::try_from(child.id())?);
    // It ends with this process. A signal that comes later finds no child, which is what it wants.
    thread::spawn(move || ending.wait().map(|_| kill(id, Signal::SIGKILL)));
    let status = child.wait()?;
    ::lab::sweep()?;
    Ok(status.success())
}

const MARK: &str = "NETPROBE_LAB_SUPERVISED";
