//! There was nothing to log in with, so the rest was not measured.

use crate::case::Case;
use crate::command;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, Severity};
use model::{FailureKind, Transport};

pub(super) const RULE: Rule =
    Rule { id: "no-credential", title: "no credential to go on with", weight: Weight::LeavesOpen, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::NoCredential)?;
    let target = &case.report.header.plan.target;
    let statement = format!(
        "Everything up to the {} works; {} wants a login, and there is no credential to go on with.",
        mark.stage().words(),
        target.host
    );
    let option = match target.transport {
        Transport::Ssh => "--identity ~/.ssh/id_ed25519",
        _ => "",
    };
    let advice = match target.transport {
        Transport::Ssh => "Give the private key with --identity, or load it into ssh-agent.",
        _ => "Hand over a token: in git's credential helper, the environment or a file.",
    };
    let word =
        Judgement::new(Severity::Warning, Confidence::Proven, statement, mark.shows("the server asked for a login"));
    Some(word.at(mark.stage()).remedy([advice]).next([command::run_again(case.report, option)]))
}
