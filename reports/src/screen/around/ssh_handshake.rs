//! An SSH handshake in two or three lines: who answered, what was agreed on and how large the first packets were, and which
//! key was shown.

use model::{
    FailureKind, Hold, HostKeyVerdict, Measurement, Seen, SshHandshakeParameters, SshKeyExchange, SshOpened,
    SshOpening, SshServerOffer, Stage, Step,
};

use super::super::exchange;
use crate::page::Page;
use crate::style::{Ink, Mark};
use crate::{failure, number};

pub(super) fn lines(page: &mut Page, asked: &SshHandshakeParameters, measurement: &Measurement) {
    page.labelled("server", &greeting(measurement).join(" · "));
    page.labelled("agreed", &agreed(asked, measurement).join(" · "));
    page.labelled("host key", &key(measurement).join(" · "));
    if !matches!(measurement.ended, model::Ended::Complete) {
        page.labelled("offers", &offered(asked, measurement));
    }
    page.labelled("then", &rest(measurement).join(" · "));
}

/// What sets this handshake apart: `SSH handshake with ML-KEM alone`.
pub(super) fn manner(asked: &SshHandshakeParameters) -> String {
    match asked.opening {
        SshOpening::Silent => return "SSH, only listened to".to_owned(),
        SshOpening::Neutral => return "bytes that are not SSH".to_owned(),
        SshOpening::Identification => {}
    }
    let key_exchange = match asked.key_exchange {
        SshKeyExchange::AsProfile => "",
        SshKeyExchange::Classic => " with curve25519 alone",
        SshKeyExchange::MlKem => " with ML-KEM alone",
        SshKeyExchange::Sntrup761 => " with sntrup761 alone",
    };
    let host_key = asked.host_key_type.as_ref().map_or_else(String::new, |name| format!(" for {name}"));
    let idle = asked.hold_us.map_or_else(String::new, |idle| format!(", idle for {}", number::duration(idle)));
    format!("SSH handshake{key_exchange}{host_key}{idle}")
}

/// How it ended. That a server does not have what was asked for by itself is an answer.
pub(super) fn ending(asked: &SshHandshakeParameters, measurement: &Measurement) -> (String, Ink, Mark) {
    if is_not_offered(asked, measurement) {
        return ("not offered by the server".to_owned(), Ink::Quiet, Mark::OPEN);
    }
    exchange::ending(measurement)
}

/// What came of it, for a follow-up's line.
pub(super) fn answer(asked: &SshHandshakeParameters, measurement: &Measurement) -> (String, Mark) {
    let (ending, _, mark) = ending(asked, measurement);
    if is_not_offered(asked, measurement) {
        return (ending, mark);
    }
    if let Some(hold) = hold(measurement) {
        return match (&hold.problem, hold.answered_us) {
            (None, Some(took)) => (format!("it still answers, in {}", number::duration(took)), Mark::GOOD),
            (Some(problem), _) => (format!("nothing comes any more: {}", failure::words(problem)), Mark::BAD),
            (None, None) => (ending, mark),
        };
    }
    if let Some(opened) = opened(measurement) {
        let words = opened.words.as_ref().map(|words| format!("“{words}”"));
        let passed = opened.acked_us.map(|took| format!("acknowledged in {}", number::duration(took)));
        let said: Vec<String> = passed.into_iter().chain(words).collect();
        return if said.is_empty() { (ending, mark) } else { (said.join(" · "), mark) };
    }
    let mut words = key(measurement);
    match measurement.failed_stage().filter(|failed| failed.stage() != Stage::KeyExchange || words.is_empty()) {
        Some(failed) => {
            let how = failed.problem.as_ref().map(failure::words).unwrap_or_default();
            words.insert(0, format!("{how} at “{}”", failed.stage().words()));
        }
        None => words.extend(
            measurement
                .stage(Stage::KeyExchange)
                .map(|seen| format!("key exchange in {}", number::duration(seen.took_us))),
        ),
    }
    // A key that nobody vouches for is an answer to who asked which one it is.
    let shown = measurement
        .stage(Stage::KeyExchange)
        .is_some_and(|seen| matches!(&seen.step, Step::KeyExchange { host_key: Some(_), .. }));
    (words.join(" · "), if shown { Mark::GOOD } else { mark })
}

fn greeting(measurement: &Measurement) -> Vec<String> {
    let Some(seen) = measurement.stage(Stage::Greeting) else { return Vec::new() };
    let ident = match &seen.step {
        Step::Greeting { server_ident, .. } => server_ident.as_ref().map(ToString::to_string),
        _ => None,
    };
    let took = ident.is_some().then(|| format!("greeted in {}", number::duration(seen.took_us)));
    let opened = opened(measurement)
        .map(|opened| format!("{} of {} acknowledged", number::bytes(opened.acked), number::bytes(opened.sent)));
    ident.into_iter().chain(took).chain(opened).chain(seen.problem.as_ref().map(failure::words)).collect()
}

