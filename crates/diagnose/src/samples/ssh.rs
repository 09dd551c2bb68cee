//! Stories of SSH before git: who greets, which keys are known, and what a silent connection still carries.

use model::{
    Bytes, Failure, FailureKind, Hold, HostKey, HostKeyVerdict, KnownKeyTypes, Micros, Parameters, Seen,
    SshHandshakeParameters, SshKeyExchange, SshOpened, SshOpening, SshServerOffer, Stage, StageSeen, Step, TcpInfo,
    WireCount,
};

use super::stories::{Sample, fault, no_packet, sample};
use super::{STAGE_MS, Story, Telling, V4, calm, key_exchange, pack_start, step, unanswered};
use crate::Verdict;

/// A handshake by itself, as the exchange makes it.
pub(crate) fn handshake() -> SshHandshakeParameters {
    SshHandshakeParameters {
        opening: SshOpening::Identification,
        key_exchange: SshKeyExchange::AsProfile,
        host_key_type: None,
        authenticate: false,
        delay_us: None,
        mss_clamp_bytes: None,
        address: Some(V4),
        hold_us: None,
        patience_us: Micros::from_secs(3),
    }
}

impl Story {
    /// A handshake by itself that ends with this step.
    pub(crate) fn shakes(self, asked: SshHandshakeParameters, last: Step, problem: Option<FailureKind>) -> Self {
        self.shakes_and(asked, last, problem, Vec::new())
    }

    /// The same, with what else was seen.
    pub(crate) fn shakes_and(
        self,
        asked: SshHandshakeParameters,
        last: Step,
        problem: Option<FailureKind>,
        more: Vec<Seen>,
    ) -> Self {
        let stage = |step: Step, problem: Option<FailureKind>| {
            Seen::Stage(StageSeen {
                started_us: Micros(0),
                took_us: Micros::from_millis(STAGE_MS),
                tcp: (step.stage() > Stage::Connect).then(calm),
                step,
                problem: problem.map(|kind| Failure::new(kind, "shake hands")),
                wire: WireCount::default(),
            })
        };
        let earlier = [Stage::Connect, Stage::Greeting, Stage::KeyExchange, Stage::Authenticate].into_iter();
        let earlier = earlier.filter(|earlier| *earlier < last.stage()).map(|earlier| stage(step(earlier, V4), None));
        let seen: Vec<Seen> = earlier.collect();
        self.around(Parameters::SshHandshake(asked), seen.into_iter().chain([stage(last, problem)]).chain(more))
    }

    fn listened(self, words: &str, problem: Option<FailureKind>) -> Self {
        let asked = SshHandshakeParameters { opening: SshOpening::Silent, ..handshake() };
        let words = Some(words.into()).filter(|words: &model::RemoteText| !words.is_empty());
        let opened = SshOpened { opening: SshOpening::Silent, sent: Bytes(0), acked: Bytes(0), acked_us: None, words };
        self.shakes_and(asked, step(Stage::Greeting, V4), problem, vec![Seen::SshOpened(opened)])
    }

    fn neutral(self, arrived: u64) -> Self {
        let asked = SshHandshakeParameters { opening: SshOpening::Neutral, ..handshake() };
        let problem = (arrived < 20).then(silence);
        let opened = SshOpened {
            opening: SshOpening::Neutral,
            sent: Bytes(20),
            acked: Bytes(arrived),
            acked_us: Some(Micros::from_millis(20)),
            words: None,
        };
        self.shakes_and(asked, step(Stage::Greeting, V4), problem, vec![Seen::SshOpened(opened)])
    }

    fn held(self, problem: Option<FailureKind>, now: TcpInfo) -> Self {
        let asked = SshHandshakeParameters { authenticate: true, hold_us: Some(Micros::from_secs(6)), ..handshake() };
        let hold = Hold {
            idle_us: Micros::from_secs(6),
            asked: "keepalive@openssh.com".into(),
            answered_us: problem.is_none().then_some(Micros::from_millis(20)),
            problem: problem.map(|kind| Failure::new(kind, "keepalive@openssh.com")),
            tcp: Some(now),
        };
        self.shakes_and(asked, step(Stage::Authenticate, V4), None, vec![Seen::Hold(hold)])
    }
}

fn silence() -> FailureKind {
    FailureKind::Stalled { silent_us: Micros::from_secs(3) }
}

/// What `known_hosts` holds, and what the server has.
fn lists(all: &[&str], host: &[&str], server: &[&str]) -> [Seen; 2] {
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let known = KnownKeyTypes {
        all: strings(all),
        host: strings(host),
        authority: false,
        given: true,
        as_flux: Some(HostKeyVerdict::Trusted),
    };
    let offer = SshServerOffer {
        kex: vec!["mlkem768x25519-sha256".into(), "curve25519-sha256".into()],
        host_key: server.iter().map(|name| (*name).into()).collect(),
        ..SshServerOffer::default()
    };
    [Seen::KnownKeyTypes(known), Seen::SshServerOffer(offer)]
}

fn knowing(run: Telling, lists: [Seen; 2]) -> Telling {
    lists.into_iter().fold(run.until(Stage::KeyExchange), Telling::seeing)
}

