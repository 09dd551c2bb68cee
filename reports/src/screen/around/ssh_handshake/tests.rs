use model::{
    Bytes, Ended, Failure, FlightSize, HostKey, Micros, Observation, Parameters, Purpose, Run, RunId, SshAlgorithms,
    StageSeen, WireCount,
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
    let step = Step::KeyExchange { algorithms: None, client_flight: None, server_kexinit_bytes: None, host_key: None };
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
