//! Stories of TLS: who answers a hello, and with which certificate.

use model::{
    Bytes, Certificate, CertificateDetails, Failure, FailureKind, FlightSize, HttpRefusal, Micros, Parameters, Seen,
    Stage, StageSeen, Step, TlsHandshakeParameters, TlsHello, TlsServerName, TlsTrust, WireCount,
};

use super::stories::{Sample, sample};
use super::{STAGE_MS, Story, Telling, V4, calm, step, unanswered};
use crate::Verdict;

/// Names of the hello in stories.
pub(crate) const LONG: (TlsHello, TlsServerName, Option<u16>) = (TlsHello::AsProfile, TlsServerName::Target, None);
pub(crate) const NAMELESS: (TlsHello, TlsServerName, Option<u16>) = (TlsHello::AsProfile, TlsServerName::None, None);
pub(crate) const SHORT: (TlsHello, TlsServerName, Option<u16>) = (TlsHello::Classic, TlsServerName::Target, None);
pub(crate) const PIECES: (TlsHello, TlsServerName, Option<u16>) =
    (TlsHello::AsProfile, TlsServerName::Target, Some(256));

impl Story {
    /// A handshake by itself: what it was like, and what became of it.
    pub(crate) fn shake(
        self,
        (hello, server_name, mss_clamp_bytes): (TlsHello, TlsServerName, Option<u16>),
        problem: Option<FailureKind>,
    ) -> Self {
        let parameters = TlsHandshakeParameters {
            hello,
            server_name,
            mss_clamp_bytes,
            address: Some(V4),
            hold_us: None,
            patience_us: Micros::from_secs(3),
        };
        let stage = |step: Step, problem: Option<FailureKind>| {
            Seen::Stage(StageSeen {
                started_us: Micros(0),
                took_us: Micros::from_millis(STAGE_MS),
                tcp: (step.stage() > Stage::Connect).then(calm),
                step,
                problem: problem.map(|kind| Failure::new(kind, "shake hands over TLS")),
                wire: WireCount::default(),
            })
        };
        let received = if problem.is_some() { 0 } else { 4_000 };
        let seen = [
            stage(step(Stage::Connect, V4), None),
            stage(hello_of(if hello == TlsHello::Classic { 250 } else { 1_510 }, received), problem),
        ];
        self.around(Parameters::TlsHandshake(parameters), seen)
    }
}

/// A TLS stage with a hello of so many bytes, and so many bytes back.
pub(crate) fn hello_of(bytes: u64, received: u64) -> Step {
    match step(Stage::Tls, V4) {
        Step::Tls { version, cipher, group, alpn, chain, trust, .. } => Step::Tls {
            version,
            cipher,
            group,
            alpn,
            client_flight: Some(FlightSize { sent: Bytes(bytes), client: Some(Bytes(bytes)), why_different: None }),
            server_flight_bytes: Bytes(received),
            chain,
            trust,
        },
        other => other,
    }
}

/// What the certificate of a story says.
pub(crate) struct Shown {
    pub(crate) names: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) organization: Option<&'static str>,
    pub(crate) lifetime_days: i64,
    pub(crate) days_left: i64,
    pub(crate) verified: bool,
    pub(crate) public: bool,
    pub(crate) related: Option<&'static str>,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            names: "git.example",
            issuer: "CN=Our CA",
            organization: None,
            lifetime_days: 90,
            days_left: 60,
            verified: true,
            public: false,
            related: None,
        }
    }
}

/// A handshake in which the server shows that.
#[expect(clippy::needless_pass_by_value, reason = "it is written down where it is shown, and nowhere else")]
pub(crate) fn shows(shown: Shown) -> Step {
    let now = 1_800_000_000;
    let ends = now + shown.days_left * 86_400;
    let leaf = Certificate {
        subject: format!("CN={}", shown.names).into(),
        issuer: shown.issuer.into(),
        names: vec![shown.names.into()],
        not_before_unix_s: ends - shown.lifetime_days * 86_400,
        not_after_unix_s: ends,
        der_bytes: Bytes(1_000),
        details: Some(CertificateDetails {
            issuer_organization: shown.organization.map(Into::into),
            issuer_url: Some("http://ca.example/i.crt".into()),
            ..CertificateDetails::default()
        }),
    };
    let verdict = TlsTrust {
        verified: shown.verified,
        roots: "system store".into(),
        problem: (!shown.verified).then(|| "UnknownIssuer".into()),
        public_root: Some(shown.public),
        related_root: shown.related.map(Into::into),
        at_unix_s: Some(now),
    };
    match hello_of(1_510, 4_000) {
        Step::Tls { version, cipher, group, alpn, client_flight, server_flight_bytes, .. } => Step::Tls {
            version,
            cipher,
            group,
            alpn,
            client_flight,
            server_flight_bytes,
            chain: vec![leaf],
            trust: Some(verdict),
        },
        other => other,
    }
}

