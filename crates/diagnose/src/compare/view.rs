//! One report as a comparison looks at it: its exchange, its diagnosis, the place it was made from, and whether it asked
//! what the first one asked.

use std::net::SocketAddr;

use model::{Ended, Ending, FailureKind, Micros, PodNetwork, PodPlace, Report, Stage, StopCause, VantageKind};

use super::comparison::{Column, ExchangeEnd};
use super::row::Incomparability;
use crate::diagnosis::{Diagnosis, Finding, Severity};
use crate::reach::{Answer, Reach};
use crate::trace::{Trace, is_ours};
use crate::{Policy, Verdict};

/// One report.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) report: &'a Report,
    pub(super) diagnosis: Diagnosis,
    /// The first exchange: the one that asks as Flux asks, where nobody wished otherwise.
    pub(super) run: Option<Trace<'a>>,
    pub(super) column: Column,
    /// Why nothing of it may be compared with the first column, if that is so.
    pub(super) stranger: Option<Incomparability>,
}

impl<'a> View<'a> {
    /// One for each report.
    pub(super) fn all(reports: &'a [Report], policy: &Policy) -> Vec<Self> {
        let names = names(reports);
        let view = |(report, (label, called, short)): (&'a Report, (String, String, String))| {
            let diagnosis = crate::diagnose(report, policy);
            let run = Trace::all(report).next();
            let column = Column {
                label,
                called,
                short,
                report: report.header.id.clone(),
                pod: report.header.vantage.pod.clone(),
                verdict: diagnosis.verdict,
                headline: diagnosis.headline.clone(),
                confidence: diagnosis.findings.first().map(|finding| finding.confidence),
                flux_outcome: diagnosis.flux.outcome,
                flux_message: diagnosis.flux.message.clone(),
                end: end(report, run, &diagnosis),
                took_us: report.took_us,
            };
            let stranger = reports.first().and_then(|first| stranger(first, report));
            Self { report, diagnosis, run, column, stranger }
        };
        reports.iter().zip(names).map(view).collect()
    }

    /// The pod that it was made in.
    pub(super) fn pod(&self) -> Option<&'a PodPlace> {
        self.report.header.vantage.pod.as_ref()
    }

    /// Whether both were made from one place, so that only the time is another.
    pub(super) fn is_at_the_place_of(&self, other: &View<'_>) -> bool {
        let (this, that) = (&self.report.header.vantage, &other.report.header.vantage);
        match (&this.pod, &that.pod) {
            (Some(this), Some(that)) => {
                (&this.node, &this.namespace, this.network) == (&that.node, &that.namespace, that.network)
            }
            (None, None) => (this.kind, &this.host_name) == (that.kind, &that.host_name),
            _ => false,
        }
    }

    /// Flux's clock, which it was judged against.
    pub(super) const fn timeout(&self) -> Micros {
        self.report.header.plan.timeout_us
    }

    pub(super) fn works(&self) -> bool {
        self.column.end == ExchangeEnd::Well
    }

    /// The finding that makes it a fault of the way.
    pub(super) fn fault(&self) -> Option<&Finding> {
        let has_fault = matches!(self.column.end, ExchangeEnd::Fault { .. });
        self.diagnosis.findings.iter().find(|finding| finding.rule != OF_SECRET).filter(|_| has_fault)
    }

    /// The finding that Flux cannot use its Secret.
    pub(super) fn of_secret(&self) -> Option<&Finding> {
        self.diagnosis.findings.iter().find(|finding| finding.rule == OF_SECRET)
    }

    /// Where the exchange failed, for a fault that is one of a stage.
    pub(super) fn failed_stage(&self) -> Option<Stage> {
        match self.column.end {
            ExchangeEnd::Fault { stage, .. } => stage,
            _ => None,
        }
    }

    /// True where the exchange got past this stage. No stage at all is passed by what works.
    pub(super) fn passed(&self, stage: Option<Stage>) -> bool {
        let past = |stage| self.run.is_some_and(|run| run.passed(stage));
        self.works() || self.column.end == ExchangeEnd::Secret { stage: None } || stage.is_some_and(past)
    }

    /// The first address that was dialled: a redirect leads to others.
    pub(super) fn dialled(&self) -> Option<SocketAddr> {
        self.run?.marks().find_map(crate::trace::Mark::peer)
    }

    /// Whether this column met the server at that address, as far as this stage. A connection alone says nothing of what
    /// comes behind it.
    pub(super) fn met(&self, peer: SocketAddr, stage: Option<Stage>) -> bool {
        let connects = || matches!(Reach::of(self.report).answer(peer.ip()), Some(Answer::Connects(_)));
        self.dialled() == Some(peer) || stage.is_some_and(|stage| stage <= Stage::Connect) && connects()
    }
}

