//! Things moved when the run's own time was over, and what was seen does not tell how it would have gone on.

use model::{Ended, StopCause};

use crate::case::Case;
use crate::command;
use crate::figures::{size, time};
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, FluxOutcome, Severity, flux, trace};

pub(super) const RULE: Rule =
    Rule { id: "cut-for-budget", title: "the run's time was over too soon to tell", weight: Weight::LeavesOpen, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let run = case.subject;
    let out_of_time = run.problem(trace::is_ours).is_some();
    let by_budget = matches!(run.0.ended, Ended::Stopped { cause: StopCause::Budget } | Ended::Cut { .. });
    // A cap is reached while all goes well; a budget may run out for any reason, and an estimate does not mend that.
    let extrapolated =
        matches!(run.0.ended, Ended::Cut { .. }) && flux::needed(&case.report.header.plan, run).is_some();
    let told_anyway = extrapolated || matches!(case.flux.outcome, FluxOutcome::TimesOut | FluxOutcome::Fails);
    if !(out_of_time || by_budget) || told_anyway || run.stall().is_some() {
        return None;
    }
    let last = run.marks().last()?;
    let statement = format!(
        "The run was over after {}, in the {}, with {} received: too soon to tell whether the clone works.",
        time(run.0.took_us),
        last.stage().words(),
        size(last.seen.wire.received)
    );
    let word = Judgement::new(
        Severity::Info,
        Confidence::Proven,
        statement,
        last.shows(format!(
            "the last stage that was seen, {} after the start",
            time(last.seen.ended_us().since(run.0.started_us))
        )),
    );
    let larger = command::larger_budget(case.report);
    let options = if matches!(run.0.ended, Ended::Cut { .. }) { format!("{larger} --full") } else { larger };
    Some(word.at(last.stage()).next([command::run_again(case.report, &options)]))
}
