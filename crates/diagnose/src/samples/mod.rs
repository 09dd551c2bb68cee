//! Reports for tests, told as stories: what was asked, what each stage did, how it ended. Tests only.

pub(crate) mod connect;
mod healed;
pub(crate) mod machine;
pub(crate) mod names;
pub(crate) mod secret;
pub(crate) mod ssh;
mod steps;
mod stories;
pub(crate) mod tls;

use std::net::IpAddr;

use model::{
    Bytes, Cap, Caps, Depth, Ended, Ending, Failure, FailureKind, FluxVersion, GitRef, Header, Likeness, Measurement,
    Micros, Observation, Parameters, Plan, PodNetwork, PodPlace, Profile, Protocol, Purpose, Report, Run, RunId, Seen,
    Stage, StageSeen, StallSnapshot, Step, Target, TcpInfo, Tool, UploadPackParameters, Vantage, VantageKind,
    WireCount,
};

pub(crate) use steps::{V4, V6, advertisement, key_exchange, pack, pack_start, step};
pub(crate) use stories::{Sample, all, certificate, no_packet, part_of_pack};
pub(crate) use tls::{LONG, NAMELESS, PIECES, SHORT, hello_of};

/// What a story's stages take where it does not say otherwise.
pub(crate) const STAGE_MS: u64 = 20;

pub(crate) struct Story {
    pub(crate) report: Report,
}

/// A pod of netprobe's on this node.
pub(crate) fn pod(node: &str) -> PodPlace {
    PodPlace {
        node: node.to_owned(),
        namespace: "flux-system".to_owned(),
        name: "netprobe-0".to_owned(),
        network: PodNetwork::Pod,
        likeness: Likeness::Settings,
        secret: Some("repo".to_owned()),
        proxy_secret: None,
        objections: Vec::new(),
    }
}

impl Story {
    pub(crate) fn at(url: &str) -> Self {
        let plan = Plan {
            target: Target::parse(url).unwrap().0,
            git_ref: GitRef::Branch("main".into()),
            profile: Profile::Flux,
            flux_version: FluxVersion::default(),
            artifact_stored: false,
            timeout_us: Micros::from_secs(60),
            budget_us: Micros::from_secs(30),
            runs: Vec::new(),
        };
        let vantage = Vantage {
            kind: VantageKind::Workstation,
            host_name: "here".into(),
            kernel: "6.18.0".into(),
            processors: 2,
            congestion_control: "cubic".into(),
            interfaces: Vec::new(),
            pod: None,
        };
        let header = Header {
            format: Header::FORMAT.into(),
            version: model::REPORT_VERSION,
            id: "0".into(),
            created: "2026-01-01T00:00:00Z".into(),
            tool: Tool { name: "netprobe".into(), version: "0".into() },
            vantage,
            plan,
        };
        let report = Report {
            header,
            measurements: Vec::new(),
            notes: Vec::new(),
            symptom: None,
            ending: Ending::Complete,
            took_us: Micros(0),
        };
        Self { report }
    }

    pub(crate) fn ssh() -> Self {
        Self::at("ssh://git@git.example/org/repo.git")
    }

    pub(crate) fn https() -> Self {
        Self::at("https://git.example/org/repo.git")
    }

    pub(crate) fn plan(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        change(&mut self.report.header.plan);
        self
    }

    /// A run that asks Flux's question, in the asker's words.
    pub(crate) fn run(self, tell: impl FnOnce(Telling) -> Telling) -> Self {
        self.add(Purpose::Asked, tell)
    }

    /// A later run.
    pub(crate) fn then(self, tell: impl FnOnce(Telling) -> Telling) -> Self {
        let after = self.report.measurements.last().map_or(RunId(0), |earlier| earlier.run.id);
        self.add(Purpose::FollowUp { after, question: "?".into() }, tell)
    }

    fn add(mut self, purpose: Purpose, tell: impl FnOnce(Telling) -> Telling) -> Self {
        let id = RunId(u32::try_from(self.report.measurements.len()).unwrap() + 1);
        let started = self.report.took_us;
        let parameters = UploadPackParameters {
            protocol: Protocol::V0,
            depth: Depth::AsFlux,
            progress: false,
            filter: None,
            mss_clamp_bytes: None,
            address: matches!(purpose, Purpose::FollowUp { .. }).then_some(V4),
            patience_us: Micros::from_secs(6),
            caps: Caps::default(),
        };
        let ssh = self.report.header.plan.target.transport == model::Transport::Ssh;
        let telling =
            tell(Telling { ssh, parameters, started, now: started, observations: Vec::new(), ended: Ended::Failed });
        self.report.took_us = telling.now;
        self.report.measurements.push(Measurement {
            run: Run { id, purpose, parameters: Parameters::GitUploadPack(telling.parameters) },
            started_us: started,
            took_us: telling.now.since(started),
            ended: telling.ended,
            observations: telling.observations,
        });
        self
    }

    /// A run of another probe, asked for from the start, with what it saw.
    pub(crate) fn around(mut self, parameters: Parameters, seen: impl IntoIterator<Item = Seen>) -> Self {
        let id = RunId(u32::try_from(self.report.measurements.len()).unwrap() + 1);
        let at_us = self.report.took_us;
        self.report.measurements.push(Measurement {
            run: Run { id, purpose: Purpose::Asked, parameters },
            started_us: at_us,
            took_us: Micros::from_millis(STAGE_MS),
            ended: Ended::Complete,
            observations: seen.into_iter().map(|seen| Observation { at_us, seen }).collect(),
        });
        self.report.took_us = at_us + Micros::from_millis(STAGE_MS);
        self
    }

