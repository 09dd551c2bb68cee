//! The laboratory as a child of a process that outlives it and sweeps: after its end, Ctrl-C, SIGTERM or a crash.

use std::env;
use std::ffi::OsString;
use std::process::Command;
use std::thread;

use anyhow::{Context as _, Result};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

/// Whether this process is the child. If so it takes signals as any program does.
pub(super) fn is_supervised() -> Result<bool> {
    let supervised = env::var_os(MARK).is_some();
    if supervised {
        // A child inherits the mask of its parent.
        ending().thread_unblock()?;
    }
    Ok(supervised)
}

/// Runs this program again with these arguments, and sweeps when it has ended. Whether it ended well.
pub(super) fn again(arguments: impl Iterator<Item = OsString>) -> Result<bool> {
    // From now on they wait for the thread below.
    ending().thread_block()?;
    let mut child = Command::new(env::current_exe()?)
        .args(arguments)
        .env(MARK, "yes")
        .spawn()
        .context("cannot start the laboratory")?;
    let id = Pid::from_raw(i32::try_from(child.id())?);
    // A signal that comes after its end finds no child, which is what it wants.
    thread::spawn(move || ending().wait().map(|_| kill(id, Signal::SIGKILL)));
    let status = child.wait()?;
    ::lab::sweep()?;
    // For whatever this process does next, and for its children.
    ending().thread_unblock()?;
    Ok(status.success())
}

/// What people and systems send to end a program.
fn ending() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect()
}

const MARK: &str = "NETPROBE_LAB_SUPERVISED";
