//! The next run, named from what is known: the cheapest one that separates causes which are still possible. Pure; the
//! engine makes it and asks again, until there is none.

mod addresses;
pub(crate) mod handshake;
mod hello;
pub(crate) mod idle;

use std::collections::BTreeSet;

use model::{Caps, Micros, Parameters, Protocol, Purpose, Report, Run, RunId, Stage, UploadPackParameters};

use crate::advertisement;
use crate::case::{Case, Clamp};
use crate::change::Change;
use crate::figures::{size, time};
use crate::fingerprint::Fingerprint;
use crate::healed::healed;
use crate::hole;
use crate::policy::Policy;
use crate::ssh::ByContent;
use crate::trace::Trace;

/// The next run, with `left` of the budget; none when nothing that is left to try would tell more.
pub fn follow_up(report: &Report, left: Micros) -> Option<Run> {
    let policy = Policy::STANDARD;
    if left < policy.least_left_us {
        return None;
    }
    let cases = Case::all(report);
    // An experiment knows its run by the change it makes; this holds even where that run was not made as asked.
    let made = |parameters: &Parameters| {
        let runs = report.measurements.iter().map(|measurement| &measurement.run);
        runs.chain(&report.header.plan.runs).any(|run| run.parameters == *parameters)
    };
    let ask = |experiment: &Experiment| {
        cases.iter().find_map(|case| experiment(case, left, &policy).filter(|(_, parameters, _)| !made(parameters)))
    };
    let (after, parameters, question) = EXPERIMENTS.iter().find_map(ask)?;
    Some(Run { id: next_id(report), purpose: Purpose::FollowUp { after, question }, parameters })
}

/// The run that raised the question, how to ask, and the question.
type Proposal = (RunId, Parameters, String);
type Experiment = fn(&Case<'_>, Micros, &Policy) -> Option<Proposal>;

/// The experiments, the most telling for its price first.
const EXPERIMENTS: &[Experiment] = &[
    handshake::other_words,
    smaller_packets,
    hello::another_hello,
    handshake::listen_again,
    handshake::classic_key_exchange,
    handshake::other_host_keys,
    addresses::other_address,
    addresses::other_doors,
    protocol_v2,
    idle::idle_connection,
    idle::with_progress,
    more_patience,
    addresses::silent_again,
];

/// After a stall, or a wait that looks like a hole that healed: does it pass when packets stay small?
fn smaller_packets(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    let asked = case.subject.parameters();
    let tried = asked.mss_clamp_bytes.is_some() || case.varied(Change::Clamp).is_some();
    if tried || case.full_size_before_stall().is_some() || ByContent::of(case).is_some() {
        return None;
    }
    let seen = match (case.stall(), healed(case.subject, policy).first()) {
        (Some(stall), _) => format!("Nothing came for {} in the {}", time(stall.silent_us), stall.stage().words()),
        (None, Some(one)) => {
            format!("The {} took {}, and packets were lost", one.mark.stage().words(), time(one.mark.seen.took_us))
        }
        (None, None) => return None,
    };
    let question = format!(
        "{seen}: are large packets lost on the way? The same with segments of at most {} bytes.",
        policy.clamp_mss_bytes
    );
    let parameters = UploadPackParameters { mss_clamp_bytes: Some(policy.clamp_mss_bytes), ..pinned(case.subject) };
    Some((case.subject.id(), Parameters::GitUploadPack(parameters), question))
}

/// After a stall that is no matter of size: does an answer come if one waits longer? What flowed already and stands still
/// is not slow.
fn more_patience(case: &Case<'_>, left: Micros, policy: &Policy) -> Option<Proposal> {
    let stall = case.stall()?;
    if hole::is_of_something_else(case) {
        return None;
    }
    let clamp = case.varied(Change::Clamp);
    let of_size = match clamp {
        Some(_) => matches!(case.clamp(), Some(Clamp::Cured(_))),
        None => case.full_size_before_stall().is_none(),
    };
    let flowed = stall.stage() == Stage::AdvertisementTransfer || stall.stage() >= Stage::PackTransfer;
    if of_size || flowed || case.varied(Change::Patience).is_some() || left < policy.least_left_for_patience_us {
        return None;
    }
    // What is left, without the way to the stall and without the margin in which the stall is still looked at.
    let way = stall.mark.seen.started_us.since(case.subject.0.started_us);
    let patience_us = left.since(way).since(policy.patience_margin_us);
    if patience_us <= case.subject.parameters().patience_us {
        return None;
    }
    let lost = Fingerprint::of(stall).is_some_and(|print| !print.quiet());
    let doubt = if lost { "does it heal by itself?" } else { "is the server only slow?" };
    let known = if clamp.is_some() { "Small packets did not help" } else { "Large packets came before" };
    let question = format!(
        "{known}: {doubt} The same, waiting {} for an answer in place of {}.",
        time(patience_us),
        time(case.subject.parameters().patience_us)
    );
    // The cut that keeps a healthy run short would end it while it waits.
    let asked = pinned(case.subject);
    let caps = Caps { time_us: asked.caps.time_us.map(|cap| cap.max(patience_us)), ..asked.caps };
    Some((
        clamp.unwrap_or(case.subject).id(),
        Parameters::GitUploadPack(UploadPackParameters { patience_us, caps, ..asked }),
        question,
    ))
}

/// After a slow or large advertisement: is it the number of references?
fn protocol_v2(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    let slow = advertisement::slow(case.subject, policy)?;
    if case.varied(Change::Protocol).is_some() || !healed(case.subject, policy).is_empty() {
        return None;
    }
    let question = format!(
        "The ref advertisement took {} for {}: are the many references the cause? The same with protocol v2, \
         which sends only those asked for.",
        time(slow.took_us),
        size(slow.size)
    );
    Some((
        case.subject.id(),
        Parameters::GitUploadPack(UploadPackParameters { protocol: Protocol::V2, ..pinned(case.subject) }),
        question,
    ))
}

/// The subject's parameters, to the very address it went to: the resolver must not bring in a second change.
fn pinned(subject: Trace<'_>) -> UploadPackParameters {
    UploadPackParameters { address: subject.address(), ..subject.parameters().clone() }
}

/// The number behind the last; a doctored report may have used the very last, and then the first that is free.
fn next_id(report: &Report) -> RunId {
    let made = report.measurements.iter().map(|measurement| measurement.run.id.0);
    let used: BTreeSet<u32> = made.chain(report.header.plan.runs.iter().map(|run| run.id.0)).collect();
    let behind = used.last().map_or(Some(1), |last| last.checked_add(1));
    RunId(behind.or_else(|| (1..u32::MAX).find(|id| !used.contains(id))).unwrap_or_default())
}

#[cfg(test)]
mod tests;
