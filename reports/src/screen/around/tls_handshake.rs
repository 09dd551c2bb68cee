//! A TLS handshake by itself: what was agreed on, how large the flights were, the chain with what is left of its days, and
//! what became of the connection where it was held.

use model::{
    Certificate, FailureKind, FlightSize, Hold, Measurement, Seen, Stage, StageSeen, Step, TlsHandshakeParameters,
    TlsHello, TlsServerName, TlsTrust,
};

use crate::page::Page;
use crate::style::Mark;
use crate::{failure, number};

pub(super) fn lines(page: &mut Page, asked: &TlsHandshakeParameters, measurement: &Measurement) {
    if let Some(stage) = measurement.stage(Stage::Tls)
        && let Step::Tls { version, group, cipher, alpn, client_flight, server_flight_bytes, chain, trust } =
            &stage.step
    {
        let agreed: Vec<&str> = [version, group, cipher, alpn].into_iter().flatten().map(String::as_str).collect();
        if !agreed.is_empty() {
            page.labelled("handshake", &format!("{} · {}", number::duration(stage.took_us), agreed.join(" · ")));
        }
        page.labelled("flights", &flights(client_flight.as_ref(), *server_flight_bytes));
        // A short hello meets the same server: its certificates are told once.
        if asked.hello == TlsHello::AsProfile {
            tree(page, chain, trust.as_ref());
            page.items("trust", &trust.iter().map(verdict).collect::<Vec<_>>());
        }
    }
    for problem in measurement.stages().filter_map(|stage| stage.problem.as_ref()) {
        let said = if problem.text.is_empty() { String::new() } else { format!(": “{}”", problem.text) };
        page.labelled("failed to", &format!("{}, {}{said}", problem.operation, failure::words(problem)));
    }
    if let Some(hold) = held(measurement) {
        page.labelled("held", &format!("idle for {}, then {}", number::duration(hold.idle_us), became(hold).0));
    }
}

fn held(measurement: &Measurement) -> Option<&Hold> {
    measurement.observations.iter().rev().find_map(|observation| match &observation.seen {
        Seen::Hold(hold) => Some(hold),
        _ => None,
    })
}

/// What became of a connection that was left idle; for how long, its title says.
fn became(hold: &Hold) -> (String, Mark) {
    let (words, mark) = match (&hold.problem, hold.answered_us) {
        (Some(problem), _) => (failure::words(problem), Mark::BAD),
        (None, Some(took)) => (format!("answered in {}", number::duration(took)), Mark::GOOD),
        (None, None) => ("no answer".to_owned(), Mark::OPEN),
    };
    (format!("{}: {words}", hold.asked), mark)
}

/// What is said of the hello in a title.
pub(super) fn manner(asked: &TlsHandshakeParameters) -> String {
    let hello = match asked.hello {
        TlsHello::AsProfile => "hello as the client's",
        TlsHello::Classic => "short hello",
    };
    let name = match asked.server_name {
        TlsServerName::Target => "",
        TlsServerName::None => " without the name",
    };
    let mut words = vec!["TLS handshake".to_owned(), format!("{hello}{name}")];
    words.extend(asked.mss_clamp_bytes.map(|mss| format!("TCP_MAXSEG {mss}")));
    words.extend(asked.hold_us.map(|hold| format!("held for {}", number::duration(hold))));
    words.join(" · ")
}

/// As a follow-up: whether the server answered at all, and where the connection was held, whether it still did then.
pub(super) fn answer(measurement: &Measurement) -> (String, Mark) {
    if let Some(hold) = held(measurement) {
        return became(hold);
    }
    match measurement.stages().next_back() {
        Some(stage) if stage.stage() == Stage::Tls && answered(stage) => {
            (format!("answered in {}", number::duration(stage.took_us)), Mark::GOOD)
        }
        Some(StageSeen { problem: Some(problem), .. }) => (failure::words(problem), Mark::BAD),
        _ => ("no answer".to_owned(), Mark::OPEN),
    }
}

