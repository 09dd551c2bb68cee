//! The run was not made, was ended from outside, or broke: nothing can be concluded from it.

use model::{Ended, StopCause};

use crate::case::Case;
use crate::command;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "not-measured", title: "the run tells nothing", weight: Weight::LeavesOpen, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let run = case.subject;
    let why = match &run.0.ended {
        Ended::Stopped { cause: StopCause::Interrupt } => "it was interrupted".to_owned(),
        Ended::Stopped { cause: StopCause::Terminate } => "the program was told to end".to_owned(),
        Ended::Stopped { cause: StopCause::Budget } if run.marks().next().is_none() => {
            "the budget was used up before anything was seen".to_owned()
        }
        Ended::Skipped { reason } => format!("it was not made ({reason})"),
        Ended::Crashed { message } => format!("netprobe itself broke ({message}); that is a bug of netprobe"),
        Ended::Lost => "the report breaks off inside it".to_owned(),
        _ => return None,
    };
    let reached = run
        .marks()
        .last()
        .map_or_else(String::new, |mark| format!(" Until then it had come to the {}.", mark.stage().words()));
    let statement = format!("Run {} tells nothing of the clone: {why}.{reached}", run.id().0);
    let word = Judgement::new(Severity::Info, Confidence::Proven, statement, run.shows("how the run ended"));
    Some(word.explains(&["cut-for-budget"]).next([command::run_again(case.report, "")]))
}
