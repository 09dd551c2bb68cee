//! Cases over SSH that are not the incident.

use diagnose::{Confidence, Diagnosis, Evidence, Finding, FluxForecast, FluxOutcome, Severity, Verdict};
use model::{
    AckKind, Advertisement, Bytes, Ended, Failure, FailureKind, FlightSize, FluxVersion, GitRef, HostKey,
    HostKeyVerdict, Micros, PackProgress, Protocol, RunId, SshAlgorithms, Stage, Step, Trailer,
};

use super::{Case, Recorder, asked, connection, local, peer};

pub(crate) const TARGET: &str = "ssh://git@github.com/acme/fleet-infra.git";

pub(crate) fn healthy() -> Case {
    let mut recorder = Recorder::new(TARGET, GitRef::Branch("main".to_owned()), vec![asked()]);
    recorder.begin(asked());
    to_the_request(&mut recorder, None);
    answer(&mut recorder);
    recorder.stage(first_packet(Some(1), Some(8_183), 8_192), 31_400, 0, 8_216);
    recorder.stage(pack_start(0, 1_204), 0, 0, 0);
    let began = recorder.now();
    for step in 1..=4 {
        recorder.sample(Stage::PackTransfer, 100_000, 820_000, step * 818_000);
    }
    recorder.transferred(Step::PackTransfer(pack(3_272_000, 1_204, Trailer::Verified)), began, None);
    recorder.stage(Step::End { exit_status: Some(0) }, 28_100, 64, 96);
    recorder.end(Ended::Complete);
    let evidence = vec![
        evidence(1, "16 stages without a fault, and the pack's checksum matches its bytes"),
        evidence(1, "3.1 MiB of the pack in 400 ms, 65 Mbit/s; the longest gap was 31 ms"),
        evidence(1, "no large segment was seen: whether full-size packets pass cannot be told from this run"),
    ];
    let statement = "The clone works from here: 3.12 MiB in 0.88 s, nothing stalled, nothing was lost.";
    let diagnosis = Diagnosis {
        verdict: Verdict::Healthy,
        headline: statement.to_owned(),
        findings: vec![Finding { evidence, ..finding("healthy", Severity::Info, Confidence::Proven, statement) }],
        flux: FluxForecast { takes_us: Some(Micros(880_000)), ..forecast(FluxOutcome::Fits) },
    };
    Case { name: "healthy-ssh", records: recorder.finish(), diagnosis }
}

pub(crate) fn server_computing() -> Case {
    let mut recorder = Recorder::new(TARGET, GitRef::Branch("main".to_owned()), vec![asked()]);
    recorder.begin(asked());
    to_the_request(&mut recorder, None);
    answer(&mut recorder);
    recorder.stage(first_packet(Some(1), Some(0), 5), 5_004_200, 0, 40);
    let out = Failure::new(FailureKind::OutOfTime, "wait for the first byte of the pack");
    let start = Step::PackStart {
        keepalives: 4,
        progress_packets: 0,
        progress: None,
        peeked_at_us: Some(Micros(10_470_000)),
        objects: None,
    };
    recorder.failed(start, 21_200_000, 0, 160, out);
    recorder.end(Ended::Failed);
    let statement = "The server is alive and still computing the pack after 26.2 s: its keepalives came every 5 s, no pack byte did.";
    let finding = Finding {
        stage: Some(Stage::PackStart),
        evidence: vec![
            evidence(1, "5 keepalives arrived after the NAK, 5.0 s apart, and nothing else"),
            evidence(1, "our request was acknowledged at once, RTT 27.4 ms"),
        ],
        rules_out: vec![
            "a path that drops large packets (small ones kept coming, no segment out of order)".to_owned(),
            "a dead server".to_owned(),
            "a firewall that forgot the connection".to_owned(),
        ],
        possible: vec![
            "the repository has no bitmap and pack-objects walks its history".to_owned(),
            "the server's disk or processor is overloaded".to_owned(),
        ],
        remedies: vec![
            "On the server, repack the repository with a bitmap: `git repack -adb` (or ask who runs it).".to_owned(),
            "Until then give Flux more time: set `spec.timeout` of the GitRepository to `180s`.".to_owned(),
        ],
        next: vec!["netprobe run --budget 120s --timeout 120s ssh://git@github.com/acme/fleet-infra.git".to_owned()],
        ..finding("server-computing", Severity::Fault, Confidence::Likely, statement)
    };
    let diagnosis = Diagnosis {
        verdict: Verdict::Fault,
        headline: "The server answers, and needs more than 26 s to compute the pack; the network is not to blame."
            .to_owned(),
        findings: vec![finding],
        flux: FluxForecast {
            message: Some(
                "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/acme/fleet-infra.git': context deadline exceeded".to_owned(),
            ),
            dies_at: Some(Stage::PackStart),
            extrapolated: true,
            caveats: vec![
                "The run ended at its budget of 30 s; the server may yet have answered within Flux's 60 s.".to_owned(),
            ],
            ..forecast(FluxOutcome::TimesOut)
        },
    };
    Case { name: "server-computing", records: recorder.finish(), diagnosis }
}

