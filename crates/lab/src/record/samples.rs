//! Records for tests of what is made from them.

use model::{Stage, Transport};

use super::*;
use crate::outcome::{Confidence, Overall};
use crate::scenario::{Expectation, Scenario};

/// A trial of a path MTU hole over HTTPS where all is as [`hole_expected`] has it.
pub(crate) fn hole() -> Record {
    let answer = Answer {
        verdict: Overall::Fault,
        headline: "Full packets do not arrive.".to_owned(),
        findings: vec![Told {
            rule: "path-mtu-black-hole".to_owned(),
            confidence: Confidence::Likely,
            statement: "Full packets do not arrive.".to_owned(),
            stage: Some(Stage::Tls),
        }],
        flux: Forecast {
            outcome: FluxOutcome::TimesOut,
            message: Some(MESSAGE.to_owned()),
            dies_at: Some(Stage::Tls),
            takes_us: None,
        },
        failed_stage: Some(Stage::Tls),
        runs: 2,
        sent_bytes: 517,
        received_bytes: 1_200,
    };
    record(
        "path-mtu/hole",
        answer,
        GitRan { outcome: GitOutcome::Fails, seconds: 12.5, stderr: "fatal: SSL connection timeout".to_owned() },
    )
    .with_flux(FluxRan { ok: false, seconds: 14.9, message: MESSAGE.to_owned(), hung: false })
}

/// What [`hole`] agrees with.
pub(crate) fn hole_expected() -> Expectation {
    expected(
        "stage = \"tls\"\nfinding = \"path-mtu-black-hole\"\ngit = \"fails\"\ngit_says = \"SSL connection timeout\"\n\
         flux = { outcome = \"times_out\", message = \"deadline exceeded\" }",
    )
}

/// A trial in which nothing is broken and all say so.
pub(crate) fn healthy() -> Record {
    let answer = Answer {
        verdict: Overall::Healthy,
        headline: "The clone works.".to_owned(),
        findings: vec![Told {
            rule: "healthy".to_owned(),
            confidence: Confidence::Proven,
            statement: "The clone works.".to_owned(),
            stage: None,
        }],
        flux: Forecast { outcome: FluxOutcome::Fits, message: None, dies_at: None, takes_us: Some(310_000) },
        failed_stage: None,
        runs: 1,
        sent_bytes: 3_164,
        received_bytes: 8_402_311,
    };
    record("healthy/plain", answer, GitRan { outcome: GitOutcome::Clones, seconds: 0.5, stderr: String::new() })
        .with_flux(FluxRan { ok: true, seconds: 0.4, message: String::new(), hung: false })
}

/// What [`healthy`] agrees with.
pub(crate) fn healthy_expected() -> Expectation {
    expected("finding = \"healthy\"\ngit = \"clones\"\nflux = { outcome = \"fits\" }")
}

/// An expectation as a file has it.
pub(crate) fn expected(body: &str) -> Expectation {
    scenario("sample", body).content.expect.over(Transport::Https).unwrap().clone()
}

/// A scenario that expects this over HTTPS.
pub(crate) fn scenario(name: &str, body: &str) -> Scenario {
    Scenario::parse(named(name), &format!("about = \"x\"\n[expect.https]\n{body}")).unwrap()
}

/// A scenario's name.
pub(crate) fn named(name: &str) -> ScenarioName {
    ScenarioName::try_from(name.to_owned()).unwrap()
}

impl Record {
    pub(crate) fn seen_mut(&mut self) -> &mut Seen {
        self.seen.as_mut().unwrap()
    }

    pub(crate) fn answer_mut(&mut self) -> &mut Answer {
        self.seen_mut().netprobe.answer.as_mut().unwrap()
    }

    /// Another verdict, with the exit code that follows from it.
    pub(crate) fn end_as(&mut self, verdict: Overall) {
        self.answer_mut().verdict = verdict;
        self.seen_mut().netprobe.exit_code = Some(verdict.exit_code());
    }

    pub(crate) fn told_mut(&mut self) -> &mut Told {
        &mut self.answer_mut().findings[0]
    }

    pub(crate) fn flux_mut(&mut self) -> &mut FluxRan {
        self.seen_mut().flux.as_mut().unwrap()
    }

    fn with_flux(mut self, ran: FluxRan) -> Self {
        self.seen_mut().flux = Some(ran);
        self
    }
}

fn record(name: &str, answer: Answer, git: GitRan) -> Record {
    let exit_code = Some(answer.verdict.exit_code());
    let netprobe = NetprobeRan { exit_code, seconds: 6.25, answer: Some(answer), stderr: String::new() };
    Record {
        key: Key {
            scenario: named(name),
            transport: Transport::Https,
            scenario_digest: Digest::of(name.as_bytes()),
            instruments: instruments(),
        },
        at: "2026-11-23T20:06:45Z".to_owned(),
        versions: [("git".to_owned(), "2.47.3".to_owned())].into(),
        timeout_seconds: 15.0,
        faults: Vec::new(),
        path: BTreeMap::new(),
        void: None,
        seen: Some(Seen { netprobe, git, flux: None }),
    }
}

const MESSAGE: &str = "Get \"https://h/r\": context deadline exceeded";

/// Those of all samples.
pub(crate) fn instruments() -> Instruments {
    Instruments { netprobe: Digest::of(b"netprobe"), others: Digest::of(b"others") }
}
