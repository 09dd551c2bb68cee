//! Counters of this process and of its place, read before and after a run: what the run used, and what it had to wait for.
//! Cheap enough for every run: some ten small files, a fifth of a millisecond.

use std::collections::BTreeMap;
use std::fs;

use model::{Found, MachineUse, Micros, Throttling};
use rustix::time::{ClockId, clock_gettime};

use crate::Clock;
use crate::cgroup::Cgroup;

/// Where the counters are. Found once, read often.
#[derive(Debug)]
pub struct Machine {
    group: Result<Cgroup, String>,
}

/// What the counters said at one moment.
#[derive(Debug, Clone)]
pub struct Look {
    at: Micros,
    cpu: Micros,
    /// Nanoseconds of waiting by thread.
    run_queue: Result<BTreeMap<String, u64>, String>,
    throttling: Result<Throttling, String>,
    counters: Result<BTreeMap<String, u64>, String>,
}

impl Machine {
    /// Looks for the counters of this process.
    pub fn find() -> Self {
        Self { group: Cgroup::of_this_process("cpu").map(Cgroup::with_the_quota) }
    }

    /// Reads them.
    pub fn look(&self, clock: Clock) -> Look {
        Look {
            at: clock.now(),
            cpu: cpu_time(),
            run_queue: run_queue(),
            throttling: self.group.as_ref().map_err(Clone::clone).and_then(Cgroup::throttling),
            counters: counters(),
        }
    }
}

impl Look {
    /// What moved between this look and a later one.
    pub fn until(&self, later: &Self) -> MachineUse {
        MachineUse {
            took_us: later.at.since(self.at),
            cpu_us: later.cpu.since(self.cpu),
            // A thread that began in between began at nothing; one that ended takes its part with it.
            run_queue_us: both(&self.run_queue, &later.run_queue, |before, after| {
                Micros(grown(before, after).map(|(_, more)| more).sum::<u64>() / 1_000)
            }),
            throttling: both(&self.throttling, &later.throttling, |before, after| Throttling {
                periods: after.periods.saturating_sub(before.periods),
                throttled_periods: after.throttled_periods.saturating_sub(before.throttled_periods),
                throttled_us: after.throttled_us.since(before.throttled_us),
            }),
            counters: both(&self.counters, &later.counters, |before, after| {
                grown(before, after).filter(|(_, more)| *more > 0).map(|(name, more)| (name.clone(), more)).collect()
            }),
        }
    }
}

fn both<T, U>(before: &Result<T, String>, after: &Result<T, String>, difference: impl Fn(&T, &T) -> U) -> Found<U> {
    match (before, after) {
        (Ok(before), Ok(after)) => Found::Value(difference(before, after)),
        (Err(why), _) | (_, Err(why)) => Found::Absent(why.clone()),
    }
}

fn grown<'a>(
    before: &'a BTreeMap<String, u64>,
    after: &'a BTreeMap<String, u64>,
) -> impl Iterator<Item = (&'a String, u64)> {
    after.iter().map(|(name, now)| (name, now.saturating_sub(before.get(name).copied().unwrap_or(0))))
}

fn cpu_time() -> Micros {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let part = |value: i64| u64::try_from(value).unwrap_or(0);
    Micros(part(time.tv_sec).saturating_mul(1_000_000).saturating_add(part(time.tv_nsec) / 1_000))
}

/// `/proc/self/task/TID/schedstat`: nanoseconds on a processor, nanoseconds waited for one, times put on one.
fn run_queue() -> Result<BTreeMap<String, u64>, String> {
    let tasks = fs::read_dir(TASKS).map_err(|error| format!("cannot read {TASKS}: {error}"))?;
    let mut waits = BTreeMap::new();
    for task in tasks.flatten().take(MOST_THREADS) {
        // A thread may end at this moment.
        let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else { continue };
        if let Some(wait) = text.split(' ').nth(1).and_then(|wait| wait.parse().ok()) {
            waits.insert(task.file_name().to_string_lossy().into_owned(), wait);
        }
    }
    if waits.is_empty() {
        Err(format!("{TASKS}/*/schedstat tells nothing: this kernel does not keep it"))
    } else {
        Ok(waits)
    }
}

