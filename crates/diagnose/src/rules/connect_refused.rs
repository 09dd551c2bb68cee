//! The server's machine answers, and nothing listens there.

use crate::Confidence;
use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::connect_silent::{other_family, severity};
use crate::rules::{Rule, Weight};
use model::{FailureKind, Stage};

pub(super) const RULE: Rule =
    Rule { id: "connect-refused", title: "the connection is refused", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::Refused)?;
    if mark.stage() != Stage::Connect {
        return None;
    }
    let peer = case.subject.peer()?;
    let target = &case.report.header.plan.target;
    let statement = format!(
        "{} refuses connections on port {}{}: the machine or a firewall before it answered with a reset.",
        case.subject.called(target, peer.ip()),
        peer.port(),
        case.subject.on_the_way(target)
    );
    let other = other_family(case);
    let shows = mark.shows(format!("the SYN to {peer} was answered with RST"));
    let word = Judgement::new(severity(other.as_ref()), Confidence::Proven, statement, shows);
    Some(
        word.at(mark.stage())
            .and(other)
            .rules_out([
                "a route that loses packets: the answer came back",
                "packets too large for the path: only small ones were sent",
            ])
            .remedy([format!(
                "Check the port ({}) and that the {} runs; a firewall that rejects looks the same.",
                peer.port(),
                if case.subject.detour(target).is_some() { "proxy or jump host" } else { "server" }
            )]),
    )
}