    pub(crate) fn done(self) -> Report {
        self.report
    }
}

/// One run, being told.
pub(crate) struct Telling {
    ssh: bool,
    parameters: UploadPackParameters,
    started: Micros,
    now: Micros,
    observations: Vec<Observation>,
    ended: Ended,
}

/// TCP as it looks when nothing is wrong.
pub(crate) fn calm() -> TcpInfo {
    TcpInfo {
        kernel_bytes: 280,
        state: 1,
        rtt_us: 20_000,
        rcv_mss_bytes: 536,
        advertised_mss_bytes: 1_448,
        path_mtu_bytes: 1_500,
        bytes_received: 388,
        ..TcpInfo::default()
    }
}

/// Packets came behind one that is missing.
pub(crate) fn gap() -> TcpInfo {
    TcpInfo { out_of_order_segments: 1, ..calm() }
}

/// Our own bytes are not acknowledged.
pub(crate) fn unanswered() -> TcpInfo {
    TcpInfo { backoff: 4, unacked_segments: 1, bytes_retransmitted: 5_000, ..calm() }
}

impl Telling {
    pub(crate) fn ask(mut self, change: impl FnOnce(&mut UploadPackParameters)) -> Self {
        change(&mut self.parameters);
        self
    }

    pub(crate) fn clamped(self) -> Self {
        self.ask(|asked| asked.mss_clamp_bytes = Some(1_200))
    }

    pub(crate) fn to(self, address: IpAddr) -> Self {
        self.ask(|asked| asked.address = Some(address))
    }

    /// Every stage before this one goes well and takes a moment.
    pub(crate) fn until(mut self, stage: Stage) -> Self {
        let last = self.observations.iter().rev().find_map(|seen| seen.stage().map(StageSeen::stage));
        for earlier in
            Stage::ALL.into_iter().filter(|earlier| *earlier < stage && last.is_none_or(|last| last < *earlier))
        {
            if steps::is_passed(earlier, self.ssh) {
                let address = self.parameters.address.unwrap_or(V4);
                self = self.good(step(earlier, address), STAGE_MS);
            }
        }
        self
    }

    pub(crate) fn good(self, step: Step, took_ms: u64) -> Self {
        self.stage(step, took_ms, None, calm())
    }

    /// A stage that ends well, with TCP as given.
    pub(crate) fn good_with(self, step: Step, took_ms: u64, tcp: TcpInfo) -> Self {
        self.stage(step, took_ms, None, tcp)
    }

    pub(crate) fn bad(self, step: Step, took_ms: u64, kind: FailureKind) -> Self {
        self.bad_saying(step, took_ms, kind, "")
    }

    pub(crate) fn bad_saying(self, step: Step, took_ms: u64, kind: FailureKind, text: &str) -> Self {
        self.stage(step, took_ms, Some(Failure::new(kind, "go on").saying(text)), calm())
    }

    pub(crate) fn bad_errno(self, step: Step, kind: FailureKind, errno: i32) -> Self {
        let failure = Failure { errno: Some(errno), ..Failure::new(kind, "connect") };
        self.stage(step, STAGE_MS, Some(failure), calm())
    }

    /// Nothing comes for as long as the run's patience lasts.
    pub(crate) fn stalls(mut self, step: Step, now: TcpInfo) -> Self {
        let silent_us = self.parameters.patience_us;
        let look = StallSnapshot {
            during: step.stage(),
            silent_us,
            wire: WireCount { sent: Bytes(1_000), received: Bytes(now.bytes_received) },
            before: Some(calm()),
            now: (step.stage() > Stage::Connect).then_some(now),
        };
        self.observations.push(Observation { at_us: self.now + silent_us, seen: Seen::Stall(look) });
        let failure = Failure::new(FailureKind::Stalled { silent_us }, "read the answer");
        self.stage(step, silent_us.0 / 1_000, Some(failure), now)
    }

    pub(crate) fn complete(mut self) -> Self {
        self = self.until(Stage::End);
        self = self.good(Step::End { exit_status: Some(0) }, 1);
        self.ended = Ended::Complete;
        self
    }

    pub(crate) fn cut(self) -> Self {
        self.ended(Ended::Cut { cap: Cap::Bytes })
    }

    pub(crate) fn ended(mut self, ended: Ended) -> Self {
        self.ended = ended;
        self
    }

    /// Something was seen beside the stages.
    pub(crate) fn seeing(mut self, seen: Seen) -> Self {
        self.observations.push(Observation { at_us: self.now, seen });
        self
    }

    pub(crate) fn redirected(mut self, to: &str) -> Self {
        self.observations.push(Observation { at_us: self.now, seen: Seen::Redirect { to: to.into() } });
        self
    }

    fn stage(mut self, step: Step, took_ms: u64, problem: Option<Failure>, tcp: TcpInfo) -> Self {
        let took = Micros::from_millis(took_ms);
        let connected = step.stage() > Stage::Connect;
        let wire = WireCount { sent: Bytes(1_000), received: Bytes(tcp.bytes_received) };
        let seen = StageSeen {
            started_us: self.now,
            took_us: took,
            tcp: connected.then_some(tcp),
            wire: if connected { wire } else { WireCount::default() },
            step,
            problem,
        };
        self.now = self.now + took;
        debug_assert!(self.now >= self.started);
        self.observations.push(Observation { at_us: self.now, seen: Seen::Stage(seen) });
        self
    }
}
