//! This client had to wait for a processor, so that what it measured is slower than the network.

use crate::case::Case;
use crate::figures::{count, time};
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::processor::{self, Rival, Starved};
use crate::rules::{Rule, Weight};
use crate::{Confidence, Evidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "client-cpu-starved",
    title: "this client has to wait for the processor",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let starved = processor::starved(case.subject, policy)?;
    let used = starved.sight.seen;
    let who = match starved.by {
        Rival::Quota(held) => {
            format!("its CPU limit was used up in {} of {}", held.throttled_periods, count(held.periods, "period"))
        }
        Rival::Others => {
            format!("other programs had the {}", count(case.report.header.vantage.processors.into(), "processor"))
        }
    };
    let statement = format!(
        "This client had to wait for a processor for {} of the {} that the run took: {who}. The network is faster than \
         the times of this run.",
        time(starved.waited_us),
        time(used.took_us)
    );
    let word = Judgement::new(
        Severity::Warning,
        Confidence::Proven,
        statement,
        starved.sight.shows(format!(
            "{} on a processor, {} ready to run and waiting ({} %)",
            time(used.cpu_us),
            time(starved.waited_us),
            starved.percent
        )),
    )
    .and(limit(case))
    .explains(explained(case, &starved, policy));
    Some(match starved.by {
        Rival::Quota(_) => word.remedy([
            "Give this container or service a larger CPU limit, and measure again.",
            "Flux's own limit stands at its Deployment:",
            "kubectl -n flux-system get deployment source-controller -o yaml",
        ]),
        Rival::Others => {
            word.remedy(["Find out what keeps the processors busy, and measure again when it is done:", "top"])
        }
    })
}

/// The limit itself, where the machine was asked.
fn limit(case: &Case<'_>) -> Option<Evidence> {
    let host = processor::host(case.report)?;
    let limit = host.seen.cpu.value()?;
    let quota = limit.quota_us?;
    Some(host.shows(format!("{} of processor time for each {}", time(quota), time(limit.period_us))))
}

/// What would not be said if nobody had had to wait.
fn explained(case: &Case<'_>, starved: &Starved<'_>, policy: &Policy) -> &'static [&'static str] {
    let plan = &case.report.header.plan;
    let Some(needed) = flux::needed(plan, case.subject) else { return &[] };
    let without = starved.without_the_wait(needed.total);
    if without > plan.timeout_us {
        return &[];
    }
    let near = plan.timeout_us.0 / 100 * policy.near_timeout_percent;
    if without.0 > near { &["over-timeout"] } else { &["over-timeout", "near-timeout"] }
}