fn agreed(asked: &SshHandshakeParameters, measurement: &Measurement) -> Vec<String> {
    let Some(seen) = measurement.stage(Stage::KeyExchange) else { return Vec::new() };
    let Step::KeyExchange { algorithms, client_flight, server_kexinit_bytes, .. } = &seen.step else {
        return Vec::new();
    };
    let mut words: Vec<String> =
        algorithms.iter().flat_map(|names| [names.kex.clone(), names.cipher.clone()]).collect();
    let sizes = [
        client_flight.as_ref().map(|flight| format!("ours {}", number::exact_bytes(flight.sent))),
        server_kexinit_bytes.map(|size| format!("its lists {}", number::exact_bytes(size))),
    ];
    words.extend(sizes.into_iter().flatten());
    let of_trust = matches!(&seen.step, Step::KeyExchange { host_key: Some(_), .. });
    match &seen.problem {
        Some(_) if is_not_offered(asked, measurement) => {}
        Some(problem) if !of_trust => words.push(failure::words(problem)),
        _ => words.push(number::duration(seen.took_us)),
    }
    words
}

fn key(measurement: &Measurement) -> Vec<String> {
    let host_key = match measurement.stage(Stage::KeyExchange).map(|seen| &seen.step) {
        Some(Step::KeyExchange { host_key, .. }) => host_key.as_ref(),
        _ => None,
    };
    let Some(key) = host_key else { return Vec::new() };
    let verdict = match key.verdict {
        HostKeyVerdict::Trusted => "known",
        HostKeyVerdict::Unknown => "not known",
        HostKeyVerdict::Changed => "another one is known",
        HostKeyVerdict::OtherTypesOnly => "only other types are known",
        HostKeyVerdict::Revoked => "revoked",
    };
    vec![format!("{} {}", key.key_type, key.fingerprint), verdict.to_owned()]
}

/// One type of host key or one key exchange was asked for by itself, and the server does not have it.
fn is_not_offered(asked: &SshHandshakeParameters, measurement: &Measurement) -> bool {
    let problem = measurement.stage(Stage::KeyExchange).and_then(|seen| seen.problem.as_ref());
    let nothing_common = problem.is_some_and(|problem| problem.kind == FailureKind::NoCommonAlgorithm);
    let lacks = match &asked.host_key_type {
        Some(name) => offer(measurement).is_some_and(|offer| offer.host_key.iter().all(|has| has.as_str() != name)),
        None => asked.key_exchange != SshKeyExchange::AsProfile,
    };
    nothing_common && lacks
}

/// The server's list of what was asked for by itself.
fn offered(asked: &SshHandshakeParameters, measurement: &Measurement) -> String {
    let Some(offer) = offer(measurement) else { return String::new() };
    let (what, names) = match (&asked.host_key_type, asked.key_exchange) {
        (Some(_), _) => ("host keys", &offer.host_key),
        (None, SshKeyExchange::AsProfile) => return String::new(),
        (None, _) => ("key exchange", &offer.kex),
    };
    // What is no key exchange but a word of what else each side can (RFC 8308 §2.1, OpenSSH's PROTOCOL).
    let extension = |name: &&str| name.starts_with("ext-info-") || name.starts_with("kex-strict-");
    let names: Vec<&str> = names.iter().map(model::RemoteText::as_str).filter(|name| !extension(name)).collect();
    format!("{what} {}", names.join(", "))
}

fn rest(measurement: &Measurement) -> Vec<String> {
    let login = measurement.stage(Stage::Authenticate).map(|seen| match &seen.problem {
        Some(problem) => format!("login: {}", failure::words(problem)),
        None => format!("logged in in {}", number::duration(seen.took_us)),
    });
    let hold = hold(measurement).map(|hold| {
        let idle = number::duration(hold.idle_us);
        match (&hold.problem, hold.answered_us) {
            (Some(problem), _) => format!("idle for {idle}, then: {}", failure::words(problem)),
            (None, Some(took)) => format!("idle for {idle}, answered in {}", number::duration(took)),
            (None, None) => format!("idle for {idle}"),
        }
    });
    login.into_iter().chain(hold).collect()
}

fn hold(measurement: &Measurement) -> Option<&Hold> {
    find(measurement, |seen| if let Seen::Hold(hold) = seen { Some(hold) } else { None })
}

fn opened(measurement: &Measurement) -> Option<&SshOpened> {
    find(measurement, |seen| if let Seen::SshOpened(opened) = seen { Some(opened) } else { None })
}

fn offer(measurement: &Measurement) -> Option<&SshServerOffer> {
    find(measurement, |seen| if let Seen::SshServerOffer(offer) = seen { Some(offer) } else { None })
}

fn find<T>(measurement: &Measurement, pick: impl Fn(&Seen) -> Option<&T>) -> Option<&T> {
    measurement.observations.iter().find_map(|observation| pick(&observation.seen))
}

#[cfg(test)]
mod tests;