fn greeting_is_lost(run: Telling) -> Telling {
    run.until(Stage::Greeting).stalls(step(Stage::Greeting, V4), TcpInfo { bytes_received: 0, ..unanswered() })
}

fn turned_away(kind: FailureKind, words: &'static str) -> impl Fn(Telling) -> Telling {
    move |run| run.until(Stage::Greeting).bad_saying(step(Stage::Greeting, V4), 20, kind.clone(), words)
}

fn kex(run: Telling) -> Telling {
    run.until(Stage::KeyExchange).stalls(step(Stage::KeyExchange, V4), calm())
}

fn idle(run: Telling) -> Telling {
    run.until(Stage::FirstPacket).stalls(no_packet(), calm())
}

fn progress_told(start: Step) -> Step {
    match start {
        Step::PackStart { keepalives, progress, peeked_at_us, objects, .. } => {
            Step::PackStart { keepalives, progress_packets: 7, progress, peeked_at_us, objects }
        }
        other => other,
    }
}

fn with_progress(run: Telling) -> Telling {
    let run = run.ask(|asked| asked.progress = true).until(Stage::PackStart);
    run.bad(progress_told(pack_start(0, None)), 7_000, FailureKind::OutOfTime)
}

pub(super) fn ssh() -> Vec<Sample> {
    let classic = || SshHandshakeParameters { key_exchange: SshKeyExchange::Classic, ..handshake() };
    let key = |verdict| step_with(verdict);
    let mut samples = limits();
    samples.extend(keys());
    samples.extend([
        fault("the identification does not pass, other bytes do", &["ssh-filtered-by-content"], {
            Story::ssh().run(greeting_is_lost).neutral(20)
        }),
        fault("the same, and the identification again does not", &["ssh-filtered-by-content"], {
            Story::ssh().run(greeting_is_lost).neutral(20).shakes(
                handshake(),
                step(Stage::Greeting, V4),
                Some(silence()),
            )
        }),
        fault("the identification passes later: it was chance", &["stalled"], {
            Story::ssh().run(greeting_is_lost).neutral(20).shakes(handshake(), key(HostKeyVerdict::Trusted), None)
        }),
        fault("no bytes pass at all", &["stalled"], Story::ssh().run(greeting_is_lost).neutral(0)),
        fault("ML-KEM hangs, small packets too, curve25519 does not", &["key-exchange-not-digested"], {
            Story::ssh().run(kex).then(|run| kex(run.clamped())).shakes(classic(), key(HostKeyVerdict::Trusted), None)
        }),
        fault("ML-KEM is cut, curve25519 is not", &["key-exchange-not-digested"], {
            let cut =
                |run: Telling| run.until(Stage::KeyExchange).bad(step(Stage::KeyExchange, V4), 20, FailureKind::Reset);
            Story::ssh().run(cut).shakes(classic(), key(HostKeyVerdict::Trusted), None)
        }),
        fault("every key exchange hangs", &["server-silent"], {
            Story::ssh().run(kex).then(|run| kex(run.clamped())).shakes(
                classic(),
                step(Stage::KeyExchange, V4),
                Some(silence()),
            )
        }),
        fault("an idle connection carries nothing", &["idle-flow-forgotten"], {
            Story::ssh().run(idle).then(|run| idle(run.clamped())).held(Some(silence()), unanswered())
        }),
        fault("the same, and progress keeps it alive", &["idle-flow-forgotten"], {
            let story = Story::ssh().run(idle).then(|run| idle(run.clamped())).held(Some(silence()), unanswered());
            story.then(with_progress)
        }),
        fault("the same, and with progress it dies as well: not for its silence", &["server-silent"], {
            let story = Story::ssh().run(idle).then(|run| idle(run.clamped())).held(Some(silence()), unanswered());
            story.then(|run| {
                let start = progress_told(pack_start(0, None));
                run.ask(|asked| asked.progress = true).until(Stage::PackStart).stalls(start, calm())
            })
        }),
        fault("an idle connection answers: the server is silent", &["server-silent"], {
            Story::ssh().run(idle).then(|run| idle(run.clamped())).held(None, calm())
        }),
        fault("the server itself closes what is idle", &["server-silent"], {
            Story::ssh().run(idle).then(|run| idle(run.clamped())).held(Some(FailureKind::Closed), calm())
        }),
        fault("the server has the question and does not answer it", &["server-silent"], {
            Story::ssh().run(idle).then(|run| idle(run.clamped())).held(Some(silence()), calm())
        }),
    ]);
    samples
}

