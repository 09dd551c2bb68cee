//! The network itself says that there is no way.

use crate::Confidence;
use crate::case::Case;
use crate::doors::Doors;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::connect_silent::{other_address, severity};
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{FailureKind, Stage};

pub(super) const RULE: Rule =
    Rule { id: "connect-unreachable", title: "the network says there is no way", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) =
        case.subject.problem(|kind| matches!(kind, FailureKind::Unreachable | FailureKind::Prohibited))?;
    if mark.stage() != Stage::Connect {
        return None;
    }
    let peer = case.subject.peer()?;
    let prohibited = failure.kind == FailureKind::Prohibited;
    let what = if prohibited { "a rule forbids it" } else { "there is no way" };
    let way = case.subject.on_the_way(&case.report.header.plan.target);
    let statement =
        format!("No connection to {peer}{way}: the network or this machine says that {what}{}.", said(failure));
    let other = other_address(case);
    let shows = mark.shows(format!("connecting to {peer} ended with an error, not with silence"));
    let word = Judgement::new(severity(other.as_ref()), Confidence::Proven, statement, shows);
    let doors = Doors::of(case);
    let mut remedies = doors.ways_around();
    remedies.extend(if prohibited {
        vec!["Look for a rule that rejects: a NetworkPolicy, security group or firewall on the way out.".to_owned()]
    } else {
        vec!["Look at the route:".to_owned(), format!("ip route get {}", peer.ip())]
    });
    let open = doors.open_at_same_address().map(|one| one.peer.port());
    let about_the_host = open
        .map(|open| format!("the host or the way to it: port {open} of the same address answers, so it is this port"));
    Some(
        word.at(mark.stage())
            .and(other)
            .and(doors.evidence())
            .rules_out(["a server that is merely slow"])
            .rules_out(about_the_host)
            .remedy(remedies),
    )
}
