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
    let in_pod = case.report.header.vantage.pod.is_some();
    let (advice, option) = match (in_pod, target.transport) {
        // There it has what Flux has, and nothing of a person's.
        (true, Transport::Ssh) => (
            "The Secret that the GitRepository names has to hold the private key as `identity`, beside `known_hosts`; \
             for an address without a GitRepository name one with --secret.",
            "",
        ),
        (true, _) => (
            "The Secret that the GitRepository names has to hold `username` and `password`, or `bearerToken`; for an \
             address without a GitRepository name one with --secret.",
            "",
        ),
        (false, Transport::Ssh) => {
            ("Give the private key with --identity, or load it into ssh-agent.", "--identity ~/.ssh/id_ed25519")
        }
        (false, _) => ("Hand over a token: in git's credential helper, the environment or a file.", ""),
    };
    let word =
        Judgement::new(Severity::Warning, Confidence::Proven, statement, mark.shows("the server asked for a login"));
    Some(word.at(mark.stage()).remedy([advice]).next([command::run_again(case.report, option)]))
}