fn limits() -> Vec<Sample> {
    let greeted = || key_exchange(HostKeyVerdict::Trusted);
    let closed = || turned_away(FailureKind::Closed, "");
    vec![
        fault("turned away with a word", &["server-connection-limit"], {
            Story::ssh().run(turned_away(FailureKind::RemoteError, "Exceeded MaxStartups"))
        }),
        fault("reset, and the next one hears the word", &["server-connection-limit"], {
            let story = Story::ssh().run(turned_away(FailureKind::Reset, ""));
            story.listened("Exceeded MaxStartups", Some(FailureKind::RemoteError)).listened("SSH-2.0-x", None)
        }),
        fault("some are greeted", &["server-connection-limit"], {
            Story::ssh().run(closed()).listened("SSH-2.0-x", None).shakes(handshake(), greeted(), None)
        }),
        fault("who listens is greeted, who speaks is not", &["connection-cut"], {
            let story = Story::ssh().run(turned_away(FailureKind::Reset, "")).listened("SSH-2.0-x", None);
            story.shakes(handshake(), step(Stage::Greeting, V4), Some(FailureKind::Reset))
        }),
        fault("nobody is greeted, and no word is said", &["connection-cut"], {
            let away = || Some(FailureKind::Closed);
            Story::ssh().run(closed()).listened("", away()).listened("", away()).listened("", away())
        }),
        fault("another word in place of the greeting", &["remote-error"], {
            Story::ssh().run(turned_away(FailureKind::RemoteError, "Go away"))
        }),
    ]
}

fn keys() -> Vec<Sample> {
    let both = ["ecdsa-sha2-nistp256", "ssh-ed25519"];
    let unknown = |run: Telling| {
        let run = knowing(run, lists(&["ssh-ed25519"], &[], &both));
        run.bad(step_with(HostKeyVerdict::Unknown), 20, FailureKind::HostKeyUnknown)
    };
    let ecdsa = SshHandshakeParameters { host_key_type: Some("ecdsa-sha2-nistp256".into()), ..handshake() };
    let certificate = |profile, authority: HostKeyVerdict| {
        let mut lists = lists(&["ssh-ed25519"], &[], &["ssh-ed25519"]);
        if let Seen::KnownKeyTypes(known) = &mut lists[0] {
            (known.authority, known.as_flux) = (true, Some(authority));
        }
        Story::ssh().plan(|plan| plan.profile = profile).run(|run| {
            let run = knowing(run, lists);
            if profile == model::Profile::Flux {
                run.bad(step_with(HostKeyVerdict::Changed), 20, FailureKind::HostKeyChanged)
            } else {
                run.complete()
            }
        })
    };
    vec![
        sample("Flux may ask for a type that is not known here", Verdict::Warning, &["host-key-types-mixed"], {
            Story::ssh().run(|run| knowing(run, lists(&both, &both[..1], &both)).complete())
        }),
        sample("the same in the known_hosts of somebody who goes to many hosts", Verdict::Healthy, &["healthy"], {
            let mut lists = lists(&both, &both[..1], &both);
            if let Seen::KnownKeyTypes(known) = &mut lists[0] {
                known.given = false;
            }
            Story::ssh().run(|run| knowing(run, lists).complete())
        }),
        sample("the same, and the server has no such key", Verdict::Healthy, &["healthy"], {
            Story::ssh().run(|run| knowing(run, lists(&both, &both[..1], &both[..1])).complete())
        }),
        sample("several types, and all are known here", Verdict::Healthy, &["healthy"], {
            Story::ssh().run(|run| knowing(run, lists(&both, &both, &both)).complete())
        }),
        sample("ssh-rsa of another host, which the server no longer signs with", Verdict::Healthy, &["healthy"], {
            let lists = lists(&["ssh-ed25519", "ssh-rsa"], &["ssh-ed25519"], &["ssh-ed25519", "rsa-sha2-512"]);
            Story::ssh().run(|run| knowing(run, lists).complete())
        }),
        fault("a key that is not known, and the others of that server", &["host-key-unknown"], {
            Story::ssh().run(unknown).shakes(ecdsa, step_with(HostKeyVerdict::Unknown), None)
        }),
        fault("a certificate for OpenSSH", &["flux-takes-no-host-certificate"], {
            certificate(model::Profile::Openssh, HostKeyVerdict::Changed)
        }),
        fault("a certificate, and Flux's client", &["flux-takes-no-host-certificate"], {
            certificate(model::Profile::Flux, HostKeyVerdict::Changed)
        }),
        fault("a key that OpenSSH takes and Flux does not", &["host-key-unknown"], {
            let mut lists = lists(&both[1..], &both[1..], &both[1..]);
            if let Seen::KnownKeyTypes(known) = &mut lists[0] {
                known.as_flux = Some(HostKeyVerdict::Unknown);
            }
            Story::ssh().plan(|plan| plan.profile = model::Profile::Openssh).run(|run| knowing(run, lists).complete())
        }),
        sample("a certificate, and the key itself is known too", Verdict::Healthy, &["healthy"], {
            certificate(model::Profile::Openssh, HostKeyVerdict::Trusted)
        }),
    ]
}

fn step_with(verdict: HostKeyVerdict) -> Step {
    match key_exchange(verdict) {
        Step::KeyExchange { algorithms, client_flight, server_kexinit_bytes, host_key } => Step::KeyExchange {
            algorithms,
            client_flight,
            server_kexinit_bytes,
            host_key: host_key.map(|key| HostKey { key_type: "ssh-ed25519".into(), ..key }),
        },
        other => other,
    }
}
