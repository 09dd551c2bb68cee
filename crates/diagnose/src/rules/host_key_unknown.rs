//! `known_hosts` has no line for this host.

use crate::Evidence;
use crate::case::Case;
use crate::command::quoted;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::host_key_changed::AFTER;
use crate::rules::{Rule, Weight};
use crate::ssh::{Handshake, known_types};
use crate::trace::Mark;
use model::{FailureKind, HostKey, HostKeyVerdict, Stage, Step};

pub(super) const RULE: Rule =
    Rule { id: "host-key-unknown", title: "the host key is not known", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    unknown(case).or_else(|| to_flux_alone(case))
}

fn unknown(case: &Case<'_>) -> Option<Judgement> {
    let (mark, _) = case.subject.problem(|kind| *kind == FailureKind::HostKeyUnknown)?;
    let host = &case.report.header.plan.target.host;
    let key = key_of(mark);
    let shown = key.map_or_else(String::new, |key| format!("; it shows the {} key {}", key.key_type, key.fingerprint));
    let word = Judgement::fault(
        format!("known_hosts has no key for {host}{shown}."),
        mark.shows(key.map_or_else(|| "the key exchange".to_owned(), |key| key.source.clone())),
    );
    let in_pod = case.report.header.vantage.pod.is_some();
    let command = if in_pod { scan(case) } else { format!("{} >> ~/.ssh/known_hosts", scan(case)) };
    Some(word.at(mark.stage()).and(others(case)).explains(AFTER).remedy([
        "Compare the fingerprint with the one that the server's owner publishes. Then add the key:".to_owned(),
        command,
        FOR_FLUX.to_owned(),
    ]))
}

/// OpenSSH takes the key by a line that is none to Flux. Authorities are another rule's.
fn to_flux_alone(case: &Case<'_>) -> Option<Judgement> {
    let known = known_types(case).filter(|known| known.seen.given && !known.seen.authority)?;
    let mark = case.subject.mark(Stage::KeyExchange).filter(|mark| mark.problem().is_none())?;
    let why = match known.seen.as_flux? {
        HostKeyVerdict::Trusted => return None,
        HostKeyVerdict::Unknown => "OpenSSH also takes a line without the port, and Flux does not",
        HostKeyVerdict::Revoked => "a key that is @revoked for any host is revoked for every host with Flux",
        HostKeyVerdict::OtherTypesOnly | HostKeyVerdict::Changed => {
            "OpenSSH takes any line for the host, and Flux only the first one of each type of key"
        }
    };
    let statement =
        format!("The clone works from here, and Flux does not take the host key of {}: {why}.", entry(case));
    let shows = mark.shows(key_of(mark).map_or_else(|| "the key exchange".to_owned(), |key| key.source.clone()));
    Some(Judgement::fault(statement, shows).at(Stage::KeyExchange).remedy([
        format!("Give Flux one line for each type of key that begins with `{}`:", entry(case)),
        scan(case),
        FOR_FLUX.to_owned(),
    ]))
}

/// The key that the server showed.
pub(super) fn key_of(mark: Mark<'_>) -> Option<&HostKey> {
    match &mark.seen.step {
        Step::KeyExchange { host_key, .. } => host_key.as_ref(),
        _ => None,
    }
}

/// The server's keys of other types, where handshakes asked for them.
pub(super) fn others(case: &Case<'_>) -> Vec<Evidence> {
    let key = |one: Handshake<'_>| {
        let stage = one.stage(Stage::KeyExchange)?;
        match &stage.seen.step {
            Step::KeyExchange { host_key: Some(key), .. } if one.asked.host_key_type.is_some() => {
                let known = match key.verdict {
                    HostKeyVerdict::Trusted => ", which known_hosts has",
                    _ => "",
                };
                Some(stage.shows(format!("its {} key is {}{known}", key.key_type, key.fingerprint)))
            }
            _ => None,
        }
    };
    Handshake::of(case).filter_map(key).collect()
}

/// What follows for Flux from another line in `known_hosts`.
pub(super) const FOR_FLUX: &str =
    "Flux needs the same lines as `known_hosts` in the secret that the GitRepository names.";

/// What a line of `known_hosts` calls the server (sshd(8), "`SSH_KNOWN_HOSTS` FILE FORMAT").
pub(super) fn entry(case: &Case<'_>) -> String {
    let target = &case.report.header.plan.target;
    match target.effective_port() {
        22 => target.host.clone(),
        port => format!("[{}]:{port}", target.host),
    }
}

/// Prints the server's keys in the form of `known_hosts`.
pub(super) fn scan(case: &Case<'_>) -> String {
    let target = &case.report.header.plan.target;
    match target.effective_port() {
        22 => format!("ssh-keyscan {}", quoted(&target.host)),
        port => format!("ssh-keyscan -p {port} {}", quoted(&target.host)),
    }
}