fn end(report: &Report, run: Option<Trace<'_>>, diagnosis: &Diagnosis) -> ExchangeEnd {
    let Some(run) = run else {
        let why = match &report.ending {
            Ending::BrokenOff { why, .. } => why.to_string(),
            _ => "no exchange was made there".to_owned(),
        };
        return ExchangeEnd::Open { why };
    };
    let faults = || diagnosis.findings.iter().filter(|finding| finding.severity == Severity::Fault);
    // Whoever has another key than Flux, or none, learns nothing of the network by being turned away.
    let in_cluster = report.header.vantage.pod.is_some();
    let of_login = |finding: &Finding| {
        OF_LOGIN.contains(&finding.rule.as_str()) || !in_cluster && finding.rule == "authentication-refused"
    };
    let turned_away = run.problem(|kind| match kind {
        FailureKind::NoCredential => true,
        FailureKind::AuthenticationRefused => !in_cluster,
        _ => false,
    });
    if let Some((mark, _)) = turned_away
        && faults().all(of_login)
    {
        return ExchangeEnd::NoLogin { stage: mark.stage() };
    }
    // Without its Secret a run says of the network what it came by, and its end is the Secret's.
    let of_secret = |finding: &Finding| finding.rule == OF_SECRET;
    if faults().any(of_secret) && faults().all(|finding| of_secret(finding) || of_login(finding)) {
        let stage = run.first_problem().filter(|(_, failure)| !is_ours(&failure.kind)).map(|(mark, _)| mark.stage());
        return ExchangeEnd::Secret { stage };
    }
    let came_through = Trace::all(report).any(Trace::went_well);
    match (diagnosis.verdict, diagnosis.findings.iter().find(|finding| !of_secret(finding))) {
        (Verdict::Healthy | Verdict::Warning, _) if came_through => ExchangeEnd::Well,
        (Verdict::Fault, Some(finding)) => {
            let failed = run.first_problem().filter(|(_, failure)| !is_ours(&failure.kind));
            ExchangeEnd::Fault { stage: failed.map(|(mark, _)| mark.stage()), rule: finding.rule.clone() }
        }
        _ => ExchangeEnd::Open { why: why_open(report, run) },
    }
}

fn why_open(report: &Report, run: Trace<'_>) -> String {
    if let Ending::BrokenOff { why, .. } = &report.ending {
        return why.to_string();
    }
    let why = match (&run.0.ended, &report.ending) {
        (Ended::Skipped { .. }, _) => "the exchange was not made",
        (Ended::Stopped { cause: StopCause::Interrupt | StopCause::Terminate }, _) => "the run was interrupted",
        (Ended::Crashed { .. }, _) => "netprobe itself broke there",
        (Ended::Lost, _) | (_, Ending::CutShort) => "the report breaks off",
        _ => "the run ended before it could tell",
    };
    why.to_owned()
}