/// Every sample.
pub(super) fn tls() -> Vec<Sample> {
    hellos().into_iter().chain(certificates()).chain(limits()).collect()
}

fn reset(run: Telling) -> Telling {
    run.until(Stage::Tls).bad(hello_of(1_510, 0), 3, FailureKind::Reset)
}

fn lost(run: Telling) -> Telling {
    run.until(Stage::Tls).stalls(hello_of(1_510, 0), unanswered())
}

fn hellos() -> Vec<Sample> {
    let fault = |name, rules, story| sample(name, Verdict::Fault, rules, story);
    let stalled = || Some(FailureKind::Stalled { silent_us: Micros::from_secs(3) });
    let cut = || Some(FailureKind::Reset);
    let twice = || Story::https().run(lost).then(|run| lost(run.clamped()));
    vec![
        fault("reset by name", &["tls-name-filtered"], {
            Story::https().run(reset).shake(NAMELESS, None).shake(LONG, cut())
        }),
        fault("dropped by name", &["tls-name-filtered"], twice().shake(NAMELESS, None)),
        fault("without the name it passes, and with it too, the second time: chance", &["connection-cut"], {
            Story::https().run(reset).shake(NAMELESS, None).shake(LONG, None)
        }),
        fault("TLS reset whatever it is", &["connection-cut"], {
            Story::https().run(reset).shake(NAMELESS, cut()).shake(SHORT, cut())
        }),
        fault("a long hello is swallowed", &["tls-large-hello-dropped"], {
            twice().shake(NAMELESS, stalled()).shake(SHORT, None).shake(PIECES, stalled())
        }),
        fault("a long hello passes in small pieces: that is the path", &["stalled"], {
            twice().shake(NAMELESS, stalled()).shake(SHORT, None).shake(PIECES, None)
        }),
        fault(
            "of a long hello in small pieces the first ones pass: that is how much goes, not the hello",
            &["stalled"],
            {
                let mut story = twice().shake(NAMELESS, stalled()).shake(SHORT, None).shake(PIECES, stalled());
                let pieces = story.report.measurements.last_mut().and_then(|run| run.observations.last_mut()).unwrap();
                let Seen::Stage(stage) = &mut pieces.seen else { unreachable!() };
                stage.tcp.as_mut().unwrap().bytes_acked = 1_025;
                story
            },
        ),
        fault("a hole for the long hello", &["path-mtu-black-hole"], {
            Story::https().run(lost).then(|run| run.clamped().complete()).shake(SHORT, None)
        }),
    ]
}

