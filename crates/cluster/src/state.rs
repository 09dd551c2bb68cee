//! What became of the pod, read off the objects that the API server shows: a pure table from Job, pod, node and events to
//! one state. It refuses to know how they were come by, and to judge what the pod measured.
//!
//! Words of the cluster are quoted cleaned and bounded ([`model::RemoteText`]).

mod container;
mod pod;
pub(crate) mod refusal;
mod scheduling;
mod start;
mod words;

use std::time::Duration;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Node, Pod};

/// What the API server shows of a run at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The Job; none where it is gone.
    pub job: Option<&'a Job>,
    /// Its pod; none where there is none yet, or none any more.
    pub pod: Option<&'a Pod>,
    /// The pod's node; none where it may not be seen.
    pub node: Option<&'a Node>,
    /// Events on the Job and on the pod, in any order.
    pub events: &'a [Event],
    /// Since the Job was made, since it has a pod, or since that has a node, whichever came last, by the workstation's clock.
    pub waited: Duration,
}

/// What it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The pod does not run yet, and may still. What it waits for, for the screen.
    Waiting(String),
    /// The agent runs.
    Running,
    /// The container came to its end by itself.
    Ended {
        /// 0 wherever a report was produced.
        exit_code: i32,
        /// The termination message: a summary for [`frame::read_summary`], or the end of the log. As it came.
        message: String,
    },
    /// It will not run, or will not go on.
    Failed(PodFault),
}

/// Why there is no report, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodFault {
    /// Which fault.
    pub kind: FaultKind,
    /// What happened, with the cluster's own words.
    pub statement: String,
    /// What to do, one sentence or a command.
    pub remedy: String,
}

/// The faults that can be told apart (`kubernetes.md` §3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The API server does not admit the pod: Pod Security, a quota, a webhook, a missing service account.
    Refused,
    /// The API server does not answer the workstation.
    ApiUnreachable,
    /// Nobody made a pod, and nobody says why.
    NoPod,
    /// No node takes the pod.
    Unschedulable,
    /// The image is not there.
    Image,
    /// A Secret cannot be mounted.
    Secret,
    /// The image runs as root, which the pod forbids.
    RootImage,
    /// The image holds a program for other processors than the node's.
    Architecture,
    /// The image holds a later netprobe, whose report cannot be read here.
    Version,
    /// The container runtime cannot start the container.
    Start,
    /// The node cannot give a pod a network. This is a finding about the node, not a failure to measure.
    Sandbox,
    /// The program used more memory than its limit.
    Memory,
    /// Evicted, preempted or deleted.
    Disrupted,
    /// A deadline passed.
    Deadline,
    /// The node stopped answering the API server.
    NodeLost,
    /// Nothing comes from a pod that is said to run.
    Silent,
    /// The pod ended, and its report is not whole.
    LogCut,
}

/// What a fault means for the question that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultClass {
    /// Nothing was measured. Trying again helps only where something is put right first.
    CouldNotRun,
    /// Something came in between; trying again may help.
    Inconclusive,
}

impl PodFault {
    /// What it means for the question that was asked.
    pub const fn class(&self) -> FaultClass {
        self.kind.class()
    }

    fn new(kind: FaultKind, statement: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind, statement: statement.into(), remedy: remedy.into() }
    }
}

impl FaultKind {
    /// What it means for the question that was asked.
    pub const fn class(self) -> FaultClass {
        match self {
            Self::Refused
            | Self::ApiUnreachable
            | Self::NoPod
            | Self::Unschedulable
            | Self::Image
            | Self::Secret
            | Self::RootImage
            | Self::Architecture
            | Self::Version
            | Self::Start
            | Self::Sandbox => FaultClass::CouldNotRun,
            Self::Memory | Self::Disrupted | Self::Deadline | Self::NodeLost | Self::Silent | Self::LogCut => {
                FaultClass::Inconclusive
            }
        }
    }
}

/// What it comes to.
pub fn state(sight: &Sight<'_>) -> State {
    match sight.pod {
        Some(pod) => pod::state(sight, pod),
        None => without_pod(sight),
    }
}

/// Before the pod is there, and after it is gone: the Job and its events are all there is.
fn without_pod(sight: &Sight<'_>) -> State {
    let Some(job) = sight.job else {
        return State::Failed(PodFault::new(
            FaultKind::Disrupted,
            "the Job is gone: something in the cluster deleted it",
            "Run it again; if it happens again, ask who deletes Jobs there (a cleaning operator, or a person).",
        ));
    };
    let status = job.status.clone().unwrap_or_default();
    let mut conditions = status.conditions.iter().flatten().filter(|condition| condition.status == "True");
    // FailureTarget comes first, and on a lost node it is all that ever comes.
    if let Some(over) = conditions.clone().find(|it| matches!(it.type_.as_str(), "FailureTarget" | "Failed")) {
        return State::Failed(job_over(job, over.reason.as_deref(), over.message.as_deref()));
    }
    if let Some(fault) = refusal::of_job(sight) {
        return State::Failed(fault);
    }
    if status.failed.unwrap_or(0) > 0 {
        return State::Failed(job_over(job, None, None));
    }
    if conditions.any(|condition| condition.type_ == "Suspended") {
        let name = words::place(&job.metadata);
        return words::after(sight, SETTLED, "the Job is suspended", || {
            PodFault::new(
                FaultKind::NoPod,
                format!("something in the cluster suspended the Job {name}, as queueing systems such as Kueue do"),
                "Admit it there, or name a namespace that is not queued with --namespace.",
            )
        });
    }
    words::after(sight, NO_POD, "the Job has no pod yet", || {
        let name = words::place(&job.metadata);
        let statement = format!("no pod was made for the Job {name} in {} s, and no event says why", NO_POD.as_secs());
        PodFault::new(
            FaultKind::NoPod,
            statement,
            format!(
                "See `kubectl describe job {}`, and whether the cluster's controller manager runs.",
                words::flags(&job.metadata)
            ),
        )
    })
}

fn job_over(job: &Job, reason: Option<&str>, message: Option<&str>) -> PodFault {
    let name = words::place(&job.metadata);
    if reason == Some("DeadlineExceeded") {
        let statement = format!("the Job {name} passed its deadline, and its pod was deleted with its log");
        return PodFault::new(
            FaultKind::Deadline,
            words::saying(&statement, "the Job", message),
            "The pod did not start in time: run it again with --keep, and watch `kubectl describe pod`.",
        );
    }
    PodFault::new(
        FaultKind::Disrupted,
        words::saying(&format!("the pod of the Job {name} is gone"), "the Job", message),
        "Something deleted the pod (a drain, a preemption, a person): run it again.",
    )
}

/// How long something may last that is often over by itself. The issue wants names within 15 s.
const SETTLED: Duration = Duration::from_secs(15);
/// The Job controller makes pods within a second; this long, it is away or hindered.
const NO_POD: Duration = Duration::from_secs(30);
