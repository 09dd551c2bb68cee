//! Cases over HTTPS.

use diagnose::{Confidence, Diagnosis, Finding, FluxForecast, FluxOutcome, Severity, Verdict};
use model::{
    AckKind, Advertisement, Bytes, Cap, Certificate, Ended, FlightSize, GitRef, Micros, PackProgress, Protocol, Seen,
    Stage, Step, TlsTrust,
};

use super::ssh::{connected, evidence, finding, first_packet, forecast, pack_start, resolved};
use super::{Case, Recorder, asked, connection};

pub(crate) fn cut_at_the_cap() -> Case {
    let target = "https://github.com/acme/monorepo.git";
    let mut recorder = Recorder::new(target, GitRef::Tag("v2.14.0".to_owned()), vec![asked()]);
    recorder.begin(asked());
    recorder.stage(resolved("github.com"), 12_300, 0, 0);
    recorder.tcp = Some(connection());
    recorder.stage(connected(443, None), 27_600, 0, 0);
    recorder.stage(tls(), 61_000, 1_571, 3_318);
    recorder.stage(Step::AdvertisementWait { http_status: Some(200) }, 118_000, 402, 1_204);
    let advertisement = Advertisement {
        protocol: Some(Protocol::V0),
        size: Bytes(412_877),
        refs: 5_819,
        agent: Some("git/github-3b7d2f1".into()),
        reference: Some("refs/tags/v2.14.0".into()),
        ..Advertisement::default()
    };
    recorder.stage(Step::AdvertisementTransfer(advertisement), 214_000, 0, 414_902);
    let size = FlightSize { sent: Bytes(181), client: Some(Bytes(181)), why_different: None };
    recorder.stage(Step::Request { size, wants: 1, depth: Some(1) }, 400, 588, 0);
    recorder.stage(Step::ResponseWait { http_status: Some(200) }, 163_000, 0, 611);
    recorder.stage(Step::ShallowList { entries: 1 }, 0, 0, 0);
    recorder.stage(Step::Acknowledgment { kind: Some(AckKind::Nak) }, 0, 0, 8);
    recorder.stage(first_packet(Some(1), Some(8_183), 8_192), 741_000, 0, 8_211);
    recorder.stage(pack_start(0, 48_112), 0, 0, 0);
    transfer(&mut recorder);
    recorder.see(Seen::Remark { text: "the proxy in HTTPS_PROXY was not used: NO_PROXY names github.com".into() });
    recorder.end(Ended::Cut { cap: Cap::Bytes });
    Case { name: "healthy-https-cut-at-cap", records: recorder.finish(), diagnosis: diagnosis() }
}

/// A transfer that starts slowly, dips once and is cut at 20 MiB.
fn transfer(recorder: &mut Recorder) {
    let began = recorder.now();
    let mut pack = 8_192;
    for step in 0..54_u64 {
        let share = match step {
            0..=7 => 60_000 * (step + 1),
            30..=33 => 90_000,
            _ => 432_000 + step % 5 * 9_000,
        };
        pack += share;
        recorder.sample(Stage::PackTransfer, 100_000, share + share / 80, pack);
    }
    let progress = PackProgress {
        pack: Bytes(pack),
        objects: 48_112,
        objects_seen: Some(9_310),
        data_packets: 2_562,
        longest_gap_us: Micros(184_000),
        longest_gap_after: Bytes(11_900_000),
        estimated_pack: Some(Bytes(pack * 48_112 / 9_310)),
        ..PackProgress::default()
    };
    recorder.transferred(Step::PackTransfer(progress), began, None);
}

fn tls() -> Step {
    let certificate = |subject: &str, issuer: &str, der: u64| Certificate {
        subject: subject.into(),
        issuer: issuer.into(),
        names: vec!["github.com".into(), "www.github.com".into()],
        not_before_unix_s: 1_738_713_600,
        not_after_unix_s: 1_770_249_599,
        der_bytes: Bytes(der),
        details: None,
    };
    Step::Tls {
        version: Some("TLSv1.3".to_owned()),
        cipher: Some("TLS_AES_128_GCM_SHA256".to_owned()),
        group: Some("X25519".to_owned()),
        alpn: Some("http/1.1".to_owned()),
        client_flight: Some(FlightSize {
            sent: Bytes(1_507),
            client: Some(Bytes(1_489)),
            why_different: Some("rustls offers two more signature schemes".to_owned()),
        }),
        server_flight_bytes: Bytes(3_318),
        chain: vec![
            certificate("CN=github.com", "CN=Sectigo ECC Domain Validation Secure Server CA", 1_102),
            certificate("CN=Sectigo ECC Domain Validation Secure Server CA", "CN=USERTrust ECC", 932),
        ],
        trust: Some(TlsTrust { verified: true, roots: "system store".to_owned(), ..TlsTrust::default() }),
    }
}

fn diagnosis() -> Diagnosis {
    let statement = "The clone works from here; it would take about 29 s, of which 27 s are the pack's 104 MiB.";
    let finding = Finding {
        evidence: vec![
            evidence(1, "20.2 MiB of the pack came in 5.40 s without a stall, the longest gap was 184 ms"),
            evidence(1, "9,310 of 48,112 objects were in it: the whole pack is estimated at 104 MiB"),
        ],
        ..finding("healthy", Severity::Info, Confidence::Likely, statement)
    };
    Diagnosis {
        verdict: Verdict::Healthy,
        headline: statement.to_owned(),
        findings: vec![finding],
        flux: FluxForecast {
            takes_us: Some(Micros(29_200_000)),
            extrapolated: true,
            caveats: vec![
                "The pack was cut at 20 MiB; run with `--full` to measure all of it.".to_owned(),
                "Unpacking in the controller comes on top and is not under the deadline.".to_owned(),
            ],
            ..forecast(FluxOutcome::Fits)
        },
    }
}