fn certificates() -> Vec<Sample> {
    let untrusted = |shown: Shown| {
        move |run: Telling| run.until(Stage::Tls).bad(shows(shown), 20, FailureKind::CertificateUntrusted).complete()
    };
    let trusted = |shown: Shown| move |run: Telling| run.until(Stage::Tls).good(shows(shown), 20).complete();
    let zscaler = || Shown { issuer: "O=Zscaler Inc., CN=Zscaler Intermediate Root CA", ..Shown::default() };
    let distrusted = || Shown { verified: false, ..Shown::default() };
    let hub = |shown| Story::at("https://github.com/org/repo.git").run(trusted(shown));
    let fault = |name, rules, story| sample(name, Verdict::Fault, rules, story);
    let warning = |name, rules, story| sample(name, Verdict::Warning, rules, story);
    let healthy = |name, story| sample(name, Verdict::Healthy, &["healthy"], story);
    vec![
        fault("a product reads along, and nobody here trusts it", &["tls-intercepted"], {
            Story::https().run(untrusted(Shown { verified: false, ..zscaler() }))
        }),
        warning("a product reads along, and this machine trusts it", &["tls-intercepted"], {
            Story::https().run(trusted(zscaler()))
        }),
        warning("a hoster's certificate from an authority that is known here alone", &["tls-intercepted"], {
            hub(Shown { names: "github.com", ..Shown::default() })
        }),
        healthy("a hoster's certificate from an authority that became public yesterday", {
            hub(Shown { names: "github.com", organization: Some("Let's Encrypt"), ..Shown::default() })
        }),
        healthy("a server of one's own with an authority of one's own", Story::https().run(trusted(Shown::default()))),
        healthy("a maker's own server, signed by its own authority", {
            Story::at("https://git.sophos.com/r.git").run(trusted(Shown {
                names: "git.sophos.com",
                issuer: "CN=Sophos Internal CA",
                ..Shown::default()
            }))
        }),
        fault("an intermediate certificate is missing, the root is trusted here", &["certificate-chain-incomplete"], {
            let related = Some("O=Corp, CN=Corp Root");
            Story::https().run(untrusted(Shown { organization: Some("Corp"), related, ..distrusted() }))
        }),
        fault("an intermediate certificate of a public authority is missing", &["certificate-chain-incomplete"], {
            let organization = Some("DigiCert Inc");
            Story::https().run(untrusted(Shown { organization, ..distrusted() }))
        }),
        fault("a root that was replaced by another of the same organisation", &["certificate-untrusted"], {
            let shown = Shown { issuer: "O=Corp, CN=Corp Root CA 2", organization: Some("Corp"), ..distrusted() };
            Story::https().run(untrusted(Shown { related: Some("O=Corp, CN=Corp Root CA"), ..shown }))
        }),
        fault("an authority that nobody knows", &["certificate-untrusted"], {
            Story::https().run(untrusted(Shown { organization: Some("Corp"), ..distrusted() }))
        }),
        fault("expired twelve days ago", &["certificate-expired"], {
            let shown = Shown { days_left: -12, ..distrusted() };
            Story::https().run(|run| run.until(Stage::Tls).bad(shows(shown), 20, FailureKind::CertificateExpired))
        }),
        warning("five days left of ninety", &["certificate-expires-soon"], {
            Story::https().run(trusted(Shown { days_left: 5, ..Shown::default() }))
        }),
        healthy("five days left of six", {
            Story::https().run(trusted(Shown { days_left: 5, lifetime_days: 6, ..Shown::default() }))
        }),
        healthy("fifteen days left of ninety", {
            Story::https().run(trusted(Shown { days_left: 15, ..Shown::default() }))
        }),
    ]
}

fn limits() -> Vec<Sample> {
    let refused = |status: u16, kind: FailureKind, text: &'static str, head: HttpRefusal| {
        Story::https().run(move |run| {
            let wait = Step::AdvertisementWait { http_status: Some(status) };
            run.until(Stage::AdvertisementWait)
                .seeing(Seen::Refusal(HttpRefusal { status, ..head }))
                .bad_saying(wait, 20, kind, text)
        })
    };
    let status = |status| FailureKind::HttpStatus { status };
    let later = || HttpRefusal { retry_after: Some("60".into()), ..HttpRefusal::default() };
    let none_left = || HttpRefusal { requests_left: Some("0".into()), ..HttpRefusal::default() };
    let fault = |name, rules, story| sample(name, Verdict::Fault, rules, story);
    vec![
        fault("429", &["rate-limited"], refused(429, status(429), "HTTP 429", later())),
        fault("503 with a time to come back", &["rate-limited"], refused(503, status(503), "HTTP 503", later())),
        fault("503 without one", &["http-status"], refused(503, status(503), "HTTP 503", HttpRefusal::default())),
        fault("403 by a counter that is used up", &["rate-limited"], {
            refused(403, FailureKind::AuthenticationRefused, "HTTP 403", none_left())
        }),
        fault("403 in GitHub's words", &["rate-limited"], {
            let text = "HTTP 403 You have exceeded a secondary rate limit.";
            refused(403, status(403), text, HttpRefusal::default())
        }),
        fault("403 for another reason", &["authentication-refused"], {
            refused(403, FailureKind::AuthenticationRefused, "HTTP 403 forbidden", HttpRefusal::default())
        }),
    ]
}
