//! This client had to wait for a processor, so that what it measured is slower than the network.

use model::Micros;

use crate::advertisement;
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
    let explained = explained(case, &starved, policy);
    // Others come and go. That a clone was slower for them and in good time all the same is not worth a word.
    if matches!(starved.by, Rival::Others) && explained.is_empty() {
        return None;
    }
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
    .explains(&explained);
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

/// What is too long, and would not be if nobody had had to wait.
fn explained(case: &Case<'_>, starved: &Starved<'_>, policy: &Policy) -> Vec<&'static str> {
    let plan = &case.report.header.plan;
    let run = case.subject;
    let for_want_of_it = |time: Micros, limit: Micros| time > limit && starved.without_the_wait(time) <= limit;
    let needed = flux::needed(plan, run).map(|needed| needed.total);
    let near = Micros(plan.timeout_us.0 / 100 * policy.near_timeout_percent);
    let list = advertisement::slow(run, policy).filter(|slow| slow.size < policy.large_advertisement);
    // A server that says that it is at work is.
    let server = run.server_wait().filter(|wait| wait.keepalives + wait.progress_packets == 0);
    let late = [
        ("over-timeout", needed, plan.timeout_us),
        ("near-timeout", needed, near),
        ("advertisement-slow", list.map(|slow| slow.took_us), policy.slow_advertisement_us),
        ("server-computing", server.map(|wait| wait.took_us), policy.slow_server_us),
    ];
    let late = late.into_iter().filter(|(_, took, limit)| took.is_some_and(|took| for_want_of_it(took, *limit)));
    late.map(|(rule, _, _)| rule).collect()
}