/// A word against the certificate is an answer, and so is an alert.
fn answered(stage: &StageSeen) -> bool {
    !stage.problem.as_ref().is_some_and(|problem| {
        !matches!(
            problem.kind,
            FailureKind::CertificateUntrusted
                | FailureKind::CertificateExpired
                | FailureKind::CertificateWrongName
                | FailureKind::Tls
        )
    })
}

fn flights(client: Option<&FlightSize>, server: model::Bytes) -> String {
    let there = client.map_or_else(|| "nothing".to_owned(), |flight| number::exact_bytes(flight.sent));
    format!("{there} there, {} back", number::exact_bytes(server))
}

/// One line a certificate, each below the one it has signed.
fn tree(page: &mut Page, chain: &[Certificate], trust: Option<&TlsTrust>) {
    let now = trust.and_then(|trust| trust.at_unix_s);
    for (depth, certificate) in chain.iter().enumerate() {
        let branch = if depth == 0 { String::new() } else { format!("{}└ ", "  ".repeat(depth - 1)) };
        page.labelled(
            if depth == 0 { "chain" } else { "" },
            &format!("{branch}{}", certificate_words(certificate, depth, now)),
        );
    }
    if let Some(last) = chain.last().filter(|last| !last.details.as_ref().is_some_and(|details| details.self_issued)) {
        let branch = "  ".repeat(chain.len().saturating_sub(1));
        page.labelled("", &format!("{branch}└ {}, not sent", common_name(last.issuer.as_str())));
    }
}

fn certificate_words(certificate: &Certificate, depth: usize, now: Option<i64>) -> String {
    let mut words = vec![common_name(certificate.subject.as_str()).to_owned()];
    if depth == 0 && !certificate.names.is_empty() {
        let names: Vec<&str> = certificate.names.iter().map(model::RemoteText::as_str).take(NAMES).collect();
        let more = certificate.names.len().saturating_sub(NAMES);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        words = vec![format!("{}{more}", names.join(", "))];
    }
    words.extend(now.map(|now| days(certificate, now)));
    if let Some(details) = certificate.details.as_ref().filter(|_| depth == 0) {
        words.push(details.key_bits.map_or_else(|| details.key.clone(), |bits| format!("{} {bits}", details.key)));
    }
    words.join(" · ")
}

fn days(certificate: &Certificate, now: i64) -> String {
    let count = |seconds: i64| match seconds / DAY_S {
        1 => "1 day".to_owned(),
        days if days >= 2 * YEAR_DAYS => format!("{} years", days / YEAR_DAYS),
        days => format!("{days} days"),
    };
    if now < certificate.not_before_unix_s {
        return format!("not valid for {} yet", count(certificate.not_before_unix_s.saturating_sub(now)));
    }
    let left = certificate.not_after_unix_s.saturating_sub(now);
    if left < 0 { format!("expired {} ago", count(left.saturating_neg())) } else { format!("{} left", count(left)) }
}

fn verdict(trust: &TlsTrust) -> String {
    let public = match trust.public_root {
        Some(true) => ", and by public authorities",
        Some(false) => ", and by no public authority",
        None => "",
    };
    if trust.verified {
        format!("verified by the {}{public}", trust.roots)
    } else {
        format!("not verified by the {}{public}", trust.roots)
    }
}

/// `CN=` of a distinguished name; the whole name where it has none.
fn common_name(name: &str) -> &str {
    let part = name.split(", ").find_map(|part| part.trim().strip_prefix("CN="));
    part.unwrap_or(name)
}

/// Names of the server's certificate that are shown.
const NAMES: usize = 2;
const DAY_S: i64 = 86_400;
const YEAR_DAYS: i64 = 365;

#[cfg(test)]
mod tests {
    use model::{Bytes, CertificateDetails, Ended, Micros, Parameters, Purpose, Run, RunId};

    use super::*;
    use crate::Style;

