//! The laboratory as a child of a process that outlives it and sweeps: after its end, Ctrl-C, SIGTERM or a crash.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::unistd::{Pid, getpid, getppid};

/// Whether this process is the child. If so it takes signals as any program does, and ends with its parent.
pub(super) fn is_supervised() -> Result<bool> {
    let Some(parent) = env::var_os(MARK) else { return Ok(false) };
    // A child inherits the mask of its parent.
    ending().thread_unblock()?;
    set_pdeathsig(Signal::SIGKILL)?;
    // It may have been killed before the line above.
    ensure!(parent == getppid().to_string().as_str(), "the process that was to sweep after this one is gone");
    Ok(true)
}

/// Runs this program again with these arguments, and sweeps when it has ended. Whether it ended well. A signal that
/// came meanwhile ends this process too, after it has swept.
pub(super) fn again(arguments: impl Iterator<Item = OsString>) -> Result<bool> {
    // From now on they wait for the thread below.
    ending().thread_block()?;
    // Not by its path: a build may put another program there.
    let mut child = Command::new("/proc/self/exe")
        .args(arguments)
        .env(MARK, getpid().to_string())
        .spawn()
        .context("cannot start the laboratory")?;
    let id = Pid::from_raw(i32::try_from(child.id())?);
    let (sender, came) = mpsc::channel();
    thread::spawn(move || {
        if let Ok(signal) = ending().wait() {
            // One that comes after the child's end finds no child, which is what it wants.
            let _ = (sender.send(signal), kill(id, Signal::SIGKILL));
        }
    });
    let status = child.wait()?;
    let swept = ::lab::sweep();
    // For whatever this process does next, and for its children.
    ending().thread_unblock()?;
    if let Ok(signal) = came.try_recv() {
        raise(signal)?;
    }
    swept?;
    if let Some(signal) = status.signal() {
        bail!("the laboratory was ended by signal {signal}");
    }
    Ok(status.success())
}

/// What people and systems send to end a program.
fn ending() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect()
}

/// Holds the number of the parent.
const MARK: &str = "NETPROBE_LAB_SUPERVISED";
