//! The server's machine answers, and nothing listens there.

use crate::Confidence;
use crate::case::Case;
use crate::doors::Doors;
use crate::figures::time;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::connect_silent::{other_address, severity};
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
    let other = other_address(case);
    let doors = Doors::of(case);
    // A lost SYN makes an answer late that is not far.
    let nearer = doors.open_at_same_address().filter(|open| {
        let margin = mark.seen.took_us + NOISE;
        open.syns == 1 && mark.seen.took_us + margin < open.took_us
    });
    let who = match (nearer, doors.open_at_same_address()) {
        (Some(open), _) => format!(
            "the reset came back in {}, an answer from port {} of the same address takes {}: it comes from something nearer, \
             a firewall or a balancer without this port",
            time(mark.seen.took_us),
            open.peer.port(),
            time(open.took_us)
        ),
        (None, Some(open)) => format!(
            "the machine is up, as port {} answers, and nobody listens on this one or a firewall rejects it",
            open.peer.port()
        ),
        (None, None) => "the machine or a firewall before it answered with a reset".to_owned(),
    };
    let statement = format!(
        "{} refuses connections on port {}{}: {who}.",
        case.subject.called(target, peer.ip()),
        peer.port(),
        case.subject.on_the_way(target)
    );
    let shows = mark.shows(format!("the SYN to {peer} was answered with RST"));
    let word = Judgement::new(severity(other.as_ref()), Confidence::Proven, statement, shows);
    Some(
        word.at(mark.stage())
            .and(other)
            .and(doors.evidence())
            .rules_out([
                "a route that loses packets: the answer came back",
                "packets too large for the path: only small ones were sent",
            ])
            .remedy(doors.ways_around())
            .remedy([format!(
                "Check the port ({}) and that the {} runs; a firewall that rejects looks the same.",
                peer.port(),
                if case.subject.detour(target).is_some() { "proxy or jump host" } else { "server" }
            )]),
    )
}

/// Two answers from one machine differ by less.
const NOISE: model::Micros = model::Micros::from_millis(3);