    fn certificate(subject: &str, issuer: &str, days: i64) -> Certificate {
        Certificate {
            subject: format!("O=Example, CN={subject}").into(),
            issuer: format!("O=Example, CN={issuer}").into(),
            names: vec!["git.example".into(), "www.example".into(), "a.example".into()],
            not_before_unix_s: 0,
            not_after_unix_s: 1_800_000_000 + days * DAY_S + 1,
            der_bytes: Bytes(900),
            details: Some(CertificateDetails {
                key: "RSA".into(),
                key_bits: Some(2_048),
                self_issued: subject == issuer,
                ..CertificateDetails::default()
            }),
        }
    }

    fn shown(problem: Option<FailureKind>) -> Measurement {
        let trust = TlsTrust {
            verified: problem.is_none(),
            roots: "system store".into(),
            public_root: Some(false),
            at_unix_s: Some(1_800_000_000),
            ..TlsTrust::default()
        };
        let step = Step::Tls {
            version: Some("TLSv1.3".into()),
            cipher: Some("TLS13_AES_256_GCM_SHA384".into()),
            group: Some("X25519MLKEM768".into()),
            alpn: Some("h2".into()),
            client_flight: Some(FlightSize { sent: Bytes(1_519), client: None, why_different: None }),
            server_flight_bytes: Bytes(4_100),
            chain: vec![certificate("git.example", "Issuing CA", 64), certificate("Issuing CA", "Root CA", 1_800)],
            trust: Some(trust),
        };
        let seen = Seen::Stage(StageSeen {
            started_us: Micros(0),
            took_us: Micros::from_millis(62),
            step,
            problem: problem.map(|kind| model::Failure::new(kind, "verify the server's certificate")),
            wire: model::WireCount::default(),
            tcp: None,
        });
        let parameters = Parameters::TlsHandshake(asked());
        Measurement {
            run: Run { id: RunId(4), purpose: Purpose::Asked, parameters },
            started_us: Micros(0),
            took_us: Micros::from_millis(96),
            ended: Ended::Complete,
            observations: vec![model::Observation { at_us: Micros(0), seen }],
        }
    }

    fn asked() -> TlsHandshakeParameters {
        TlsHandshakeParameters {
            hello: TlsHello::AsProfile,
            server_name: TlsServerName::Target,
            mss_clamp_bytes: None,
            address: None,
            hold_us: None,
            patience_us: Micros::from_secs(6),
        }
    }

    #[test]
    fn the_chain_is_a_tree_with_the_days_that_are_left() {
        let mut page = Page::new(Style { width: 80, ..Style::default() });
        lines(&mut page, &asked(), &shown(None));
        let text = page.finished();
        for part in [
            "62.0 ms · TLSv1.3 · X25519MLKEM768 · TLS13_AES_256_GCM_SHA384",
            "chain        git.example, www.example and 1 more · 64 days left · RSA 2048\n",
            "└ Issuing CA · 4 years left\n",
            "  └ Root CA, not sent",
            "verified by the system store, and by no public authority",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_short_hello_does_not_tell_the_chain_again() {
        let mut page = Page::new(Style { width: 80, ..Style::default() });
        lines(&mut page, &TlsHandshakeParameters { hello: TlsHello::Classic, ..asked() }, &shown(None));
        assert!(!page.finished().contains("chain"));
    }

    #[test]
    fn a_held_connection_tells_what_became_of_it() {
        let mut measurement = shown(None);
        let hold = Hold {
            idle_us: Micros::from_secs(6),
            asked: "HEAD /".into(),
            answered_us: None,
            problem: Some(model::Failure::new(FailureKind::Reset, "HEAD /")),
            tcp: None,
        };
        let seen = Seen::Hold(hold);
        measurement.observations.push(model::Observation { at_us: Micros(0), seen });
        assert_eq!(answer(&measurement).0, "HEAD /: connection reset");
    }

    #[test]
    fn a_word_against_the_certificate_is_an_answer() {
        assert_eq!(answer(&shown(Some(FailureKind::CertificateWrongName))).0, "answered in 62.0 ms");
        assert_eq!(answer(&shown(Some(FailureKind::Reset))).0, "connection reset");
    }
}
