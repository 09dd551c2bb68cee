//! What a look-up did to the clone: how bad it is, and what else follows from it. For the rules about names.

use model::{FailureKind, Micros, Stage};

use crate::case::Case;
use crate::flux;
use crate::rules::over_timeout::longest;
use crate::trace::Mark;
use crate::{Evidence, Severity};

/// The look-up of one case.
#[derive(Debug, Clone, Copy)]
pub(super) struct LookUpCost<'a> {
    mark: Mark<'a>,
    /// Nobody gave a usable answer.
    pub(super) failed: bool,
    /// A fault where the clone, or Flux, dies of it.
    pub(super) severity: Severity,
    /// What is said of the case because of it.
    pub(super) explains: &'static [&'static str],
}

impl<'a> LookUpCost<'a> {
    pub(super) fn of(case: &Case<'a>) -> Option<Self> {
        let mark = case.subject.mark(Stage::Resolve)?;
        let unanswered =
            |kind: &FailureKind| matches!(kind, FailureKind::NameServerFailure | FailureKind::Stalled { .. });
        let failed = mark.problem().is_some_and(|problem| unanswered(&problem.kind));
        let needed = flux::needed(&case.report.header.plan, case.subject);
        let most_of_it = needed
            .is_some_and(|needed| longest(case.subject, &needed).is_some_and(|(stage, _)| stage == Stage::Resolve));
        let over = needed.is_some_and(|needed| needed.total > case.report.header.plan.timeout_us);
        let (severity, explains): (_, &'static [&'static str]) = if failed {
            (Severity::Fault, &["name-server-failure"])
        } else if most_of_it {
            (if over { Severity::Fault } else { Severity::Warning }, &["over-timeout", "near-timeout"])
        } else {
            (Severity::Warning, &[])
        };
        Some(Self { mark, failed, severity, explains })
    }

    pub(super) const fn took_us(self) -> Micros {
        self.mark.seen.took_us
    }

    /// ` (this one took 5.0 s)`, where that is worth saying.
    pub(super) fn in_brackets(self, from: Micros) -> String {
        let took = crate::figures::time(self.took_us());
        match (self.failed, self.took_us() >= from) {
            (true, _) => format!(" (this one failed after {took})"),
            (false, true) => format!(" (this one took {took})"),
            _ => String::new(),
        }
    }

    pub(super) fn shows(self) -> Evidence {
        let took = crate::figures::time(self.took_us());
        let how = if self.failed { "ended without an answer after" } else { "took" };
        self.mark.shows(format!("the look-up of this machine's own resolver {how} {took}"))
    }
}
