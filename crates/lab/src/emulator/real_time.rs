//! A thread that the kernel runs before everything ordinary, so that a busy machine does not change the link's times.
//!
//! Knows sched(7). Refuses to fail where that is not allowed: the link then works, said loudly, with worse times.

use std::fs;
use std::process::Command;
use std::sync::Once;

use nix::unistd::Pid;

use crate::programs;

/// Asks for `SCHED_FIFO` for a thread of this process, and says whether the kernel has it so.
pub(super) fn acquire(thread: Pid) -> bool {
    // Without `unsafe` the call is out of reach; chrt(1) is in util-linux, without which there is no Debian.
    let asked = programs::CHRT
        .path()
        .and_then(|chrt| Ok(Command::new(chrt).args(["--fifo", "--pid", PRIORITY, &thread.to_string()]).output()?));
    let real_time = policy(thread) == Some(SCHED_FIFO);
    if !real_time {
        static ONCE: Once = Once::new();
        let why = match asked {
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => format!("chrt: {error}"),
        };
        ONCE.call_once(|| {
            let loss = "times of the emulated link are right only while this machine is idle";
            programs::announce(&format!("NO REAL-TIME PRIORITY: {loss} ({why})"));
        });
    }
    real_time
}

/// The scheduling policy of a thread of this process: field 41 of its `stat` (proc(5)).
fn policy(thread: Pid) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok()?;
    // The name in brackets, field 2, may itself hold brackets and spaces.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(41 - 3)?.parse().ok()
}

/// Above the ordinary, below the kernel's own threads for interrupts (50 where these are threads).
const PRIORITY: &str = "49";
/// `<linux/sched.h>`.
const SCHED_FIFO: u32 = 1;
