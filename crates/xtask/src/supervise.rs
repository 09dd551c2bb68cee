//! A task as a child of a process that outlives it and sweeps: after its end, Ctrl-C, SIGTERM or a crash.
//!
//! Knows how the two find each other and what a signal does to them. Refuses to know what there is to sweep.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal, raise};
use nix::unistd::{getpid, getppid};

/// Whether this process is the child. If so it takes signals as any program does, and ends with its parent.
pub(crate) fn is_supervised() -> Result<bool> {
    let Some(parent) = env::var_os(MARK) else { return Ok(false) };
    // A child inherits the mask of its parent.
    ending().thread_unblock()?;
    set_pdeathsig(Signal::SIGKILL)?;
    // It may have been killed before the line above.
    ensure!(parent == getppid().to_string().as_str(), "the process that was to sweep after this one is gone");
    Ok(true)
}

/// Runs this program again with these arguments, and sweeps when it has ended. Whether it ended well. A signal that
/// came meanwhile ends the child with all that it started, and this process too, after it has swept.
pub(crate) fn again(arguments: impl Iterator<Item = OsString>, sweep: impl FnOnce() -> Result<()>) -> Result<bool> {
    // From now on they wait for the thread that listens.
    ending().thread_block()?;
    LISTENING.call_once(|| drop(thread::spawn(listen)));
    // Held until the child is known: a signal that comes now waits for that.
    let mut current = task();
    // Not by its path: a build may put another program there.
    let mut child = Command::new("/proc/self/exe")
        .args(arguments)
        .env(MARK, getpid().to_string())
        .spawn()
        .context("cannot start this program again")?;
    *current = Some(Task { child: Some(child.id()), signal: None });
    drop(current);
    let status = child.wait();
    if let Some(task) = task().as_mut() {
        task.child = None;
    }
    let swept = sweep();
    let came = task().take().and_then(|task| task.signal);
    // For whatever this process does next, and for its children.
    ending().thread_unblock()?;
    if let Some(signal) = came {
        raise(signal)?;
    }
    swept?;
    let status = status?;
    if let Some(signal) = status.signal() {
        bail!("the task was ended by signal {signal}");
    }
    Ok(status.success())
}

/// What runs at the moment. One at a time.
struct Task {
    /// None when it has ended and is being swept after.
    child: Option<u32>,
    /// What came meanwhile.
    signal: Option<Signal>,
}

fn task() -> MutexGuard<'static, Option<Task>> {
    static TASK: Mutex<Option<Task>> = Mutex::new(None);
    TASK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes signals for the rest of this process's life: a second thread for a second task would take those of the first.
fn listen() {
    while let Ok(signal) = ending().wait() {
        match task().as_mut() {
            Some(task) => {
                task.signal = Some(signal);
                if let Some(child) = task.child {
                    ::lab::process::kill_family(child);
                }
            }
            // Between two tasks it is for this process, as it is for any other.
            None => drop((ending().thread_unblock(), raise(signal))),
        }
    }
}

/// What people and systems send to end a program.
fn ending() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect()
}

static LISTENING: Once = Once::new();
/// Holds the number of the parent.
const MARK: &str = "NETPROBE_SUPERVISED";
