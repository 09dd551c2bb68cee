//! The incident: a path that drops full-size packets from the server, seen as a stall after the NAK, cured by a clamp.

use diagnose::{Confidence, Diagnosis, Finding, FluxForecast, FluxOutcome, Severity, Verdict};
use model::{Ended, Failure, FailureKind, GitRef, Micros, Stage, Step, TcpInfo, Trailer};

use super::ssh::{TARGET, answer, evidence, finding, first_packet, forecast, pack, pack_start, to_the_request};
use super::{Case, Recorder, asked, connection, follow_up, parameters, peer};

pub(crate) fn stall_cured_by_clamp() -> Case {
    let mut recorder = Recorder::new(TARGET, GitRef::Branch("main".to_owned()), vec![asked()]);
    recorder.begin(asked());
    to_the_request(&mut recorder, None);
    answer(&mut recorder);
    let before = TcpInfo { rcv_mss_bytes: 1_120, ..recorder.tcp.unwrap() };
    let now =
        TcpInfo { out_of_order_segments: 2, last_data_received_ms: 12_006, last_ack_received_ms: 3_101, ..before };
    let stalled =
        Failure::new(FailureKind::Stalled { silent_us: Micros(12_006_000) }, "read the first packet of the pack")
            .with(peer(22));
    recorder.tcp = Some(now);
    recorder.failed(first_packet(None, None, 0), 12_006_000, 0, 0, stalled);
    recorder.stall(Stage::FirstPacket, 12_006_000, before, now);
    recorder.end(Ended::Failed);

    let question = "does the same exchange pass when neither side sends more than 1200 bytes a segment?";
    recorder.begin(follow_up(
        2,
        question,
        model::UploadPackParameters { mss_clamp_bytes: Some(1_200), ..parameters() },
    ));
    to_the_request(&mut recorder, Some(1_200));
    answer(&mut recorder);
    recorder.tcp = Some(TcpInfo { rcv_mss_bytes: 1_200, ..connection() });
    recorder.stage(first_packet(Some(1), Some(8_183), 8_192), 412_000, 0, 8_216);
    recorder.stage(pack_start(0, 1_204), 0, 0, 0);
    let began = recorder.now();
    for step in 1..=9 {
        recorder.sample(Stage::PackTransfer, 100_000, 364_000, step * 363_500);
    }
    recorder.transferred(Step::PackTransfer(pack(3_272_000, 1_204, Trailer::Verified)), began, None);
    recorder.stage(Step::End { exit_status: Some(0) }, 28_100, 64, 96);
    recorder.end(Ended::Complete);
    Case { name: "stall-after-nak-cured-by-clamp", records: recorder.finish(), diagnosis: diagnosis() }
}

fn diagnosis() -> Diagnosis {
    let statement = "Full-size packets from the server are lost on the way and nobody says so (a path MTU black hole): the clone stalls at its first packet of more than 1,200 bytes.";
    let finding = Finding {
        stage: Some(Stage::FirstPacket),
        evidence: vec![
            evidence(
                1,
                "after the NAK nothing came for 12.0 s, while 2 segments arrived behind a hole: the missing one is larger than any that got through",
            ),
            evidence(1, "the largest segment that arrived was 1,120 B, where 1,448 B was announced"),
            evidence(
                2,
                "with TCP_MAXSEG 1200, and nothing else changed, the same stage passed in 412 ms and the whole pack came",
            ),
        ],
        rules_out: vec![
            "a slow server (it sent pack data within 0.5 s)".to_owned(),
            "a firewall on port 22".to_owned(),
            "authentication".to_owned(),
            "a repository too large for the timeout".to_owned(),
        ],
        remedies: vec![
            "Find the hop with the small MTU (VPN, PPPoE, tunnel, CNI) and let ICMP type 3 code 4 pass through it."
                .to_owned(),
            "Or clamp the MSS on the gateway, for everything behind it:".to_owned(),
            "iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu".to_owned(),
            "Or lower the MTU of wlan0 to what the path carries, to begin with 1240: `ip link set dev wlan0 mtu 1240`."
                .to_owned(),
        ],
        next: vec!["netprobe run --thorough ssh://git@github.com/acme/fleet-infra.git".to_owned()],
        ..finding("path-mtu-black-hole", Severity::Fault, Confidence::Proven, statement)
    };
    Diagnosis {
        verdict: Verdict::Fault,
        headline: "The clone stalls right after the server's NAK because full-size packets from the server are lost; with smaller segments it works.".to_owned(),
        findings: vec![finding],
        flux: FluxForecast {
            message: Some("failed to checkout and determine revision: unable to clone 'ssh://git@github.com/acme/fleet-infra.git': error decoding upload-pack response: context deadline exceeded".to_owned()),
            dies_at: Some(Stage::FirstPacket),
            caveats: vec!["Seen from this workstation; the pods' path may have another MTU.".to_owned()],
            ..forecast(FluxOutcome::TimesOut)
        },
    }
}
