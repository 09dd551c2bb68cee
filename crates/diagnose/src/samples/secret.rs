//! Stories of pods whose Secret Flux cannot use, and of Secrets that it can.

use model::{FailureKind, HostKeyVerdict, Objection, SecretUse, Stage, Symptom, VantageKind};

use super::stories::{Sample, fault, sample};
use super::{Story, Telling, V4, key_exchange, step};
use crate::Verdict;

impl Story {
    /// From a pod whose Secrets have these flaws.
    pub(crate) fn in_pod(mut self, objections: impl IntoIterator<Item = Objection>) -> Self {
        let vantage = &mut self.report.header.vantage;
        vantage.kind = VantageKind::Pod;
        vantage.pod = Some(super::pod("node-2"));
        if let Some(pod) = &mut vantage.pod {
            pod.objections = objections.into_iter().collect();
        }
        self
    }

    /// Flux has a GitRepository for it.
    fn of_an_object(mut self) -> Self {
        self.report.symptom = Some(Symptom {
            namespace: "flux-system".into(),
            name: "fleet".into(),
            conditions: Vec::new(),
            events: Vec::new(),
            revision: None,
            suspended: false,
        });
        self
    }
}

pub(crate) fn absent() -> Objection {
    Objection::SecretAbsent { secret: SecretUse::Login }
}

pub(crate) fn missing(key: &str) -> Objection {
    Objection::KeyMissing { secret: SecretUse::Login, key: key.to_owned() }
}

/// There is nothing to log in with.
pub(crate) fn no_login(run: Telling) -> Telling {
    run.until(Stage::Authenticate).bad(step(Stage::Authenticate, V4), 1, FailureKind::NoCredential)
}

/// Nothing is known of the server either.
pub(crate) fn not_known(run: Telling) -> Telling {
    let run = run.until(Stage::KeyExchange);
    let run = run.bad(key_exchange(HostKeyVerdict::Unknown), 20, FailureKind::HostKeyUnknown);
    run.bad(step(Stage::Authenticate, V4), 1, FailureKind::NoCredential)
}

pub(super) fn secret() -> Vec<Sample> {
    let unusable = |name, story| fault(name, &["flux-secret-unusable"], story);
    let refused = |run: Telling| {
        run.until(Stage::Authenticate).bad(step(Stage::Authenticate, V4), 20, FailureKind::AuthenticationRefused)
    };
    let broken = || Objection::KnownHostsBroken { line: 2, why: "the key is not base64; it may be cut off".into() };
    let line_feed = || Objection::ControlCharacters { key: "password".to_owned() };
    vec![
        unusable("a Secret that is not there, over SSH", Story::ssh().run(not_known).in_pod([absent()])),
        unusable("a Secret that is not there, over HTTPS", Story::https().run(no_login).in_pod([absent()])),
        unusable("a Secret that is not there, and a server that wants none", {
            Story::https().run(Telling::complete).in_pod([absent()])
        }),
        unusable("no key in it", Story::ssh().run(no_login).in_pod([missing("identity")])),
        fault("no key in it, and another's host keys", &["flux-secret-unusable", "host-key-unknown"], {
            Story::ssh().run(not_known).in_pod([missing("identity")])
        }),
        unusable("no host keys in it", Story::ssh().run(not_known).in_pod([missing("known_hosts")])),
        unusable("a passphrase is missing", Story::ssh().run(no_login).in_pod([Objection::PassphraseMissing])),
        unusable("a line that only Flux stops at", Story::ssh().run(Telling::complete).in_pod([broken()])),
        unusable("a password with a line feed, and it is refused", Story::https().run(refused).in_pod([line_feed()])),
        unusable("an SSH address and no Secret named", {
            Story::ssh().run(no_login).in_pod([Objection::SecretNotNamed]).of_an_object()
        }),
        unusable("the proxy's Secret is not there", {
            let proxy = Objection::SecretAbsent { secret: SecretUse::Proxy };
            Story::ssh().run(Telling::complete).in_pod([proxy])
        }),
        fault("no Secret and no way", &["connect-refused", "flux-secret-unusable"], {
            let connect = step(Stage::Connect, V4);
            Story::ssh().run(|run| run.until(Stage::Connect).bad(connect, 20, FailureKind::Refused)).in_pod([absent()])
        }),
        sample(
            "a Secret that is as it should be, and a login that fails",
            Verdict::Fault,
            &["authentication-refused"],
            Story::ssh().run(refused).in_pod([]),
        ),
        sample("a password with a line feed that is taken", Verdict::Healthy, &["healthy"], {
            Story::https().run(Telling::complete).in_pod([line_feed()])
        }),
        sample("an address that Flux has nothing to do with", Verdict::Undecided, &["no-credential"], {
            Story::ssh().run(no_login).in_pod([Objection::SecretNotNamed])
        }),
        sample("a GitHub App's Secret", Verdict::Undecided, &["no-credential"], {
            let app = Objection::BeyondNetprobe { what: "the Secret is a GitHub App's".into() };
            Story::https().run(no_login).in_pod([app, Objection::Unknown])
        }),
    ]
}
