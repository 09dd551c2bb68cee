//! Nothing answers the SYN.

use crate::case::Case;
use crate::change::Change;
use crate::command;
use crate::doors::Doors;
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
    let other = other_address(case);
    let doors = Doors::of(case);
    let other_port = doors.answers_at_same_address().map(|one| {
        let (port, verb) = (one.peer.port(), if one.problem.is_none() { "answers" } else { "refuses at once" });
        format!("port {port} of the same address {verb}")
    });
    let elsewhere = other.as_ref().map_or_else(String::new, |other| format!("; {}", other.shows));
    let target = &case.report.header.plan.target;
    let place = format!("{peer}{}", case.subject.on_the_way(target));
    // OpenSSH tries one address after the other and waits minutes for each; git over HTTP races the families, as Flux does.
    let severity = if target.transport == Transport::Ssh { Severity::Fault } else { severity(other.as_ref()) };
    let statement = match &other_port {
        None => {
            format!(
                "Nothing answers at {place}: no reply of any kind to the connection attempt in {waited}{elsewhere}."
            )
        }
        Some(other_port) => format!(
            "Port {} of {} is filtered: no reply of any kind to the connection attempt in {waited}, while {other_port}.",
            peer.port(),
            peer.ip()
        ),
    };
    let mut word = Judgement::new(
        severity,
        Confidence::Proven,
        statement,
        mark.shows(format!("SYN sent to {peer}, no SYN-ACK, no reset, no ICMP error in {waited}")),
    )
    .at(mark.stage())
    .and(doors.evidence())
    .rules_out([
        "packets too large for the path: only small ones were sent",
        "a closed port on a reachable machine: that answers",
    ])
    .remedy(doors.ways_around())
    .remedy([format!(
        "Let port {} out to {} in every firewall, NetworkPolicy and security group on the way.",
        peer.port(),
        peer.ip()
    )])
    .next([command::run_again(case.report, "")]);
    word = match (other, other_port) {
        (Some(evidence), _) => {
            word.and([evidence]).rules_out(["the server is down: it answers at another address"]).remedy([format!(
                "Repair the way to {}; git over OpenSSH waits for it, Flux and git over HTTPS try both families.",
                peer.ip()
            )])
        }
        (None, Some(other_port)) => word
            .rules_out([
                format!("the server is down, its address wrong or not routed from here: {other_port}"),
                "one dead address family: the same address answers".to_owned(),
            ])
            .possible([
                "a firewall, egress policy or security group on the way drops this port",
                "the server's own packet filter drops it",
            ]),
        (None, None) => word.possible([
            "a firewall drops the packets",
            "the server is down",
            "the address is wrong or not routed from here",
        ]),
    };
    Some(word)
}

/// How bad it is that one address gives no connection, if clients go on to another one at once.
pub(super) const fn severity(other_address: Option<&Evidence>) -> Severity {
    if other_address.is_some() { Severity::Warning } else { Severity::Fault }
}

/// What became of the same run to another address, if it got a connection.
pub(super) fn other_address(case: &Case<'_>) -> Option<Evidence> {
    let mark = case.varied(Change::Address)?.mark(Stage::Connect).filter(|mark| mark.problem().is_none())?;
    Some(mark.shows(format!("{} answered in {}", mark.peer()?.ip(), time(mark.seen.took_us))))
}