pub(crate) fn host_key_unknown() -> Case {
    let target = "ssh://git@git.example.org:7999/platform/deploy.git";
    let mut recorder = Recorder::new(target, GitRef::Head, vec![asked()]);
    recorder.begin(asked());
    recorder.stage(resolved("git.example.org"), 3_900, 0, 0);
    recorder.tcp = Some(connection());
    recorder.stage(connected(7999, None), 27_100, 0, 0);
    recorder.stage(greeting("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7"), 29_000, 0, 40);
    let unknown = Failure::new(FailureKind::HostKeyUnknown, "check the host key").with(peer(7999));
    recorder.failed(key_exchange(HostKeyVerdict::Unknown), 64_800, 2_608, 2_684, unknown);
    recorder.failed(
        Step::Authenticate { user: "git".to_owned(), attempted: Vec::new(), offered: Vec::new() },
        0,
        0,
        0,
        Failure::new(FailureKind::NoCredential, "authenticate")
            .saying("no key was offered: the host key is not in known_hosts"),
    );
    recorder.end(Ended::Failed);
    recorder.note("~/.ssh/config line 12: ControlMaster was not followed; every run opens its own connection");
    let statement = "The server's host key is in no known_hosts file, so no credential was sent and nothing behind authentication was measured.";
    let finding = Finding {
        stage: Some(Stage::KeyExchange),
        evidence: vec![evidence(
            1,
            "ssh-ed25519 SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU, no line for [git.example.org]:7999 in ~/.ssh/known_hosts",
        )],
        remedies: vec![
            "Compare the fingerprint above with the one that the server's owner publishes, then add the key:"
                .to_owned(),
            "ssh-keyscan -p 7999 -t ed25519 git.example.org >> ~/.ssh/known_hosts".to_owned(),
        ],
        ..finding("host-key-unknown", Severity::Fault, Confidence::Proven, statement)
    };
    let diagnosis = Diagnosis {
        verdict: Verdict::Fault,
        headline: "The server is reachable; its host key is not known here, and the run went on without credentials."
            .to_owned(),
        findings: vec![finding],
        flux: FluxForecast {
            takes_us: Some(Micros(124_800)),
            message: Some("failed to checkout and determine revision: unable to clone 'ssh://git@git.example.org:7999/platform/deploy.git': ssh: handshake failed: knownhosts: key is unknown".to_owned()),
            dies_at: Some(Stage::KeyExchange),
            caveats: vec!["Flux reads known_hosts from its Secret, not from this machine's files.".to_owned()],
            ..forecast(FluxOutcome::Fails)
        },
    };
    Case { name: "host-key-unknown", records: recorder.finish(), diagnosis }
}

