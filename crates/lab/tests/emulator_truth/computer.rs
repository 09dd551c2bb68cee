//! The computer that the measurement runs on, which is to be ours alone, awake, and ready.

use std::env;
use std::fs::File;
use std::io::Write as _;
use std::ops::Range;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use lab::programs::announce;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::{Pid, geteuid, gettid};

/// The right to be the only one that measures.
pub(crate) struct Alone {
    _lock: MutexGuard<'static, ()>,
    _awake: Option<File>,
}

/// `None` where it cannot be done, which was said.
pub(crate) fn root_or_skip() -> Option<Alone> {
    static ALONE: Mutex<()> = Mutex::new(());
    if geteuid().is_root() {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        return Some(Alone { _lock: alone, _awake: keep_awake() });
    }
    announce("SKIPPED: the emulated link needs root");
    assert!(env::var_os("CI").is_none(), "no root where CI is set");
    None
}

/// Keeps the processors from sleeping as long as the file is open (the kernel's PM quality of service): on a virtual
/// machine each wake-up costs 50 to 400 µs otherwise, which is not the link's doing.
fn keep_awake() -> Option<File> {
    let mut file = File::options().write(true).open("/dev/cpu_dma_latency").ok()?;
    file.write_all(&0_i32.to_ne_bytes()).ok()?;
    Some(file)
}

/// Real-time priority for this thread, below that of the link.
pub(crate) fn hurry() {
    real_time("10");
}

fn real_time(priority: &str) {
    // Without it the test is only less likely to pass.
    let _ = Command::new("chrt").args(["--fifo", "--pid", priority, &gettid().to_string()]).output();
}

/// Notes when a processor was taken away from everybody: by a hypervisor, or by a kernel that cannot be interrupted. It
/// is a thread on each processor with a priority above the link's, which does nothing but wake up.
pub(crate) struct Watch {
    over: Arc<AtomicBool>,
    watchers: Vec<JoinHandle<Vec<Range<Instant>>>>,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap();
        let processors = (0..CpuSet::count()).filter(|processor| allowed.is_set(*processor).unwrap_or(false));
        let watch = |processor| {
            let over = Arc::clone(&over);
            thread::spawn(move || watch(processor, &over))
        };
        let watchers = processors.map(watch).collect();
        Self { over, watchers }
    }

    /// From when to when a processor was away, for each time and processor.
    pub(crate) fn end(self) -> Vec<Range<Instant>> {
        self.over.store(true, Ordering::Relaxed);
        self.watchers.into_iter().flat_map(|watcher| watcher.join().unwrap()).collect()
    }
}

fn watch(processor: usize, over: &AtomicBool) -> Vec<Range<Instant>> {
    let mut only = CpuSet::new();
    only.set(processor).unwrap();
    sched_setaffinity(Pid::from_raw(0), &only).unwrap();
    real_time("60");
    let mut gaps = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        thread::sleep(STEP);
        let woken = Instant::now();
        if woken.duration_since(begun) > STEP + USUAL {
            gaps.push(begun..woken);
        }
    }
    gaps
}

const STEP: Duration = Duration::from_micros(500);
/// What a timer may be late anyway.
const USUAL: Duration = Duration::from_micros(200);
