//! Nothing answers the SYN.

use crate::case::Case;
use crate::change::Change;
use crate::command;
use crate::figures::time;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::{Confidence, Evidence, Severity};
use model::{FailureKind, Stage, Transport};

pub(super) const RULE: Rule = Rule { id: "connect-silent", title: "nothing answers", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| matches!(kind, FailureKind::Stalled { .. }))?;
    if mark.stage() != Stage::Connect {
        return None;
    }
    let peer = case.subject.peer()?;
    let waited = time(mark.seen.took_us);
    let other = other_family(case);
    let elsewhere = other.as_ref().map_or_else(String::new, |other| format!("; {}", other.shows));
    let target = &case.report.header.plan.target;
    let place = format!("{peer}{}", case.subject.on_the_way(target));
    // OpenSSH tries one address after the other and waits minutes for each; git over HTTP races the families, as Flux does.
    let severity = if target.transport == Transport::Ssh { Severity::Fault } else { severity(other.as_ref()) };
    let mut word = Judgement::new(
        severity,
        Confidence::Proven,
        format!("Nothing answers at {place}: no reply of any kind to the connection attempt in {waited}{elsewhere}."),
        mark.shows(format!("SYN sent to {peer}, no SYN-ACK, no reset, no ICMP error in {waited}")),
    )
    .at(mark.stage())
    .rules_out([
        "packets too large for the path: only small ones were sent",
        "a closed port on a reachable machine: that answers",
    ])
    .remedy([format!(
        "Let port {} out to {} in every firewall, NetworkPolicy and security group on the way.",
        peer.port(),
        peer.ip()
    )])
    .next([command::run_again(case.report, "")]);
    word = match other {
        Some(evidence) => word
            .and([evidence])
            .rules_out(["the server is down: it answers over the other address family"])
            .remedy([format!(
                "Repair or switch off the address family of {} here; git over OpenSSH waits for it, Flux and git over \
                 HTTPS try both.",
                peer.ip()
            )]),
        None => word.possible([
            "a firewall drops the packets",
            "the server is down",
            "the address is wrong or not routed from here",
        ]),
    };
    Some(word)
}

/// How bad it is that one family gives no connection, if clients go on to the other one at once.
pub(super) const fn severity(other_family: Option<&Evidence>) -> Severity {
    if other_family.is_some() { Severity::Warning } else { Severity::Fault }
}

/// What became of the same run over the other address family, if it got a connection.
pub(super) fn other_family(case: &Case<'_>) -> Option<Evidence> {
    let mark = case.varied(Change::Family)?.mark(Stage::Connect).filter(|mark| mark.problem().is_none())?;
    let peer = case.varied(Change::Family)?.peer()?;
    Some(mark.shows(format!("{} answered in {}", peer.ip(), time(mark.seen.took_us))))
}