pub(crate) fn connect_refused() -> Case {
    let mut recorder = Recorder::new(TARGET, GitRef::Branch("main".to_owned()), vec![asked()]);
    recorder.begin(asked());
    recorder.stage(resolved("github.com"), 1_400, 0, 0);
    let mut refused = Failure::new(FailureKind::Refused, "connect").with(peer(22)).saying("Connection refused");
    refused.errno = Some(111);
    recorder.failed(connected(22, None), 26_900, 0, 0, refused);
    recorder.end(Ended::Failed);
    let statement = "140.82.121.4 refuses connections on port 22.";
    let finding = Finding {
        stage: Some(Stage::Connect),
        evidence: vec![evidence(1, "an RST came 26.9 ms after the SYN, as far away as the server itself")],
        rules_out: vec!["a firewall that drops silently".to_owned(), "name resolution".to_owned()],
        possible: vec!["a firewall that rejects port 22".to_owned(), "no SSH server is listening".to_owned()],
        remedies: vec![
            "Use port 443: set `spec.url` to `ssh://git@ssh.github.com:443/acme/fleet-infra.git` and add its host key."
                .to_owned(),
        ],
        next: vec!["netprobe run ssh://git@ssh.github.com:443/acme/fleet-infra.git".to_owned()],
        ..finding("connection-refused", Severity::Fault, Confidence::Proven, statement)
    };
    let diagnosis = Diagnosis {
        verdict: Verdict::Fault,
        headline: statement.to_owned(),
        findings: vec![finding],
        flux: FluxForecast {
            takes_us: Some(Micros(28_300)),
            message: Some("failed to checkout and determine revision: unable to clone 'ssh://git@github.com/acme/fleet-infra.git': dial tcp 140.82.121.4:22: connect: connection refused".to_owned()),
            dies_at: Some(Stage::Connect),
            ..forecast(FluxOutcome::Fails)
        },
    };
    Case { name: "connect-refused", records: recorder.finish(), diagnosis }
}

/// Everything up to the login.
pub(crate) fn to_the_login(recorder: &mut Recorder) {
    to_the_key(recorder, None);
}

/// Everything up to the request, as a healthy server behind 27 ms passes it.
pub(crate) fn to_the_request(recorder: &mut Recorder, mss: Option<u16>) {
    to_the_key(recorder, mss);
    let attempted = vec!["none".to_owned(), "publickey ssh-ed25519".to_owned()];
    recorder.stage(
        Step::Authenticate { user: "git".to_owned(), attempted, offered: vec!["publickey".into()] },
        96_300,
        612,
        388,
    );
    recorder.stage(Step::Exec { server_window_bytes: Some(Bytes::from_mebibytes(2)) }, 58_100, 168, 132);
    recorder.stage(Step::AdvertisementWait { http_status: None }, 41_800, 0, 84);
    let advertisement = Advertisement {
        protocol: Some(Protocol::V0),
        size: Bytes(1_012),
        refs: 7,
        capabilities: vec!["multi_ack_detailed".into(), "side-band-64k".into(), "filter".into()],
        agent: Some("git/github-3b7d2f1".into()),
        reference: Some("refs/heads/main".into()),
        object_id: Some("5f0c8be1e1d28c2f8e0a4a7a5bcb1f5a0a0c5f61".into()),
    };
    recorder.stage(Step::AdvertisementTransfer(advertisement), 300, 0, 968);
}

/// Name lookup to host key.
fn to_the_key(recorder: &mut Recorder, mss: Option<u16>) {
    recorder.stage(resolved("github.com"), 1_400, 0, 0);
    let advertised = u32::from(mss.unwrap_or(1_448));
    recorder.tcp = Some(model::TcpInfo { advertised_mss_bytes: advertised, ..connection() });
    recorder.stage(connected(22, mss), 27_400, 0, 0);
    recorder.stage(greeting("SSH-2.0-babeld-8a1b2c3d4"), 31_200, 22, 26);
    recorder.stage(key_exchange(HostKeyVerdict::Trusted), 62_700, 2_608, 2_684);
}

