//! A follow-up run in one line: what was different, and what came of it.

use model::{Ended, FailureKind, Measurement, Purpose, Report, StageSeen};

use super::{around, exchange};
use crate::page::Page;
use crate::style::Ink;
use crate::{failure, number};

pub(super) fn line(page: &mut Page, report: &Report, measurement: &Measurement) {
    let Purpose::FollowUp { after, question } = &measurement.run.purpose else { return };
    let (number, mark) = (measurement.run.id.0, exchange::ending(measurement).2);
    if let Some((manner, answer, mark)) = around::follow_up(measurement) {
        return page.marked(mark, Ink::Plain, &format!("{number} · {manner} → {answer}"));
    }
    let before = report.measurement(*after);
    let differences = before.map(|before| exchange::differences(measurement, before));
    let manner = match differences {
        Some(differences) if !differences.is_empty() => format!("with {}", differences.join(", ")),
        Some(_) => "the same again".to_owned(),
        None => question.clone(),
    };
    page.marked(mark, Ink::Plain, &format!("{number} · {manner} → {}", answer(measurement, before)));
}

/// What the run says to the question that an earlier one raised: whether it got past the place where that one ended.
fn answer(this: &Measurement, before: Option<&Measurement>) -> String {
    if matches!(this.ended, Ended::Skipped { .. } | Ended::Crashed { .. } | Ended::Lost) {
        return exchange::ending(this).0;
    }
    let ending = match &this.ended {
        Ended::Complete => format!("all in {}", number::duration(this.took_us)),
        _ => exchange::ending(this).0,
    };
    let Some(stuck) = before.and_then(Measurement::failed_stage) else {
        return slowest(this, before).map(|stage| format!("{stage}, {ending}")).unwrap_or(ending);
    };
    let place = if is_stall(stuck) { "the stalled stage" } else { "the failed stage" };
    match (this.stage(stuck.stage()), this.failed_stage()) {
        (Some(passed), _) if passed.problem.is_none() => {
            format!("passed {place} in {}, {ending}", number::duration(passed.took_us))
        }
        (_, Some(failed)) if failed.stage() == stuck.stage() => format!("{} at the same stage", how(failed)),
        (_, Some(failed)) => {
            let side = if failed.stage() < stuck.stage() { "before" } else { "past" };
            format!("{} {side} {place}, at “{}”", how(failed), failed.stage().words())
        }
        _ => ending,
    }
}

/// The slowest stage of the earlier run, then and now: where nothing failed, a follow-up asks what made it slow.
fn slowest(this: &Measurement, before: Option<&Measurement>) -> Option<String> {
    let then = before?.stages().max_by_key(|stage| stage.took_us)?;
    let now = this.stage(then.stage())?;
    let (took, instead) = (number::duration(now.took_us), number::duration(then.took_us));
    Some(format!("{} {took} instead of {instead}", then.stage().words()))
}

fn how(stage: &StageSeen) -> String {
    stage.problem.as_ref().map(failure::words).unwrap_or_default()
}

fn is_stall(stage: &StageSeen) -> bool {
    stage.problem.as_ref().is_some_and(|problem| matches!(problem.kind, FailureKind::Stalled { .. }))
}
