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
mod tests {
    use model::{
        Bytes, Ended, Failure, FlightSize, HostKey, Micros, Observation, Parameters, Purpose, Run, RunId,
        SshAlgorithms, StageSeen, WireCount,
    };

    use super::*;
    use crate::Style;

    fn asked() -> SshHandshakeParameters {
        SshHandshakeParameters {
            opening: SshOpening::Identification,
            key_exchange: SshKeyExchange::MlKem,
            host_key_type: None,
            authenticate: false,
            delay_us: None,
            mss_clamp_bytes: None,
            address: None,
            hold_us: None,
            patience_us: Micros::from_secs(3),
        }
    }

    fn measurement(seen: Vec<Seen>) -> Measurement {
        let observations = seen.into_iter().map(|seen| Observation { at_us: Micros(0), seen }).collect();
        Measurement {
            run: Run { id: RunId(4), purpose: Purpose::Asked, parameters: Parameters::SshHandshake(asked()) },
            started_us: Micros(0),
            took_us: Micros::from_millis(96),
            ended: Ended::Complete,
            observations,
        }
    }

    fn stage(step: Step, problem: Option<FailureKind>) -> Seen {
        Seen::Stage(StageSeen {
            started_us: Micros(0),
            took_us: Micros::from_millis(42),
            step,
            problem: problem.map(|kind| Failure::new(kind, "check")),
            wire: WireCount::default(),
            tcp: None,
        })
    }

    fn greeted() -> Seen {
        let server_ident = Some("SSH-2.0-OpenSSH_9.2p1".into());
        stage(Step::Greeting { client_ident: "SSH-2.0-netprobe_1".into(), server_ident }, None)
    }

    fn agreed(verdict: HostKeyVerdict, problem: Option<FailureKind>) -> Seen {
        let algorithms = SshAlgorithms {
            kex: "mlkem768x25519-sha256".into(),
            host_key: "ssh-ed25519".into(),
            cipher: "aes128-gcm@openssh.com".into(),
            mac: "none".into(),
        };
        let host_key = HostKey {
            key_type: "ssh-ed25519".into(),
            fingerprint: "SHA256:q1p3".into(),
            verdict,
            source: "known_hosts:1".into(),
        };
        let flight = FlightSize { sent: Bytes(764), client: Some(Bytes(764)), why_different: None };
        let step = Step::KeyExchange {
            algorithms: Some(algorithms),
            client_flight: Some(flight),
            server_kexinit_bytes: Some(Bytes(1_080)),
            host_key: Some(host_key),
        };
        stage(step, problem)
    }

    fn told(measurement: &Measurement) -> String {
        let mut page = Page::new(Style { width: 120, ..Style::default() });
        lines(&mut page, &asked(), measurement);
        page.finished()
    }

    #[test]
    fn a_handshake_is_three_lines() {
        let text = told(&measurement(vec![greeted(), agreed(HostKeyVerdict::Trusted, None)]));
        assert_eq!(text.trim_end().lines().count(), 3, "{text}");
        for part in [
            "SSH-2.0-OpenSSH_9.2p1 · greeted in 42.0 ms",
            "mlkem768x25519-sha256 · aes128-gcm@openssh.com · ours 764 B · its lists 1,080 B · 42.0 ms",
            "ssh-ed25519 SHA256:q1p3 · known",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_key_that_is_not_known_is_an_answer_and_a_stall_is_none() {
        let unknown = agreed(HostKeyVerdict::Unknown, Some(FailureKind::HostKeyUnknown));
        let (words, mark) = answer(&asked(), &measurement(vec![greeted(), unknown]));
        assert!(words.contains("SHA256:q1p3 · not known") && mark == Mark::GOOD, "{words}");
        let silent = Some(FailureKind::Stalled { silent_us: Micros::from_secs(3) });
        let step =
            Step::KeyExchange { algorithms: None, client_flight: None, server_kexinit_bytes: None, host_key: None };
        let mut silent_run = measurement(vec![greeted(), stage(step, silent)]);
        silent_run.ended = Ended::Failed;
        let (words, mark) = answer(&asked(), &silent_run);
        assert!(words.contains("stalled") && mark == Mark::BAD, "{words}");
    }

    #[test]
    fn what_a_server_does_not_have_is_an_answer_and_no_failure() {
        let step =
            || Step::KeyExchange { algorithms: None, client_flight: None, server_kexinit_bytes: None, host_key: None };
        let offer = |host_key: &str| {
            let names = |name: &str| vec![name.into()];
            Seen::SshServerOffer(SshServerOffer {
                kex: names("curve25519-sha256"),
                host_key: names(host_key),
                cipher: names("aes128-ctr"),
                mac: names("hmac-sha2-256"),
            })
        };
        let ended = |asked: &SshHandshakeParameters, host_key: &str, kind: FailureKind| {
            let mut run = measurement(vec![greeted(), offer(host_key), stage(step(), Some(kind))]);
            run.ended = Ended::Failed;
            let (words, _, mark) = ending(asked, &run);
            assert_eq!(answer(asked, &run).1, mark, "{words}");
            (words, mark == Mark::BAD, told(&run))
        };
        let rsa = SshHandshakeParameters {
            key_exchange: SshKeyExchange::AsProfile,
            host_key_type: Some("rsa-sha2-512".to_owned()),
            ..asked()
        };
        let nothing = FailureKind::NoCommonAlgorithm;
        for asked in [&rsa, &asked()] {
            let (words, alarm, told) = ended(asked, "ssh-ed25519", nothing.clone());
            assert_eq!((words.as_str(), alarm), ("not offered by the server", false));
            assert!(asked == &rsa || told.contains("offers") && !told.contains("no common"), "{told}");
        }
        assert!(ended(&rsa, "rsa-sha2-512", nothing.clone()).1, "it is something else that they do not share");
        assert!(ended(&asked(), "ssh-ed25519", FailureKind::Reset).1);
        let as_usual = SshHandshakeParameters { key_exchange: SshKeyExchange::AsProfile, ..asked() };
        assert!(ended(&as_usual, "ssh-ed25519", nothing).1);
    }

    #[test]
    fn a_held_connection_and_other_first_words_say_what_came_of_them() {
        let hold = Hold {
            idle_us: Micros::from_secs(6),
            asked: "keepalive@openssh.com".into(),
            answered_us: Some(Micros::from_millis(21)),
            problem: None,
            tcp: None,
        };
        let idle = measurement(vec![greeted(), Seen::Hold(hold)]);
        assert_eq!(answer(&asked(), &idle).0, "it still answers, in 21.0 ms");
        let opened = SshOpened {
            opening: SshOpening::Neutral,
            sent: Bytes(20),
            acked: Bytes(20),
            acked_us: Some(Micros::from_millis(21)),
            words: None,
        };
        assert_eq!(answer(&asked(), &measurement(vec![Seen::SshOpened(opened)])).0, "acknowledged in 21.0 ms");
        assert_eq!(manner(&asked()), "SSH handshake with ML-KEM alone");
    }
}
