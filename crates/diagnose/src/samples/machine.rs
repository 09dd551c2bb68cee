//! Runs on machines that have little of a processor to give, and on busy ones that have enough.

use std::collections::BTreeMap;

use model::{
    Bytes, CpuLimit, Found, Host, MachineUse, Micros, Parameters, Seen, Stage, Throttling, Trailer, WallClock,
};

use super::stories::{Sample, fault, sample};
use super::{Story, Telling, pack};
use crate::Verdict;

pub(super) fn machine() -> Vec<Sample> {
    let healthy = |name, story| sample(name, Verdict::Healthy, &["healthy"], story);
    let starved = |name, story| sample(name, Verdict::Warning, &["client-cpu-starved"], story);
    vec![
        starved("5 % of a core", Story::ssh().run(|run| slow(run, 4).seeing(used(5_000, 4_500, 4_300)))),
        starved("5 % of a core, and the limit was read", {
            let story = Story::ssh().run(|run| slow(run, 4).seeing(used(5_000, 4_500, 4_300)));
            story.around(Parameters::Host, [Seen::Host(host(Some(5_000), true))])
        }),
        starved("so many others that a list of references takes seconds", {
            let list = |run: Telling| {
                let run = run.until(Stage::AdvertisementTransfer);
                run.good(super::advertisement(18, Bytes(1_800)), 4_000).complete().seeing(used(4_500, 4_000, 0))
            };
            Story::ssh().run(list)
        }),
        starved("so many others that more than half of the timeout goes by", {
            Story::ssh().run(|run| slow(run, 40).seeing(used(40_300, 34_000, 0)))
        }),
        starved("over the timeout, and with a processor it would not be", {
            let story = Story::ssh().plan(|plan| plan.timeout_us = Micros::from_secs(4));
            story.run(|run| slow(run, 8).seeing(used(8_300, 7_000, 6_900)))
        }),
        fault("over the timeout, processor or not", &["over-timeout", "client-cpu-starved"], {
            let story = Story::ssh().plan(|plan| plan.timeout_us = Micros::from_secs(4));
            story.run(|run| slow(run, 12).seeing(used(12_300, 5_000, 4_900)))
        }),
        healthy("half a core: held for a moment", {
            Story::ssh().run(|run| slow(run, 1).seeing(used(1_300, 250, 240)))
        }),
        healthy("held for a second of twenty", {
            Story::ssh().run(|run| slow(run, 20).seeing(used(20_300, 1_000, 900)))
        }),
        healthy("so many others that hardly anything is left, and in good time all the same", {
            Story::ssh().run(|run| slow(run, 5).seeing(used(5_300, 4_700, 0)))
        }),
        healthy("eight builds on two cores", Story::ssh().run(|run| slow(run, 4).seeing(used(4_300, 1_900, 0)))),
        healthy("a kernel that does not keep these counters", {
            let unknown = MachineUse {
                took_us: Micros::from_secs(5),
                cpu_us: Micros::from_secs(1),
                run_queue_us: Found::Absent("not kept".to_owned()),
                throttling: Found::Absent("no quota".to_owned()),
                counters: Found::Absent("no /proc".to_owned()),
            };
            Story::ssh().run(|run| slow(run, 4).seeing(Seen::Machine(unknown)))
        }),
    ]
}

/// A clone whose pack takes so many seconds.
fn slow(run: Telling, seconds: u64) -> Telling {
    run.until(Stage::PackTransfer).good(pack(1 << 20, Trailer::Verified), seconds * 1_000).complete()
}

/// What a run used: how long it took, waited for a processor, and was held back by a limit.
pub(crate) fn used(took_ms: u64, waited_ms: u64, held_ms: u64) -> Seen {
    Seen::Machine(MachineUse {
        took_us: Micros::from_millis(took_ms),
        cpu_us: Micros::from_millis(200),
        run_queue_us: Found::Value(Micros::from_millis(waited_ms)),
        throttling: Found::Value(Throttling {
            periods: took_ms / 100,
            throttled_periods: held_ms / 100,
            throttled_us: Micros::from_millis(held_ms),
        }),
        counters: Found::Value(BTreeMap::new()),
    })
}

/// A machine with this quota for each tenth of a second, whose clock is kept or is not.
pub(crate) fn host(quota_us: Option<u64>, synchronised: bool) -> Host {
    let absent = || "not looked for".to_owned();
    Host {
        links: Found::Absent(absent()),
        settings: BTreeMap::new(),
        cpu: Found::Value(CpuLimit {
            cgroup_version: 2,
            group: "/".to_owned(),
            quota_us: quota_us.map(Micros),
            period_us: Micros::from_millis(100),
            throttling: Found::Absent(absent()),
        }),
        memory: Found::Absent(absent()),
        container_signs: Vec::new(),
        proxies: Vec::new(),
        clock: Found::Value(WallClock {
            synchronised,
            max_error_us: Micros::from_secs(16),
            unix_seconds: 1_795_000_000,
        }),
    }
}
