//! Every finding's case, and its neighbours: the same story with the one thing missing that would justify it.

use model::{
    Bytes, Certificate, Ended, FailureKind, GitRef, HostKeyVerdict, PackProgress, Protocol, Report, Stage, Step,
    StopCause, TcpInfo, TlsTrust, Trailer, VantageKind,
};

use super::steps::{key_exchange, pack_start};
use super::{Story, Telling, V4, V6, advertisement, calm, gap, pack, step, unanswered};
use crate::Verdict;

/// A report and what must be found in it: these rules in this order, and none else.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) report: Report,
    pub(crate) rules: &'static [&'static str],
    pub(crate) verdict: Verdict,
}

/// Every sample.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples = well();
    samples.extend(before_git());
    samples.extend(super::connect::connect());
    samples.extend(refusals());
    samples.extend(stalls());
    samples.extend(super::healed::healed());
    samples.extend(super::machine::machine());
    samples.extend(super::names::names());
    samples.extend(super::secret::secret());
    samples.extend(slow());
    samples.extend(super::ssh::ssh());
    samples.extend(open());
    samples.extend(super::tls::tls());
    samples
}

pub(super) fn fault(name: &'static str, rules: &'static [&'static str], story: Story) -> Sample {
    Sample { name, report: story.done(), rules, verdict: Verdict::Fault }
}

pub(super) fn sample(name: &'static str, verdict: Verdict, rules: &'static [&'static str], story: Story) -> Sample {
    Sample { name, report: story.done(), rules, verdict }
}

/// The pack as far as it came, of an estimated whole.
pub(crate) fn part_of_pack(mebibytes: u64, whole: Option<u64>) -> Step {
    Step::PackTransfer(PackProgress {
        pack: Bytes::from_mebibytes(mebibytes),
        estimated_pack: whole.map(Bytes::from_mebibytes),
        ..PackProgress::default()
    })
}

fn clean(run: Telling) -> Telling {
    run.complete()
}

fn well() -> Vec<Sample> {
    let healthy = |name, story| sample(name, Verdict::Healthy, &["healthy"], story);
    vec![
        healthy("healthy over SSH", Story::ssh().run(clean)),
        healthy("healthy over HTTPS", Story::https().run(clean)),
        healthy(
            "cut at the cap, and the rest fits",
            Story::ssh().run(|run| run.until(Stage::PackTransfer).good(part_of_pack(20, Some(40)), 4_000).cut()),
        ),
        healthy("a large advertisement's neighbour: 500 refs in 2 s of 20", {
            let refs = advertisement(500, Bytes(40_000));
            Story::ssh().run(|run| {
                run.until(Stage::AdvertisementTransfer)
                    .good(refs, 1_900)
                    .until(Stage::PackTransfer)
                    .good(pack(10 << 20, Trailer::Verified), 18_000)
                    .complete()
            })
        }),
        healthy("a server that takes 4 s, one keepalive short of slow", {
            Story::ssh().run(|run| run.until(Stage::PackStart).good(pack_start(0, Some(4)), 4_000).complete())
        }),
    ]
}

fn resolves_both() -> Step {
    Step::Resolve { host: "git.example".into(), addresses: vec![V6, V4] }
}

fn before_git() -> Vec<Sample> {
    let resolve = || step(Stage::Resolve, V4);
    let connect = || step(Stage::Connect, V4);
    let kinds: [(&str, &[&str], Step, FailureKind); 8] = [
        ("no such name", &["name-not-found"], resolve(), FailureKind::NameNotFound),
        ("no name server", &["name-server-failure"], resolve(), FailureKind::NameServerFailure),
        ("refused", &["connect-refused"], connect(), FailureKind::Refused),
        ("unreachable", &["connect-unreachable"], connect(), FailureKind::Unreachable),
        ("prohibited", &["connect-unreachable"], connect(), FailureKind::Prohibited),
        ("reset at once", &["connection-cut"], connect(), FailureKind::Reset),
        ("proxy says no", &["proxy-refused"], step(Stage::Proxy, V4), FailureKind::ProxyRefused),
        ("no descriptors", &["unexplained"], connect(), FailureKind::Local),
    ];
    let mut samples: Vec<Sample> = kinds
        .into_iter()
        .map(|(name, rules, step, kind)| {
            let stage = step.stage();
            fault(name, rules, Story::ssh().run(|run| run.until(stage).bad(step, 20, kind)))
        })
        .collect();
    samples.push(fault(
        "silent name server",
        &["name-server-failure"],
        Story::ssh().run(|run| run.stalls(resolve(), calm())),
    ));
    samples.push(fault(
        "silent port",
        &["connect-silent"],
        Story::ssh().run(|run| run.until(Stage::Connect).stalls(connect(), calm())),
    ));
    samples.push(fault(
        "one family dead, the other fine",
        &["address-family-broken"],
        Story::ssh()
            .run(|run| run.good(resolves_both(), 5).stalls(step(Stage::Connect, V6), calm()))
            .then(|run| run.to(V4).good(resolves_both(), 5).complete()),
    ));
    samples.push(sample(
        "one family refused, the other fine: nobody is kept waiting",
        Verdict::Warning,
        &["address-family-broken"],
        Story::ssh()
            .run(|run| run.good(resolves_both(), 5).bad(step(Stage::Connect, V6), 20, FailureKind::Refused))
            .then(|run| run.to(V4).good(resolves_both(), 5).complete()),
    ));
    samples.push(sample(
        "one family dead, the other fine, over HTTPS: git and Flux race them",
        Verdict::Warning,
        &["address-family-broken"],
        Story::https()
            .run(|run| run.good(resolves_both(), 5).stalls(step(Stage::Connect, V6), calm()))
            .then(|run| run.to(V4).good(resolves_both(), 5).complete()),
    ));
    samples.push(fault(
        "one family dead, a hole on the other",
        &["address-family-broken", "path-mtu-black-hole"],
        Story::ssh()
            .run(|run| run.good(resolves_both(), 5).stalls(step(Stage::Connect, V6), calm()))
            .then(|run| run.to(V4).good(resolves_both(), 5).until(Stage::FirstPacket).stalls(no_packet(), gap()))
            .then(|run| run.to(V4).clamped().good(resolves_both(), 5).complete()),
    ));
    samples
}

/// The acknowledgement came, and nothing behind it.
pub(crate) fn no_packet() -> Step {
    Step::FirstPacket { band: None, payload: None, bytes_after_ack: Bytes(0) }
}

pub(crate) fn certificate(host: &str) -> Step {
    let leaf = Certificate {
        subject: "CN=x".into(),
        issuer: "CN=Our CA".into(),
        names: vec![host.into()],
        not_before_unix_s: 0,
        not_after_unix_s: 1,
        der_bytes: Bytes(1_000),
        details: None,
    };
    match step(Stage::Tls, V4) {
        Step::Tls { version, cipher, group, alpn, client_flight, server_flight_bytes, .. } => Step::Tls {
            version,
            cipher,
            group,
            alpn,
            client_flight,
            server_flight_bytes,
            chain: vec![leaf],
            trust: Some(TlsTrust { roots: "system store".into(), ..TlsTrust::default() }),
        },
        other => other,
    }
}

fn refusals() -> Vec<Sample> {
    let at = |stage| step(stage, V4);
    let tls = || certificate("other.example");
    let ssh: [(&str, &[&str], Step, FailureKind); 14] = [
        ("key changed", &["host-key-changed"], key_exchange(HostKeyVerdict::Changed), FailureKind::HostKeyChanged),
        (
            "other types",
            &["host-key-changed"],
            key_exchange(HostKeyVerdict::OtherTypesOnly),
            FailureKind::HostKeyChanged,
        ),
        ("key revoked", &["host-key-revoked"], key_exchange(HostKeyVerdict::Revoked), FailureKind::HostKeyRevoked),
        ("no algorithm", &["no-common-algorithm"], at(Stage::KeyExchange), FailureKind::NoCommonAlgorithm),
        ("wrong key", &["authentication-refused"], at(Stage::Authenticate), FailureKind::AuthenticationRefused),
        ("no git there", &["exec-refused"], at(Stage::Exec), FailureKind::ExecRefused),
        ("garbage", &["malformed"], at(Stage::AdvertisementTransfer), FailureKind::Malformed),
        ("endless", &["malformed"], at(Stage::AdvertisementTransfer), FailureKind::TooLarge),
        ("no repository", &["repository-not-found"], at(Stage::AdvertisementWait), FailureKind::RepositoryNotFound),
        ("empty", &["repository-empty"], at(Stage::AdvertisementTransfer), FailureKind::RepositoryEmpty),
        ("no ref", &["ref-not-found"], at(Stage::AdvertisementTransfer), FailureKind::RefNotFound),
        ("band 3", &["remote-error"], at(Stage::PackStart), FailureKind::RemoteError),
        ("closed in the pack", &["connection-cut"], at(Stage::PackTransfer), FailureKind::Closed),
        ("bad checksum", &["pack-corrupt"], pack(9_000, Trailer::Mismatch), FailureKind::TrailerMismatch),
    ];
    let https: [(&str, &[&str], Step, FailureKind); 7] = [
        ("private CA", &["certificate-untrusted"], tls(), FailureKind::CertificateUntrusted),
        ("expired", &["certificate-expired"], tls(), FailureKind::CertificateExpired),
        ("wrong name", &["certificate-wrong-name"], tls(), FailureKind::CertificateWrongName),
        ("no TLS there", &["tls-failed"], tls(), FailureKind::Tls),
        ("bad gateway", &["http-status"], at(Stage::AdvertisementWait), FailureKind::HttpStatus { status: 502 }),
        ("redirect loop", &["http-status"], at(Stage::AdvertisementWait), FailureKind::Redirect),
        ("login page", &["malformed"], at(Stage::AdvertisementTransfer), FailureKind::Malformed),
    ];
    let tell = |story: fn() -> Story| {
        move |(name, rules, step, kind): (&'static str, &'static [&'static str], Step, FailureKind)| {
            let stage = step.stage();
            fault(name, rules, story().run(|run| run.until(stage).bad_saying(step, 20, kind, "the server's word")))
        }
    };
    let mut samples: Vec<Sample> = ssh.into_iter().map(tell(Story::ssh)).collect();
    samples.extend(https.into_iter().map(tell(Story::https)));
    samples.push(fault(
        "unknown key, and therefore no login",
        &["host-key-unknown"],
        Story::ssh().run(|run| {
            run.until(Stage::KeyExchange)
                .bad(key_exchange(HostKeyVerdict::Unknown), 20, FailureKind::HostKeyUnknown)
                .bad(step(Stage::Authenticate, V4), 20, FailureKind::NoCredential)
        }),
    ));
    samples.push(sample(
        "no key at hand",
        Verdict::Undecided,
        &["no-credential"],
        Story::ssh().run(|run| {
            run.until(Stage::Authenticate).bad(step(Stage::Authenticate, V4), 20, FailureKind::NoCredential)
        }),
    ));
    samples
}

fn stalls() -> Vec<Sample> {
    let stalled = |now: TcpInfo| move |run: Telling| run.until(Stage::FirstPacket).stalls(no_packet(), now);
    let in_pack = |now: TcpInfo| move |run: Telling| run.until(Stage::PackTransfer).stalls(part_of_pack(1, None), now);
    let kex = |run: Telling| run.until(Stage::KeyExchange).stalls(step(Stage::KeyExchange, V4), unanswered());
    let full_size = || TcpInfo { rcv_mss_bytes: 1_448, ..calm() };
    vec![
        fault("hole towards us, from a pod", &["path-mtu-black-hole"], {
            let mut story = Story::ssh().run(stalled(gap())).then(|run| run.clamped().complete());
            story.report.header.vantage.kind = VantageKind::Pod;
            story
        }),
        fault(
            "hole without a fingerprint",
            &["path-mtu-black-hole"],
            Story::https().run(stalled(calm())).then(|run| run.clamped().complete()),
        ),
        fault(
            "hole in the key exchange",
            &["path-mtu-black-hole"],
            Story::ssh().run(kex).then(|run| run.clamped().complete()),
        ),
        fault(
            "hole in the pack, the small run cut at a cap further on",
            &["path-mtu-black-hole"],
            Story::ssh()
                .run(in_pack(gap()))
                .then(|run| run.clamped().until(Stage::PackTransfer).good(part_of_pack(9, Some(10)), 900).cut()),
        ),
        fault(
            "full-size packets came before: no hole",
            &["stalled"],
            Story::ssh()
                .run(|run| {
                    run.until(Stage::AdvertisementTransfer)
                        .good_with(advertisement(41, Bytes(3_277)), 20, full_size())
                        .until(Stage::FirstPacket)
                        .stalls(no_packet(), TcpInfo { out_of_order_segments: 1, ..full_size() })
                })
                .then(|run| run.clamped().complete()),
        ),
        sample("a greeting that comes late, to the run that waits", Verdict::Warning, &["server-silent"], {
            let silent = |run: Telling| run.until(Stage::Greeting).stalls(step(Stage::Greeting, V4), calm());
            let patient = |run: Telling| run.ask(|asked| asked.patience_us = model::Micros::from_secs(14));
            Story::ssh()
                .run(silent)
                .then(|run| silent(run.clamped()))
                .then(|run| patient(run).until(Stage::Greeting).good(step(Stage::Greeting, V4), 8_000).complete())
        }),
        fault("gap, small packets not tried", &["stalled"], Story::ssh().run(stalled(gap()))),
        fault(
            "gap, small packets no help",
            &["stalled"],
            Story::ssh().run(stalled(gap())).then(|run| stalled(gap())(run.clamped())),
        ),
        fault("key exchange unanswered", &["stalled"], Story::ssh().run(kex).then(|run| kex(run.clamped()))),
        fault(
            "frozen in the pack",
            &["stalled"],
            Story::ssh().run(in_pack(calm())).then(|run| in_pack(calm())(run.clamped())),
        ),
        fault(
            "a small run that saw fewer bytes proves nothing",
            &["stalled"],
            Story::ssh()
                .run(in_pack(gap()))
                .then(|run| run.clamped().until(Stage::PackTransfer).good(part_of_pack(0, None), 90).cut()),
        ),
        fault("silent, small packets not tried", &["server-silent"], Story::ssh().run(stalled(calm()))),
        fault(
            "silent, nothing helps",
            &["server-silent"],
            Story::ssh()
                .run(stalled(calm()))
                .then(|run| stalled(calm())(run.clamped()))
                .then(|run| stalled(calm())(run.ask(|asked| asked.patience_us = model::Micros::from_secs(14)))),
        ),
        fault("silent before the advertisement", &["server-silent"], {
            let wait = Step::AdvertisementWait { http_status: None };
            Story::https().run(|run| run.until(Stage::AdvertisementWait).stalls(wait, calm()))
        }),
        fault("keepalives, then silence", &["stalled"], {
            Story::ssh().run(|run| run.until(Stage::PackStart).stalls(pack_start(1, None), calm()))
        }),
        sample(
            "silent, and only slow: the patient run ends",
            Verdict::Warning,
            &["server-computing"],
            Story::ssh().run(stalled(calm())).then(|run| stalled(calm())(run.clamped())).then(|run| {
                run.ask(|asked| asked.patience_us = model::Micros::from_secs(14))
                    .until(Stage::FirstPacket)
                    .good(step(Stage::FirstPacket, V4), 9_000)
                    .complete()
            }),
        ),
    ]
}

fn slow() -> Vec<Sample> {
    let many = || advertisement(30_000, Bytes::from_mebibytes(2));
    let long_list = move |run: Telling| run.until(Stage::AdvertisementTransfer).good(many(), 4_000).complete();
    let v2 = |took_ms: u64| {
        move |run: Telling| {
            let list = Step::AdvertisementTransfer(model::Advertisement {
                protocol: Some(Protocol::V2),
                refs: 1,
                size: Bytes(200),
                ..model::Advertisement::default()
            });
            run.ask(|asked| asked.protocol = Protocol::V2)
                .until(Stage::AdvertisementTransfer)
                .good(list, took_ms)
                .complete()
        }
    };
    let warning = |name, rules, story| sample(name, Verdict::Warning, rules, story);
    vec![
        warning("slow list", &["advertisement-slow"], Story::ssh().run(long_list)),
        warning("slow list, v2 quick", &["advertisement-slow"], Story::ssh().run(long_list).then(v2(30))),
        warning("slow list, v2 as slow", &["advertisement-slow"], Story::ssh().run(long_list).then(v2(3_900))),
        fault("the list alone is over the timeout", &["advertisement-slow"], {
            Story::ssh().plan(|plan| plan.timeout_us = model::Micros::from_secs(4)).run(long_list)
        }),
        fault("pack over the timeout", &["over-timeout"], {
            Story::ssh()
                .run(|run| run.until(Stage::PackTransfer).good(pack(40 << 20, Trailer::Verified), 75_000).complete())
        }),
        fault("pack over the timeout, extrapolated", &["over-timeout"], {
            Story::https().run(|run| run.until(Stage::PackTransfer).good(part_of_pack(10, Some(100)), 8_000).cut())
        }),
        fault("greeting over the timeout", &["over-timeout"], {
            Story::ssh().run(|run| run.until(Stage::Greeting).good(step(Stage::Greeting, V4), 61_000).complete())
        }),
        fault("an IPv6 address over SSH", &["flux-cannot-dial"], {
            Story::at("ssh://git@[2001:db8::7]:2222/repo.git").run(Telling::complete)
        }),
        fault("TLS slower than Go allows", &["flux-gives-up"], {
            Story::https().run(|run| run.until(Stage::Tls).good(step(Stage::Tls, V4), 11_000).complete())
        }),
        warning("more than half of the timeout", &["near-timeout"], {
            Story::ssh()
                .run(|run| run.until(Stage::PackTransfer).good(pack(40 << 20, Trailer::Verified), 35_000).complete())
        }),
        warning("server computes and says so", &["server-computing"], {
            Story::ssh().run(|run| run.until(Stage::PackStart).good(pack_start(3, Some(10)), 16_000).complete())
        }),
        fault("server computes over the timeout", &["server-computing"], {
            Story::ssh().run(|run| run.until(Stage::PackStart).good(pack_start(14, Some(10)), 71_000).complete())
        }),
        warning("server still computes when the budget ends", &["server-computing"], {
            Story::ssh()
                .run(|run| run.until(Stage::PackStart).bad(pack_start(5, Some(10)), 28_000, FailureKind::OutOfTime))
        }),
        warning("server computes in silence", &["server-computing"], {
            Story::ssh().run(|run| run.until(Stage::PackStart).good(pack_start(0, Some(5)), 5_500).complete())
        }),
        sample("a hole that healed is not a computing server", Verdict::Healthy, &["healthy"], {
            Story::ssh()
                .run(|run| run.until(Stage::PackStart).good_with(pack_start(0, Some(5)), 5_500, gap()).complete())
        }),
    ]
}

fn open() -> Vec<Sample> {
    let undecided = |name, rules, story| sample(name, Verdict::Undecided, rules, story);
    let refs = || advertisement(100, Bytes(9_000));
    vec![
        undecided("no run at all", &[], Story::ssh()),
        undecided("budget over in the advertisement", &["cut-for-budget"], {
            Story::ssh().run(|run| run.until(Stage::AdvertisementTransfer).bad(refs(), 300, FailureKind::OutOfTime))
        }),
        undecided("budget over in the pack, no estimate", &["cut-for-budget"], {
            Story::ssh()
                .run(|run| run.until(Stage::PackTransfer).bad(part_of_pack(9, None), 9_000, FailureKind::OutOfTime))
        }),
        undecided("budget over in the pack, and the estimate would fit", &["cut-for-budget"], {
            Story::ssh()
                .run(|run| run.until(Stage::PackTransfer).bad(part_of_pack(9, Some(12)), 9_000, FailureKind::OutOfTime))
        }),
        undecided("connect too soon to call", &["cut-for-budget"], {
            Story::ssh().run(|run| run.until(Stage::Connect).bad(step(Stage::Connect, V4), 300, FailureKind::OutOfTime))
        }),
        undecided("interrupted", &["not-measured"], {
            Story::ssh().run(|run| run.until(Stage::Request).ended(Ended::Stopped { cause: StopCause::Interrupt }))
        }),
        undecided("interrupted in a stage", &["not-measured"], {
            let interrupted = Ended::Stopped { cause: StopCause::Interrupt };
            Story::ssh().run(|run| {
                run.until(Stage::FirstPacket).bad(no_packet(), 300, FailureKind::Cancelled).ended(interrupted)
            })
        }),
        undecided(
            "skipped",
            &["not-measured"],
            Story::ssh().run(|run| run.ended(Ended::Skipped { reason: "no".into() })),
        ),
        undecided(
            "our own bug",
            &["not-measured"],
            Story::ssh().run(|run| run.ended(Ended::Crashed { message: "oops".into() })),
        ),
        undecided("broken off", &["not-measured"], Story::ssh().run(|run| run.until(Stage::Exec).ended(Ended::Lost))),
        fault("failed without a word", &["unexplained"], {
            Story::ssh().plan(|plan| plan.git_ref = GitRef::Head).run(|run| run.until(Stage::Exec))
        }),
        fault("a kind from the future", &["unexplained"], {
            Story::ssh().run(|run| run.until(Stage::Exec).bad(step(Stage::Exec, V4), 20, FailureKind::Unknown))
        }),
    ]
}