fn counters() -> Result<BTreeMap<String, u64>, String> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"));
    let mut found = chosen(&read("/proc/self/net/snmp")?);
    found.extend(chosen(&read("/proc/self/net/netstat")?));
    Ok(found)
}

/// Lines come in pairs, names and then values: `Tcp: InSegs OutSegs` and `Tcp: 17 18`.
fn chosen(text: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut lines = text.lines();
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let mut words = names.split(' ').zip(values.split(' '));
        let Some((group, _)) = words.next() else { continue };
        for (name, value) in words {
            let name = format!("{}{name}", group.trim_end_matches(':'));
            if let (true, Ok(value)) = (COUNTERS.contains(&name.as_str()), value.parse()) {
                found.insert(name, value);
            }
        }
    }
    found
}

/// What can tell one broken path from another; nstat(8) has the same names.
const COUNTERS: &[&str] = &[
    "IcmpInDestUnreachs",
    "TcpActiveOpens",
    "TcpAttemptFails",
    "TcpEstabResets",
    "TcpExtRcvPruned",
    "TcpExtTCPAbortOnTimeout",
    "TcpExtTCPBacklogDrop",
    "TcpExtTCPDSACKRecv",
    "TcpExtTCPLostRetransmit",
    "TcpExtTCPMTUPFail",
    "TcpExtTCPMTUPSuccess",
    "TcpExtTCPOFOQueue",
    "TcpExtTCPRcvCollapsed",
    "TcpExtTCPSpuriousRTOs",
    "TcpExtTCPSynRetrans",
    "TcpExtTCPTimeouts",
    "TcpInCsumErrors",
    "TcpInErrs",
    "TcpInSegs",
    "TcpOutRsts",
    "TcpOutSegs",
    "TcpRetransSegs",
    "UdpInCsumErrors",
    "UdpInErrors",
];

const TASKS: &str = "/proc/self/task";
/// netprobe has a handful; this is for the day that it has a bug.
const MOST_THREADS: usize = 256;

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn work_is_counted_and_so_are_connections() {
        let (machine, clock) = (Machine::find(), Clock::start());
        let before = machine.look(clock);
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(30) || cpu_time().since(before.cpu) < Micros::from_millis(5) {
            std::hint::spin_loop();
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let used = before.until(&machine.look(clock));
        assert!(used.cpu_us >= Micros::from_millis(5) && used.took_us >= Micros::from_millis(30), "{used:?}");
        assert!(used.run_queue_us.value().is_some(), "{used:?}");
        assert!(used.counters.value().unwrap().get("TcpActiveOpens") >= Some(&1), "{used:?}");
    }

    #[test]
    fn names_and_values_are_put_together() {
        let text = "Tcp: RtoMin RetransSegs InCsumErrors\nTcp: 200 17 3\nTcpExt: TCPTimeouts Odd\nTcpExt: 4 x\n";
        let found: Vec<(String, u64)> = chosen(text).into_iter().collect();
        let expected = [("TcpExtTCPTimeouts", 4), ("TcpInCsumErrors", 3), ("TcpRetransSegs", 17)];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn what_could_not_be_read_once_is_not_known() {
        let known: Result<u64, String> = Ok(3);
        assert_eq!(both(&known, &Err("gone".to_owned()), |_, _| 1), Found::Absent("gone".to_owned()));
        assert_eq!(both(&known, &Ok(7), |before, after| after - before), Found::Value(4));
    }

    /// Ten times what it takes on a busy computer of two cores.
    #[test]
    fn a_look_is_cheap() {
        let (machine, clock) = (Machine::find(), Clock::start());
        let mut times: Vec<Duration> = (0..50)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(machine.look(clock));
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        let median = times[times.len() / 2];
        assert!(median < Duration::from_millis(5), "{median:?}");
    }
}
