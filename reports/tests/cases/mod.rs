//! The cases behind `samples/`: reports built from records with realistic figures, and the diagnosis of each.
#![expect(dead_code, reason = "each test crate that includes this module uses a part of it")]

pub(crate) mod https;
pub(crate) mod incident;
pub(crate) mod places;
pub(crate) mod ssh;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use diagnose::Diagnosis;
use model::{
    Bytes, Caps, Depth, Ended, Ending, Failure, FluxVersion, GitRef, Header, Interface, Micros, Observation,
    Parameters, Plan, Profile, Protocol, Purpose, REPORT_VERSION, Record, Run, RunId, Seen, StageSeen, StallSnapshot,
    Step, Target, TcpInfo, Tool, TransferSample, UploadPackParameters, Vantage, VantageKind, WireCount,
};

/// One case: the journal of its report, and what was made of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) records: Vec<Record>,
    pub(crate) diagnosis: Diagnosis,
}

impl Case {
    pub(crate) fn journal(&self) -> String {
        self.records.iter().map(Record::to_line).collect()
    }
}

/// Every case, each with its folder under `samples/`.
pub(crate) fn all() -> Vec<Case> {
    vec![
        ssh::healthy(),
        ssh::server_computing(),
        ssh::host_key_unknown(),
        ssh::connect_refused(),
        https::cut_at_the_cap(),
        incident::stall_cured_by_clamp(),
    ]
}

/// Writes records as a run would: time only goes forward, the connection's counters only up.
pub(crate) struct Recorder {
    records: Vec<Record>,
    run: RunId,
    now: u64,
    wire: WireCount,
    pub(crate) tcp: Option<TcpInfo>,
}

impl Recorder {
    pub(crate) fn new(target: &str, git_ref: GitRef, runs: Vec<Run>) -> Self {
        let plan = Plan {
            target: Target::parse(target).unwrap().0,
            git_ref,
            profile: Profile::Flux,
            flux_version: FluxVersion::default(),
            artifact_stored: false,
            timeout_us: Micros::from_secs(60),
            budget_us: Micros::from_secs(30),
            runs,
        };
        let header = Header {
            format: Header::FORMAT.to_owned(),
            version: REPORT_VERSION,
            id: "019a8f3e-5a10-7c44-9d1e-0b6c1f2a7e55".to_owned(),
            created: "2025-11-23T17:20:04Z".to_owned(),
            tool: Tool { name: "netprobe".to_owned(), version: "0.1.0".to_owned() },
            vantage: Vantage {
                kind: VantageKind::Workstation,
                host_name: "nb-17".to_owned(),
                kernel: "6.12.48-amd64".to_owned(),
                processors: 8,
                congestion_control: "cubic".to_owned(),
                interfaces: vec![
                    Interface { name: "lo".to_owned(), mtu_bytes: 65_536 },
                    Interface { name: "wlan0".to_owned(), mtu_bytes: 1_500 },
                ],
                pod: None,
            },
            plan,
        };
        Self { records: vec![Record::Header(header)], run: RunId(0), now: 1_200, wire: WireCount::default(), tcp: None }
    }

    pub(crate) fn begin(&mut self, run: Run) {
        self.run = run.id;
        self.wire = WireCount::default();
        self.tcp = None;
        self.records.push(Record::RunStarted { at_us: Micros(self.now), run });
    }

    /// A stage that took `took_us` and brought `sent` and `received` payload bytes.
    pub(crate) fn stage(&mut self, step: Step, took_us: u64, sent: u64, received: u64) {
        self.ended(step, took_us, sent, received, None);
    }

    pub(crate) fn failed(&mut self, step: Step, took_us: u64, sent: u64, received: u64, problem: Failure) {
        self.ended(step, took_us, sent, received, Some(problem));
    }

    fn ended(&mut self, step: Step, took_us: u64, sent: u64, received: u64, problem: Option<Failure>) {
        let started_us = Micros(self.now);
        self.pass(took_us);
        self.count(sent, received);
        let stage = StageSeen { started_us, took_us: Micros(took_us), step, problem, wire: self.wire, tcp: self.tcp };
        self.see(Seen::Stage(stage));
    }

