//! The connection ended where more was due, with a close or a reset.

use model::{FailureKind, Parting, PartingEnd, Stage};

use crate::case::Case;
use crate::command;
use crate::figures::{size, time};
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::reach::Reach;
use crate::rules::{Rule, Weight};
use crate::shake::fell_as_well;

pub(super) const RULE: Rule =
    Rule { id: "connection-cut", title: "the connection is cut", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.problem(|kind| matches!(kind, FailureKind::Closed | FailureKind::Reset))?;
    let stage = mark.stage();
    let how = if failure.kind == FailureKind::Reset { "reset" } else { "closed from the other side" };
    let since_start = time(mark.seen.ended_us().since(case.subject.0.started_us));
    let statement = format!(
        "The connection was {how} in the {}, {since_start} after the start and after {} received; more was due.",
        stage.words(),
        size(mark.seen.wire.received)
    );
    let who = match stage {
        Stage::Connect | Stage::Greeting => {
            "the server is at its limit of connections (OpenSSH: MaxStartups), or bars this address"
        }
        Stage::KeyExchange | Stage::Tls => {
            "the server, or something on the way that looks into the handshake, does not like it"
        }
        Stage::Proxy => "the proxy ended it",
        Stage::Authenticate | Stage::Exec => "the server ended the session, perhaps after too many tries",
        _ => "git on the server died or was ended: out of memory, a time limit",
    };
    let mut word = Judgement::fault(statement, mark.shows(format!("{how} after {}", size(mark.seen.wire.received))))
        .at(stage)
        .and(fell_as_well(case))
        .possible([who, "a firewall, gateway or proxy on the way ended it"])
        .remedy(["Look at the server's log at this time: an entry there means that the server ended it."])
        .next([command::run_again(case.report, "")]);
    if stage > Stage::Connect {
        word = word.rules_out([
            "a blocked port: the connection stood",
            "packets that vanish: that would be silence, not an end",
        ]);
    }
    if matches!(stage, Stage::Greeting | Stage::Tls) {
        word = beside_a_silent_one(case, word);
    }
    Some(word)
}

/// What became of a connection to the same address on which nothing was said.
fn beside_a_silent_one(case: &Case<'_>, word: Judgement) -> Judgement {
    let reach = Reach::of(case.report);
    let there = reach.entrance().filter(|one| Some(one.peer) == case.subject.peer());
    let mut silent = there.filter_map(|one| Some((one, one.attempt()?.parting?)));
    match silent.next() {
        Some((one, Parting { end: PartingEnd::ResetAtOnce | PartingEnd::ClosedFirst, .. })) => word
            .and([one.shows("another connection, on which nothing was said, was ended at once as well")])
            .rules_out(["something that looks into what is said: nothing was said"]),
        Some((one, Parting { end: PartingEnd::Answered | PartingEnd::Open, .. })) => {
            word.and([one.shows("another connection, on which nothing was said, was left alone")])
        }
        None => word,
    }
}
