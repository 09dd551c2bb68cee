//! After an SSH exchange that failed before git spoke: handshakes that change one thing each, and go no further than it takes
//! to see. Each is one connection; a server that turns us away is asked three times at most, and never at once.

use model::{Micros, Parameters, Profile, SshHandshakeParameters, SshKeyExchange, SshOpening, Stage, Step};

use super::Proposal;
use crate::case::{Case, Clamp};
use crate::figures::time;
use crate::policy::Policy;
use crate::ssh::{ByContent, Handshake, greeting_unanswered, identified, names_a_limit, server_offer, turned_away};
use model::FailureKind;

/// Our identification is not acknowledged: do other bytes pass, and then, does it still not?
pub(super) fn other_words(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    let stall = greeting_unanswered(case)?;
    let base = base(case, policy);
    if !Handshake::of(case).any(|one| one.asked.opening == SshOpening::Neutral) {
        let question = format!(
            "Our identification was not acknowledged for {}: is it for what stands in it? A connection that begins with as \
             many other bytes.",
            time(stall.silent_us)
        );
        return Some(propose(case, SshHandshakeParameters { opening: SshOpening::Neutral, ..base }, question));
    }
    let passes = ByContent::of(case)?;
    if passes.again.is_some() {
        return None;
    }
    let question =
        "Other bytes pass: was it chance? A connection that begins with the identification again.".to_owned();
    Some(propose(case, base, question))
}

/// The server ended the connection before its identification: does it greet another one?
pub(super) fn listen_again(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    let mark = turned_away(case)?;
    let said = |words: Option<&str>| words.is_some_and(names_a_limit);
    let before: Vec<Handshake<'_>> = Handshake::of(case).collect();
    let words = |one: &Handshake<'_>| said(one.opened().and_then(|opened| Some(opened.seen.words.as_ref()?.as_str())));
    let known = said(mark.problem().map(|problem| problem.text.as_str())) || before.iter().any(words);
    let tries = u64::try_from(before.len()).unwrap_or(MOST_TRIES);
    // Its own word settles it; once more tells whether it holds for each.
    if known && !before.is_empty() || tries >= MOST_TRIES {
        return None;
    }
    let base = SshHandshakeParameters { delay_us: Some(APART + Micros(APART.0 / 2 * tries)), ..base(case, policy) };
    let greeted = before.iter().any(|one| one.asked.opening == SshOpening::Silent && one.passed(Stage::Greeting));
    if greeted {
        if identified(case).next().is_some() {
            return None;
        }
        let question = "The server greets who listens: does it end the connection for our first words? The identification \
                        again.";
        return Some(propose(case, base, question.to_owned()));
    }
    let question = format!(
        "The server ended the connection before its greeting: does it do so to each? Listening to it again, {} later.",
        time(base.delay_us.unwrap_or(APART))
    );
    Some(propose(case, SshHandshakeParameters { opening: SshOpening::Silent, ..base }, question))
}

/// The exchange of keys hangs or is cut, and small packets do not help: does a small key exchange?
pub(super) fn classic_key_exchange(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    let (mark, failure) = case.subject.first_problem()?;
    let hangs = matches!(failure.kind, FailureKind::Stalled { .. });
    let cut = matches!(failure.kind, FailureKind::Closed | FailureKind::Reset);
    if mark.stage() != Stage::KeyExchange || !(hangs || cut) || !large_share(case) {
        return None;
    }
    let tried = |how| Handshake::of(case).any(|one| one.asked.key_exchange == how);
    if hangs && !matches!(case.clamp(), Some(Clamp::StalledAgain(_))) || tried(SshKeyExchange::Classic) {
        return None;
    }
    let base = SshHandshakeParameters { key_exchange: SshKeyExchange::Classic, ..base(case, policy) };
    let patience_us = case.subject.parameters().patience_us;
    let known = if hangs { "hangs, whatever the size of its packets" } else { "is cut" };
    let question =
        format!("The SSH key exchange {known}: is it the large one with ML-KEM? The same with curve25519 alone.");
    Some(propose(case, SshHandshakeParameters { patience_us, ..base }, question))
}

/// The host key is not known, or is another one: which keys has the server beside it?
pub(super) fn other_host_keys(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    let (mark, _) =
        case.subject.problem(|kind| matches!(kind, FailureKind::HostKeyUnknown | FailureKind::HostKeyChanged))?;
    let Step::KeyExchange { host_key: Some(shown), .. } = &mark.seen.step else { return None };
    let offered = &server_offer(case)?.seen.host_key;
    let of_shown = if shown.key_type == "ssh-rsa" { "rsa-sha2-512" } else { shown.key_type.as_str() };
    let wanted = HOST_KEY_TYPES.into_iter().find(|name| {
        // A thorough plan asks for each type anyhow, and a server counts those who leave without a login.
        let planned = case.report.header.plan.runs.iter().any(|run| match &run.parameters {
            Parameters::SshHandshake(asked) => asked.host_key_type.as_deref() == Some(*name),
            _ => false,
        });
        let tried = planned || Handshake::of(case).any(|one| one.asked.host_key_type.as_deref() == Some(*name));
        *name != of_shown && offered.iter().any(|offered| offered.as_str() == *name) && !tried
    })?;
    let question = format!("The server also has a host key for {wanted}: which one? A handshake that asks for it.");
    let host_key_type = Some(wanted.to_owned());
    Some(propose(case, SshHandshakeParameters { host_key_type, ..base(case, policy) }, question))
}

/// Whether the exchange's key share was a large one: that of Flux since 2.6, where the server has it too.
pub(crate) fn large_share(case: &Case<'_>) -> bool {
    let offers = server_offer(case).is_none_or(|offer| offer.seen.kex.iter().any(|name| name.as_str() == ML_KEM));
    case.report.header.plan.profile == Profile::Flux && offers
}

/// The exchange's own handshake, to the very address it went to.
pub(super) fn base(case: &Case<'_>, policy: &Policy) -> SshHandshakeParameters {
    SshHandshakeParameters {
        opening: SshOpening::Identification,
        key_exchange: SshKeyExchange::AsProfile,
        host_key_type: None,
        authenticate: false,
        delay_us: None,
        mss_clamp_bytes: case.subject.parameters().mss_clamp_bytes,
        address: case.subject.address(),
        hold_us: None,
        patience_us: case.subject.parameters().patience_us.min(policy.hello_patience_us),
    }
}

pub(super) fn propose(case: &Case<'_>, parameters: SshHandshakeParameters, question: String) -> Proposal {
    (case.subject.id(), Parameters::SshHandshake(parameters), question)
}

const ML_KEM: &str = "mlkem768x25519-sha256";
/// The types that a server has by default (`HostKey` in `sshd_config(5)`).
const HOST_KEY_TYPES: [&str; 3] = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"];
/// Connections to a server that turned us away, the exchange not counted.
const MOST_TRIES: u64 = 3;
/// Between two of them.
const APART: Micros = Micros::from_secs(1);

#[cfg(test)]
mod tests;