    /// A stage that ended before now: transfers are sampled on the way.
    pub(crate) fn transferred(&mut self, step: Step, started_us: u64, problem: Option<Failure>) {
        let took_us = Micros(self.now - started_us);
        let started_us = Micros(started_us);
        let stage = StageSeen { started_us, took_us, step, problem, wire: self.wire, tcp: self.tcp };
        self.see(Seen::Stage(stage));
    }

    pub(crate) fn sample(&mut self, during: model::Stage, after_us: u64, received: u64, pack: u64) {
        self.pass(after_us);
        self.count(0, received);
        let sample = TransferSample { during, wire: self.wire, pack: Bytes(pack), tcp: self.tcp.unwrap() };
        self.see(Seen::Sample(sample));
    }

    pub(crate) fn stall(&mut self, during: model::Stage, silent_us: u64, before: TcpInfo, now: TcpInfo) {
        let snapshot = StallSnapshot {
            during,
            silent_us: Micros(silent_us),
            wire: self.wire,
            before: Some(before),
            now: Some(now),
        };
        self.see(Seen::Stall(snapshot));
    }

    pub(crate) fn see(&mut self, seen: Seen) {
        let observation = Observation { at_us: Micros(self.now), seen };
        self.records.push(Record::Observation { run: self.run, observation });
    }

    pub(crate) fn note(&mut self, text: &str) {
        self.records.push(Record::Note(model::Note { text: text.into() }));
    }

    pub(crate) fn end(&mut self, ended: Ended) {
        self.records.push(Record::RunEnded { at_us: Micros(self.now), run: self.run, ended });
    }

    pub(crate) fn finish(mut self) -> Vec<Record> {
        self.records.push(Record::End { at_us: Micros(self.now + 900), ending: Ending::Complete });
        self.records
    }

    /// A new connection, whose bytes count from zero.
    pub(crate) fn reconnect(&mut self) {
        self.wire = WireCount::default();
    }

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    pub(crate) fn pass(&mut self, us: u64) {
        self.now += us;
    }

    fn count(&mut self, sent: u64, received: u64) {
        self.wire.sent = self.wire.sent + Bytes(sent);
        self.wire.received = self.wire.received + Bytes(received);
        if let Some(tcp) = &mut self.tcp {
            tcp.bytes_received = self.wire.received.0;
            tcp.bytes_sent = self.wire.sent.0;
            tcp.bytes_acked = self.wire.sent.0;
        }
    }
}

pub(crate) fn parameters() -> UploadPackParameters {
    UploadPackParameters {
        protocol: Protocol::V0,
        depth: Depth::AsFlux,
        progress: false,
        filter: None,
        mss_clamp_bytes: None,
        address: None,
        patience_us: Micros::from_secs(12),
        caps: Caps { received: Some(Bytes::from_mebibytes(20)), time_us: Some(Micros::from_secs(8)) },
    }
}

pub(crate) fn asked() -> Run {
    Run { id: RunId(1), purpose: Purpose::Asked, parameters: Parameters::GitUploadPack(parameters()) }
}

pub(crate) fn follow_up(id: u32, question: &str, parameters: UploadPackParameters) -> Run {
    let purpose = Purpose::FollowUp { after: RunId(1), question: question.to_owned() };
    Run { id: RunId(id), purpose, parameters: Parameters::GitUploadPack(parameters) }
}

pub(crate) fn connection() -> TcpInfo {
    TcpInfo {
        kernel_bytes: 280,
        state: 1,
        rtt_us: 27_400,
        rtt_var_us: 1_900,
        min_rtt_us: 26_800,
        snd_mss_bytes: 1_448,
        rcv_mss_bytes: 536,
        advertised_mss_bytes: 1_448,
        path_mtu_bytes: 1_500,
        congestion_window_segments: 10,
        peer_window_bytes: 65_536,
        rcv_space_bytes: 65_483,
        ..TcpInfo::default()
    }
}

pub(crate) fn peer(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(140, 82, 121, 4)), port)
}

pub(crate) fn local() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 23)), 48_122)
}
