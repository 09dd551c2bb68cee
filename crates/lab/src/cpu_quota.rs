//! A share of a processor for what runs on one host, and no more: a control group with a quota.
//!
//! Knows control groups of both versions (Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of Linux). A group has a
//! name on this computer, so that a killed laboratory leaves it behind; the living hold a lock (flock(2)) on theirs, and
//! whoever comes next removes what nobody holds.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nix::unistd::geteuid;

use crate::programs::announce;
use crate::units::Fraction;
use crate::workplace;

/// A group of processes with a quota. Dropped after its last process has ended.
#[derive(Debug)]
pub(crate) struct CpuQuota {
    group: PathBuf,
    _alive: File,
}

/// What the kernel says of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuotaState {
    /// Of [`PERIOD_US`], for each such time.
    pub(crate) quota_us: u64,
    /// Such times in which somebody of the group wanted to run.
    pub(crate) periods: u64,
    /// Those among them in which the quota was used up.
    pub(crate) held: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl CpuQuota {
    /// A group without processes, with this share of one processor. Groups of the dead are removed first.
    pub(crate) fn new(share: Fraction) -> Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let (version, mount) = hierarchy(&fs::read_to_string("/proc/self/mountinfo")?)
            .context("no control groups for processors are mounted on this computer: `[cpu]` cannot be put in force")?;
        let _alone = workplace::alone(&workplace::lock())?;
        sweep_groups(&mount)?;
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let group = mount.join(format!("{PREFIX}{}-{number}", process::id()));
        if version == Version::Two {
            put(&mount.join("cgroup.subtree_control"), "+cpu")?;
        }
        fs::create_dir(&group).with_context(|| format!("cannot make the control group {}", group.display()))?;
        let alive = File::open(&group)?;
        alive.lock()?;
        let quota = Self { group, _alive: alive };
        let us = quota_of(share);
        match version {
            Version::One => {
                put(&quota.group.join("cpu.cfs_period_us"), &PERIOD_US.to_string())?;
                put(&quota.group.join("cpu.cfs_quota_us"), &us.to_string())?;
            }
            Version::Two => put(&quota.group.join("cpu.max"), &format!("{us} {PERIOD_US}"))?,
        }
        Ok(quota)
    }

    /// Takes this very thread in, and with it whatever it starts. With version 2 a thread goes nowhere by itself: there what it
    /// starts runs free until it is taken in.
    pub(crate) fn enter(&self) -> Result<()> {
        let threads = self.group.join("tasks");
        if threads.exists() { put(&threads, "0") } else { Ok(()) }
    }

    /// Takes a process in, by its number on this computer; what it starts from now on comes with it.
    pub(crate) fn adopt(&self, process: u32) -> Result<()> {
        put(&self.group.join("cgroup.procs"), &process.to_string())
    }

    /// A command that goes in by itself before it becomes `program`.
    pub(crate) fn entering(&self, program: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "echo 0 >\"$0\" && exec \"$@\""]).arg(self.group.join("cgroup.procs")).arg(program);
        command
    }

    /// What is set, and what it has done.
    pub(crate) fn state(&self) -> Result<QuotaState> {
        let read = |name: &str| fs::read_to_string(self.group.join(name));
        // Version 1 has a file for the quota alone.
        let set = read("cpu.cfs_quota_us").or_else(|_| read("cpu.max"))?;
        let quota_us = set.split_whitespace().next().and_then(|quota| quota.parse().ok()).context("no quota is set")?;
        let stat = read("cpu.stat")?;
        let field = |name: &str| {
            let mut lines = stat.lines().filter_map(|line| line.split_once(' '));
            let value = lines.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok());
            value.with_context(|| format!("cpu.stat has no {name}"))
        };
        Ok(QuotaState { quota_us, periods: field("nr_periods")?, held: field("nr_throttled")? })
    }
}

impl Drop for CpuQuota {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.group) {
            announce(&format!("{error:#}"));
        }
    }
}

/// A share of one processor as a quota: `[cpu] share`.
pub(crate) fn quota_of(share: Fraction) -> u64 {
    share.of(PERIOD_US)
}

/// Removes groups whose laboratory is dead.
pub(crate) fn sweep() -> Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let Some((_, mount)) = hierarchy(&fs::read_to_string("/proc/self/mountinfo")?) else { return Ok(()) };
    let _alone = workplace::alone(&workplace::lock())?;
    sweep_groups(&mount)
}