/// Request to NAK.
pub(crate) fn answer(recorder: &mut Recorder) {
    let size = FlightSize { sent: Bytes(178), client: Some(Bytes(178)), why_different: None };
    recorder.stage(Step::Request { size, wants: 1, depth: Some(1) }, 200, 212, 0);
    recorder.stage(Step::ResponseWait { http_status: None }, 74_600, 0, 4);
    recorder.stage(Step::ShallowList { entries: 1 }, 20, 0, 92);
    recorder.stage(Step::Acknowledgment { kind: Some(AckKind::Nak) }, 10, 0, 40);
}

pub(crate) fn resolved(host: &str) -> Step {
    Step::Resolve { host: host.to_owned(), addresses: vec![peer(0).ip()] }
}

pub(crate) fn connected(port: u16, mss_clamp_bytes: Option<u16>) -> Step {
    Step::Connect { peer: peer(port), local: Some(local()), mss_clamp_bytes }
}

fn greeting(server: &str) -> Step {
    Step::Greeting { client_ident: "SSH-2.0-netprobe_0.1.0".to_owned(), server_ident: Some(server.into()) }
}

fn key_exchange(verdict: HostKeyVerdict) -> Step {
    let algorithms = SshAlgorithms {
        kex: "mlkem768x25519-sha256".to_owned(),
        host_key: "ssh-ed25519".to_owned(),
        cipher: "aes128-gcm@openssh.com".to_owned(),
        mac: "none".to_owned(),
    };
    let host_key = HostKey {
        key_type: "ssh-ed25519".to_owned(),
        fingerprint: "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU".to_owned(),
        verdict,
        source: match verdict {
            HostKeyVerdict::Trusted => "~/.ssh/known_hosts:41".to_owned(),
            _ => "no line of ~/.ssh/known_hosts names [git.example.org]:7999".to_owned(),
        },
    };
    Step::KeyExchange {
        algorithms: Some(algorithms),
        client_flight: Some(FlightSize { sent: Bytes(1_092), client: Some(Bytes(1_092)), why_different: None }),
        server_kexinit_bytes: Some(Bytes(1_104)),
        host_key: Some(host_key),
    }
}

pub(crate) fn first_packet(band: Option<u8>, payload: Option<u64>, after: u64) -> Step {
    Step::FirstPacket { band, payload: payload.map(Bytes), bytes_after_ack: Bytes(after) }
}

pub(crate) fn pack_start(keepalives: u32, objects: u32) -> Step {
    Step::PackStart { keepalives, progress_packets: 0, progress: None, peeked_at_us: None, objects: Some(objects) }
}

pub(crate) fn pack(size: u64, objects: u32, trailer: Trailer) -> PackProgress {
    PackProgress {
        pack: Bytes(size),
        objects,
        objects_seen: Some(objects),
        data_packets: 401,
        longest_gap_us: Micros(31_000),
        longest_gap_after: Bytes(1_210_000),
        trailer,
        ..PackProgress::default()
    }
}

pub(crate) fn finding(rule: &str, severity: Severity, confidence: Confidence, statement: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        confidence,
        statement: statement.to_owned(),
        stage: None,
        evidence: Vec::new(),
        rules_out: Vec::new(),
        possible: Vec::new(),
        remedies: Vec::new(),
        next: Vec::new(),
    }
}

pub(crate) fn evidence(run: u32, shows: &str) -> Evidence {
    Evidence { run: RunId(run), observation: None, shows: shows.to_owned() }
}

pub(crate) fn forecast(outcome: FluxOutcome) -> FluxForecast {
    FluxForecast {
        timeout_us: Micros::from_secs(60),
        flux_version: FluxVersion::default(),
        outcome,
        takes_us: None,
        message: None,
        dies_at: None,
        extrapolated: false,
        caveats: Vec::new(),
    }
}
