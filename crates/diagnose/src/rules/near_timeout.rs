//! The clone fits under Flux's deadline, with little to spare.

use crate::case::Case;
use crate::figures::time;
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::over_timeout::{longest, timeout_remedy, where_it_went};
use crate::rules::{Rule, Weight};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "near-timeout",
    title: "the clone fits under spec.timeout, with little to spare",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let plan = &case.report.header.plan;
    let needed = flux::needed(plan, case.subject)?;
    let percent = u128::from(needed.total.0) * 100 / u128::from(plan.timeout_us.0.max(1));
    if needed.total > plan.timeout_us || percent <= u128::from(policy.near_timeout_percent) {
        return None;
    }
    let (mark, _) = case.subject.pack()?;
    let about = if needed.extrapolated { "about " } else { "" };
    let statement = format!(
        "The clone works and takes {about}{} of the {} that Flux waits; {}.",
        time(needed.total),
        time(plan.timeout_us),
        where_it_went(case.subject, &needed)
    );
    let confidence = if needed.extrapolated { Confidence::Likely } else { Confidence::Proven };
    let word =
        Judgement::new(Severity::Warning, confidence, statement, mark.shows(format!("{percent} % of spec.timeout")));
    let (stage, _) = longest(case.subject, &needed)?;
    Some(word.at(stage).remedy([timeout_remedy(&needed)]))
}
