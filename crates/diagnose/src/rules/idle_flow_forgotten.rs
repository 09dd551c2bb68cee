//! Somebody on the way forgets connections that say nothing for a while: what the server sends after that never arrives.

use model::{FailureKind, Hold};

use crate::case::Case;
use crate::change::Change;
use crate::figures::{count, time};
use crate::follow_up::idle::while_computing;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::ssh::holds;
use crate::trace::Trace;
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "idle-flow-forgotten",
    title: "silent connections are forgotten on the way",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let stall = while_computing(case)?;
    let hold = holds(case).find(|hold| carries_nothing(hold.seen))?;
    let idle = time(hold.seen.idle_us);
    let alive = case.varied(Change::Progress).and_then(|run| kept_alive(run).map(|(words, mark)| (run, words, mark)));
    // What dies although something was said on it does not die of its silence.
    let died_speaking =
        |run: Trace<'_>| run.stall().is_some() && run.server_wait().is_some_and(|wait| wait.progress_packets > 0);
    if case.varied(Change::Progress).is_some_and(died_speaking) {
        return None;
    }
    let asked = &hold.seen.asked;
    let how = match hold.seen.problem.as_ref()?.kind {
        FailureKind::Reset => "was answered with a reset",
        _ => "got no answer, and no acknowledgement",
    };
    let (confidence, verb) =
        if alive.is_some() { (Confidence::Proven, "forgets") } else { (Confidence::Likely, "most likely forgets") };
    let statement = format!(
        "Something on the way {verb} connections that are silent for {idle} or less: while the server computes, nothing is \
         said, and what it sends after that no longer arrives."
    );
    let word = Judgement::new(
        Severity::Fault,
        confidence,
        statement,
        stall.shows(format!("the fetch was silent for {}, and TCP missed nothing", time(stall.silent_us))),
    )
    .at(stall.stage())
    .and([hold.shows(format!("another connection, left idle for {idle}: {asked} {how}"))])
    .and(alive.map(|(_, words, mark)| mark.shows(words)))
    .explains(&["server-silent", "stalled", "server-computing", "over-timeout", "near-timeout"])
    .rules_out([
        "packets too large for the path: what went unanswered was small",
        "a server that is only slow: the other connection asked for nothing that takes time",
    ])
    .remedy([
        "Raise the idle time of the NAT gateway, firewall or load balancer on the way above a minute. On a Linux router the \
         time for established connections is:"
            .to_owned(),
        "sysctl net.netfilter.nf_conntrack_tcp_timeout_established".to_owned(),
        "Let the server speak meanwhile; git's keepalives come every 5 s unless said otherwise. On the server:".to_owned(),
        "git config --system uploadpack.keepAlive 1".to_owned(),
        "Shorten what it computes, so that packs and bitmaps are ready. On the server, in the repository:".to_owned(),
        "git gc && git repack -adb".to_owned(),
    ]);
    Some(if confidence == Confidence::Proven {
        word
    } else {
        word.possible(["a fault that comes and goes, and struck both connections"])
            .next([crate::command::run_again(case.report, &crate::command::larger_budget(case.report))])
    })
}

/// Nothing came back for a small question: silence while our own bytes stay unacknowledged, or a reset. That the other side
/// closed in order is its own idle time, and no one's forgetting.
fn carries_nothing(hold: &Hold) -> bool {
    match hold.problem.as_ref().map(|problem| &problem.kind) {
        Some(FailureKind::Stalled { .. }) => hold.tcp.is_none_or(|tcp| tcp.unacked_segments > 0),
        Some(FailureKind::Reset) => true,
        _ => false,
    }
}

/// With progress the same fetch went on for longer than the silent one lived.
fn kept_alive(run: Trace<'_>) -> Option<(String, crate::trace::Mark<'_>)> {
    let wait = run.server_wait().filter(|wait| wait.progress_packets > 0)?;
    let died = run.stall().is_some();
    (!died).then(|| {
        let packets = count(wait.progress_packets.into(), "packet");
        let words =
            format!("with progress on, {packets} of it came in {}, and the connection lived", time(wait.took_us));
        (words, wait.mark)
    })
}
