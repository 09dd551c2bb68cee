//! A failure for which there is no rule: shown as it was recorded, with no cause claimed.

use model::{Ended, FailureKind};

use crate::case::Case;
use crate::command;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use crate::{Confidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "unexplained", title: "a failure without a rule", weight: Weight::LastWord, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let run = case.subject;
    let Some((mark, failure)) = run.first_problem() else {
        if run.went_well() {
            return None;
        }
        let statement = format!("Run {} ended without the clone, and the report does not say why.", run.id().0);
        let failed = run.0.ended == Ended::Failed;
        let severity = if failed { Severity::Fault } else { Severity::Info };
        let word = Judgement::new(severity, Confidence::Proven, statement, run.shows("how the run ended"));
        return Some(word.next([command::run_again(case.report, "")]));
    };
    let here = if failure.kind == FailureKind::Local { " on this machine" } else { "" };
    let statement =
        format!("The {} failed{here} while it was to {}{}.", mark.stage().words(), failure.operation, said(failure));
    let word = Judgement::fault(statement, mark.shows(format!("the failure in the {}", mark.stage().words())));
    Some(word.at(mark.stage()).next([command::run_again(case.report, "")]))
}
