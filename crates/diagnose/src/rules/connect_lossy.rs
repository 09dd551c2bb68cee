//! Many connections need more than one SYN: first packets are lost, more of them than on any usable path.

use model::Seen;

use crate::case::Case;
use crate::figures::size;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::reach::{Answer, Reach, Try};
use crate::rules::{Rule, Weight};
use crate::shake::{SECOND_SYN, round_trip};
use crate::sight::Sight;
use crate::{Confidence, Evidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "connect-lossy", title: "connections need several attempts", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let reach = Reach::of(case.report);
    // A dead address is another matter.
    let answers = |one: &Try<'_>| matches!(reach.answer(one.peer.ip()), Some(Answer::Connects(_)));
    let tries: Vec<Try<'_>> = reach.entrance().filter(|one| one.attempt().is_some()).filter(answers).collect();
    let late: Vec<Try<'_>> = tries.iter().copied().filter(|one| one.syns > 1).collect();
    let share = late.len() * 100 >= tries.len() * policy.lossy_connects_percent;
    // Where an answer takes as long, the second SYN goes out before it comes, and nothing is lost.
    let measured = case.subject.marks().filter_map(|mark| round_trip(&mark.seen.tcp?));
    let far = measured.min().is_some_and(|trip| trip >= SECOND_SYN);
    if far || tries.len() < policy.least_connects || late.len() < policy.lossy_connects || !share {
        return None;
    }
    let statement = format!(
        "{} of {} connections needed more than one SYN, and each such loss costs a second or more.",
        late.len(),
        tries.len()
    );
    let first = late.first()?;
    let word = Judgement::new(
        Severity::Warning,
        Confidence::Proven,
        statement,
        first.shows(format!("{}: {} SYNs", first.peer, first.syns)),
    )
    .and(round_trips(case));
    let possible = [
        "a gateway is out of ports or of table entries for new connections (SNAT), or two connections race for one",
        "the server, or a balancer before it, drops SYNs while its queue is full",
        "an overlay network breaks checksums of what is offloaded",
    ];
    let word = match unharmed_pack(case) {
        Some(evidence) => word
            .rules_out(["packets lost of every kind: those of the pack came in order"])
            .and([evidence])
            .possible(possible),
        None => word.possible(["packets of every kind are lost on the way"]).possible(possible),
    };
    Some(word.remedy([
        "Measure again from the node itself, without the pod's network: where it is the same there, look at the gateway that \
         translates addresses, else at the overlay network.",
        "On the node that translates addresses, `insert_failed` and `drop` that grow are such losses:",
        "conntrack -S",
    ]))
}

/// The spread of those that were answered at once: a queue would show in it.
fn round_trips(case: &Case<'_>) -> Option<Evidence> {
    let histogram = Sight::all(case.report, |seen| match seen {
        Seen::ConnectRtt(histogram) => Some(histogram),
        _ => None,
    })
    .last()?;
    let [p50, max] = [histogram.seen.p50_us, histogram.seen.max_us].map(crate::figures::time);
    Some(histogram.shows(format!("those that needed one SYN: half of them within {p50}, the longest {max}")))
}

/// A pack that came without a gap.
fn unharmed_pack(case: &Case<'_>) -> Option<Evidence> {
    let (mark, pack) = case.subject.pack().filter(|(mark, _)| mark.problem().is_none())?;
    let tcp = mark.seen.tcp?;
    let unharmed = tcp.out_of_order_segments == 0 && tcp.total_retransmits == 0;
    (unharmed && pack.pack >= ENOUGH).then(|| mark.shows(format!("{} of the pack came without a gap", size(pack.pack))))
}

/// Some 170 segments: at a loss of a fiftieth all of them arrive 3 times in 100.
const ENOUGH: model::Bytes = model::Bytes(256 * 1024);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::connect::{AT_ONCE, Came, at, connects, well};
    use crate::samples::{Story, V4};

    fn found(late: usize, all: usize) -> bool {
        let seen = (0..all).map(|index| at(V4, if index < late { Came::Connected { syns: 2 } } else { AT_ONCE }));
        let report = well(Story::ssh(), &[V4], V4).around(connects(20, &[]), seen).done();
        crate::diagnose(&report, &Policy::STANDARD).findings.iter().any(|finding| finding.rule == "connect-lossy")
    }

    #[test]
    fn an_answer_that_takes_a_second_is_no_loss() {
        let lossy = |far: bool| {
            let seen = (0..20).map(|_| at(V4, Came::Connected { syns: 2 }));
            let mut report = well(Story::ssh(), &[V4], V4).around(connects(20, &[]), seen).done();
            let stages = report.measurements[0].observations.iter_mut().filter_map(|one| match &mut one.seen {
                Seen::Stage(stage) => stage.tcp.as_mut(),
                _ => None,
            });
            // The kernel has no round trip of a connection whose SYN was lost, until something else is acknowledged.
            for (index, tcp) in stages.enumerate() {
                tcp.min_rtt_us = if index == 0 { u32::MAX } else { u32::from(far) * 1_200_000 };
            }
            let found = crate::diagnose(&report, &Policy::STANDARD).findings;
            found.iter().any(|finding| finding.rule == "connect-lossy")
        };
        assert!(lossy(false) && !lossy(true));
    }

    #[test]
    fn a_clear_share_of_many_is_needed() {
        assert!(found(4, 20) && found(6, 40));
        for (late, all) in [(1, 1), (1, 20), (3, 20), (4, 11), (5, 40)] {
            assert!(!found(late, all), "{late} of {all}");
        }
    }
}