/// Why `this` may not be compared with `first` at all.
fn stranger(first: &Report, this: &Report) -> Option<Incomparability> {
    let (plan, that) = (&this.header.plan, &first.header.plan);
    let asked = |report: &Report| Trace::all(report).next().map(|run| run.parameters().clone());
    let (ours, theirs) = (asked(this)?, asked(first)?);
    // The user is the login's business.
    let repository = |target: &model::Target| {
        (target.transport, target.host.to_ascii_lowercase(), target.effective_port(), target.path.clone())
    };
    let differs = [
        (this.header.version != first.header.version, Incomparability::OtherVersion),
        (repository(&plan.target) != repository(&that.target), Incomparability::OtherRepository),
        (plan.git_ref != that.git_ref, Incomparability::OtherReference),
        (plan.profile != that.profile, Incomparability::OtherProfile),
        (ours.protocol != theirs.protocol, Incomparability::OtherProtocol),
        (
            (ours.depth, ours.filter, ours.progress, ours.mss_clamp_bytes)
                != (theirs.depth, theirs.filter, theirs.progress, theirs.mss_clamp_bytes),
            Incomparability::OtherRequest,
        ),
    ];
    differs.into_iter().find_map(|(differs, why)| differs.then_some(why))
}

/// Label, place as the object of "from", and the same for a narrow cell, for each report.
fn names(reports: &[Report]) -> Vec<(String, String, String)> {
    let vantages = || reports.iter().map(|report| &report.header.vantage);
    let outside = vantages().filter(|vantage| vantage.pod.is_none()).count();
    let pods = vantages().filter(|vantage| vantage.pod.is_some()).count();
    let mut names: Vec<(String, String, String)> = Vec::new();
    for vantage in vantages() {
        let host = &vantage.host_name;
        let name = match &vantage.pod {
            Some(pod) => {
                let same_node = |other: &PodPlace| other.node == pod.node;
                let alone =
                    vantages().filter_map(|other| other.pod.as_ref()).filter(|other| same_node(other)).count() == 1;
                let (called, short) = pod_names(pod, alone, pods == 1);
                (format!("node {} · {} network", pod.node, pod.network.name()), called, short)
            }
            None if outside == 1 => (format!("here · {host}"), "here".to_owned(), "here".to_owned()),
            None => {
                let kind = match vantage.kind {
                    VantageKind::Workstation => "workstation",
                    VantageKind::Container => "container",
                    VantageKind::Pod => "pod",
                };
                (format!("{host} · {kind}"), host.clone(), in_short(host, "another place"))
            }
        };
        names.push(name);
    }
    // Two reports from the same place are told apart by their order, which is that of the files.
    let labels: Vec<String> = names.iter().map(|(label, ..)| label.clone()).collect();
    for (index, (label, called, short)) in names.iter_mut().enumerate() {
        if labels.iter().filter(|other| *other == label).count() > 1 {
            let number = labels.iter().take(index + 1).filter(|other| *other == label).count();
            for name in [label, called, short] {
                *name = format!("{name} ({number})");
            }
        }
    }
    names
}

fn pod_names(pod: &PodPlace, alone_on_node: bool, only_pod: bool) -> (String, String) {
    let (whole, brief) = match pod.network {
        PodNetwork::Pod => ("pod network", "pod"),
        PodNetwork::Host => ("host network", "host"),
    };
    let short = in_short(&pod.node, if only_pod { "the node" } else { &pod.node });
    if alone_on_node {
        (format!("the node {}", pod.node), short)
    } else {
        (format!("the {whole} of the node {}", pod.node), format!("{short}/{brief}"))
    }
}

/// A name for a cell: cloud providers name nodes in forty letters.
fn in_short(name: &str, instead: &str) -> String {
    let first = name.split('.').next().unwrap_or(name);
    if first.chars().count() <= MAX_SHORT {
        first.to_owned()
    } else if instead.chars().count() <= MAX_SHORT {
        instead.to_owned()
    } else {
        let tail: Vec<char> = first.chars().rev().take(MAX_SHORT - 1).collect();
        format!("…{}", tail.into_iter().rev().collect::<String>())
    }
}

/// Rules whose finding is about what is known or owned there, and about nothing on the way.
const OF_LOGIN: [&str; 2] = ["no-credential", "host-key-unknown"];
/// Its finding is about a Secret, and about nothing on the way.
const OF_SECRET: &str = "flux-secret-unusable";
/// Longest name in a cell, in characters.
const MAX_SHORT: usize = 14;