fn sweep_groups(mount: &Path) -> Result<()> {
    for entry in fs::read_dir(mount)?.filter_map(Result::ok) {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        // It may go at this moment, with its laboratory.
        let Ok(group) = File::open(entry.path()) else { continue };
        if group.try_lock().is_ok() {
            announce(&format!("removing {}: its laboratory is dead", entry.path().display()));
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// The kernel refuses while a process of the group ends, which is a matter of milliseconds once its host is gone.
fn remove(group: &Path) -> Result<()> {
    let deadline = Instant::now() + END;
    loop {
        match fs::remove_dir(group) {
            Err(error) if error.kind() == ErrorKind::ResourceBusy && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            result => return result.with_context(|| format!("cannot remove {}; remove it by hand", group.display())),
        }
    }
}

fn put(file: &Path, value: &str) -> Result<()> {
    fs::write(file, value).with_context(|| format!("cannot write {value} to {}", file.display()))
}

/// Where groups for processors are mounted, from `/proc/self/mountinfo` (proc(5)). A computer that has both versions has
/// the controller in version 1.
fn hierarchy(mounts: &str) -> Option<(Version, PathBuf)> {
    let mounted = |version: Version| {
        mounts.lines().find_map(|line| {
            let (mount, file_system) = line.split_once(" - ")?;
            let mut words = file_system.split(' ');
            let (kind, options) = (words.next()?, words.nth(1)?);
            let fits = match version {
                Version::One => kind == "cgroup" && options.split(',').any(|option| option == "cpu"),
                Version::Two => kind == "cgroup2",
            };
            fits.then(|| mount.split(' ').nth(4).map(PathBuf::from)).flatten().map(|path| (version, path))
        })
    };
    mounted(Version::One).or_else(|| mounted(Version::Two))
}

const PREFIX: &str = "netprobe-laboratory-";
/// The kernel's default, and what the kubelet sets (`cpuCFSQuotaPeriod`).
pub(crate) const PERIOD_US: u64 = 100_000;
/// More than the kernel takes to end the last process of a group.
const END: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use anyhow::ensure;

    use super::*;

    /// Whether quotas can be had here, for tests.
    fn possible() -> Result<bool> {
        if !crate::host::possible()? {
            return Ok(false);
        }
        let possible = hierarchy(&fs::read_to_string("/proc/self/mountinfo")?).is_some();
        if !possible {
            announce("SKIPPED: no control groups for processors");
        }
        ensure!(possible || std::env::var_os("CI").is_none(), "no control groups where CI is set");
        Ok(possible)
    }

    #[test]
    fn version_1_is_taken_where_both_are_mounted() {
        let two = "42 30 0:35 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let both = format!("31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n{two}");
        assert_eq!(hierarchy(&both), Some((Version::One, "/sys/fs/cgroup/cpu".into())));
        assert_eq!(hierarchy(two), Some((Version::Two, "/sys/fs/cgroup/unified".into())));
        assert_eq!(hierarchy("1 0 0:1 / / rw - ext4 /dev/vda rw\n"), None);
        assert_eq!(quota_of("5%".parse().unwrap()), 5_000);
    }

    #[test]
    fn who_is_in_it_is_held_and_it_goes_with_its_owner() {
        if !possible().unwrap() {
            return;
        }
        let quota = CpuQuota::new("20%".parse().unwrap()).unwrap();
        let group = quota.group.clone();
        // Ends by itself after a second of work, should this test not end it.
        let mut child = Command::new("sh").args(["-c", "ulimit -t 1; while :; do :; done"]).spawn().unwrap();
        quota.adopt(child.id()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while quota.state().unwrap().held < 3 {
            assert!(Instant::now() < deadline, "{:?}", quota.state());
            thread::yield_now();
        }
        assert_eq!(quota.state().unwrap().quota_us, 20_000);
        child.kill().unwrap();
        child.wait().unwrap();
        drop(quota);
        assert!(!group.exists());
    }

    #[test]
    fn groups_of_the_dead_go_and_those_of_the_living_stay() {
        if !possible().unwrap() {
            return;
        }
        let living = CpuQuota::new("50%".parse().unwrap()).unwrap();
        let dead = living.group.with_file_name(format!("{PREFIX}dead-{}", process::id()));
        fs::create_dir(&dead).unwrap();
        sweep().unwrap();
        assert!(!dead.exists() && living.group.exists());
    }
}
