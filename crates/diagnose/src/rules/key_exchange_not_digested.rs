//! The large key exchange does not get through, whatever the size of its packets, and a small one does.

use model::{FailureKind, SshKeyExchange, Stage};

use crate::case::{Case, Clamp};
use crate::figures::time;
use crate::follow_up::handshake::large_share;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::ssh::Handshake;
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "key-exchange-not-digested",
    title: "the ML-KEM key exchange does not get through",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case.subject.first_problem()?;
    let hangs = matches!(failure.kind, FailureKind::Stalled { .. });
    let cut = matches!(failure.kind, FailureKind::Closed | FailureKind::Reset);
    if mark.stage() != Stage::KeyExchange || !(hangs || cut) || !large_share(case) {
        return None;
    }
    let clamped = match case.clamp() {
        Some(Clamp::StalledAgain(again)) => Some(again),
        Some(Clamp::Cured(_) | Clamp::Late(_)) => return None,
        None => None,
    };
    if hangs && clamped.is_none() {
        return None;
    }
    let classic = Handshake::of(case)
        .find(|one| one.asked.key_exchange == SshKeyExchange::Classic && one.passed(Stage::KeyExchange))?
        .stage(Stage::KeyExchange)?;
    let host = &case.report.header.plan.target.host;
    let how = if hangs { "hangs" } else { "is cut" };
    // What hung twice and passed at once with the one change is more than chance; what was cut once is not.
    let confidence = if clamped.is_some() { Confidence::Proven } else { Confidence::Likely };
    let statement = format!(
        "The SSH key exchange with ML-KEM (mlkem768x25519-sha256, Flux's first choice since 2.6) {how} on the way to {host}, \
         and the one with curve25519 alone takes {}.",
        time(classic.seen.took_us)
    );
    let word = Judgement::new(
        Severity::Fault,
        confidence,
        statement,
        mark.shows(format!("the exchange with ML-KEM {how} after {}", time(mark.seen.took_us))),
    )
    .at(Stage::KeyExchange)
    .and(clamped.map(|again| again.shows(format!("with TCP_MAXSEG {} it hangs as well", policy.clamp_mss_bytes))))
    .and([classic.shows(format!("with curve25519 alone it took {}", time(classic.seen.took_us)))])
    .explains(&["stalled", "server-silent", "connection-cut"])
    .rules_out(["a blocked port, a server that is down: the other exchange is made with it"])
    .rules_out([if clamped.is_some() {
        "packets too large for the path: small ones hang as well"
    } else {
        "packets that vanish: that would be silence, not an end"
    }])
    .possible([
        "a firewall that looks into SSH and does not know ML-KEM's messages of 1.2 kB",
        "a server that says it has ML-KEM and breaks on it",
    ])
    .remedy([
        "Let Flux use curve25519 until then: give source-controller the flag".to_owned(),
        "--ssh-kex-algos=curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256".to_owned(),
        "Update the firewall or the server.".to_owned(),
    ]);
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::ssh::handshake;
    use crate::samples::{Story, Telling, V4, step};

    #[test]
    fn what_was_cut_was_never_tried_in_small_packets() {
        let cut =
            |run: Telling| run.until(Stage::KeyExchange).bad(step(Stage::KeyExchange, V4), 20, FailureKind::Reset);
        let classic = model::SshHandshakeParameters { key_exchange: SshKeyExchange::Classic, ..handshake() };
        let report = Story::ssh().run(cut).shakes(classic, step(Stage::KeyExchange, V4), None).done();
        let finding = crate::diagnose(&report, &Policy::STANDARD).findings.remove(0);
        assert_eq!(finding.rule, "key-exchange-not-digested");
        assert!(!finding.rules_out.iter().any(|cause| cause.contains("small ones hang")), "{finding:#?}");
    }
}
