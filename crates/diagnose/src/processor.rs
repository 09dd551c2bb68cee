//! Whether a run had to wait for a processor for so long that its times are those of the machine and not of the network. It
//! knows counters and thresholds, and no rule.

use model::{Host, MachineUse, Micros, Seen, Throttling};

use crate::Policy;
use crate::sight::Sight;
use crate::trace::Trace;

/// A run that waited for a processor for a large part of its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Starved<'a> {
    /// The counters that say so.
    pub(crate) sight: Sight<'a, MachineUse>,
    /// Ready to run and not running; at most as long as the run.
    pub(crate) waited_us: Micros,
    /// The same as a share of the run, in percent.
    pub(crate) percent: u64,
    /// Who had the processor.
    pub(crate) by: Rival,
}

/// Who had the processor while a run waited for it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rival {
    /// Nobody needed to: the quota of the control group was used up.
    Quota(Throttling),
    /// Other programs.
    Others,
}

/// The waiting, if it is long enough to matter.
pub(crate) fn starved<'a>(run: Trace<'a>, policy: &Policy) -> Option<Starved<'a>> {
    let pick = |seen: &'a Seen| match seen {
        Seen::Machine(used) => Some(used),
        _ => None,
    };
    let sight = Sight::of(run.0, pick).last()?;
    let took = sight.seen.took_us;
    let waited_us = (*sight.seen.run_queue_us.value()?).min(took);
    let percent = waited_us.0.saturating_mul(100) / took.0.max(1);
    let held = sight.seen.throttling.value().filter(|held| held.throttled_us.0 >= waited_us.0 / 2);
    let (by, least_percent, least_us) = match held {
        Some(held) => (Rival::Quota(*held), policy.held_percent, policy.least_held_us),
        None => (Rival::Others, policy.crowded_percent, policy.least_crowded_us),
    };
    (percent >= least_percent && waited_us >= least_us).then_some(Starved { sight, waited_us, percent, by })
}

impl Starved<'_> {
    /// What would be left of a time if nobody had had to wait, should the waiting be spread evenly over it.
    pub(crate) fn without_the_wait(&self, time: Micros) -> Micros {
        Micros(time.0 / 100 * (100 - self.percent))
    }
}

/// What the machine said of itself, where it was asked.
pub(crate) fn host(report: &model::Report) -> Option<Sight<'_, Host>> {
    Sight::all(report, machine).last()
}

const fn machine(seen: &Seen) -> Option<&Host> {
    match seen {
        Seen::Host(host) => Some(host),
        _ => None,
    }
}
