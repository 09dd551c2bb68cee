//! A pod that is there: on its way to a node, on it, or driven off it.

use std::time::Duration;

use k8s_openapi::api::core::v1::{ContainerState, Pod, PodCondition, PodStatus};

use super::{FaultKind, PodFault, Sight, State, container, scheduling, start, words};
use crate::job::CONTAINER;

pub(super) fn state(sight: &Sight<'_>, pod: &Pod) -> State {
    let status = pod.status.clone().unwrap_or_default();
    let phase = status.phase.as_deref().unwrap_or_default();
    let over = matches!(phase, "Succeeded" | "Failed");
    if !over && is_node_lost(sight, &status) {
        return State::Failed(node_lost(pod));
    }
    if phase == "Failed"
        && let Some(fault) = driven_off(pod, &status)
    {
        return State::Failed(fault);
    }
    let containers = status.container_statuses.iter().flatten();
    let own = containers.filter(|it| it.name == CONTAINER).find_map(|it| it.state.as_ref());
    match own {
        Some(ContainerState { terminated: Some(ended), .. }) => container::ended(sight, pod, ended),
        Some(ContainerState { running: Some(_), .. }) => State::Running,
        Some(ContainerState { waiting, .. }) => start::state(sight, pod, waiting.as_ref()),
        None if over => State::Failed(gone(pod, &status)),
        None => before_the_kubelet(sight, pod, &status),
    }
}

/// No kubelet has said anything of the container yet.
fn before_the_kubelet(sight: &Sight<'_>, pod: &Pod, status: &PodStatus) -> State {
    match condition(status, "PodScheduled") {
        Some(scheduled) if scheduled.status == "False" => scheduling::state(sight, pod, scheduled),
        Some(scheduled) if scheduled.status == "True" => {
            let node = words::the_node(pod);
            words::after(sight, UNTOUCHED, &format!("{node} has not begun with the pod yet"), || {
                let statement =
                    format!("the kubelet of {node} has not begun with the pod for {} s", UNTOUCHED.as_secs());
                PodFault::new(
                    FaultKind::NodeLost,
                    statement,
                    format!("Look at the kubelet of {node}: `kubectl describe node`."),
                )
            })
        }
        _ => words::after(sight, UNTOUCHED, "the scheduler has not looked at the pod yet", || {
            let statement = format!("no scheduler has looked at the pod for {} s", UNTOUCHED.as_secs());
            PodFault::new(FaultKind::Unschedulable, statement, "See whether the cluster's scheduler runs.")
        }),
    }
}

/// The node's own word, or without the right to see nodes the pod's: a container that is ready in a pod that is not, with
/// nothing else to be ready for, is how the node controller marks the pods of a node that stopped answering.
fn is_node_lost(sight: &Sight<'_>, status: &PodStatus) -> bool {
    let node = sight.node.and_then(|node| node.status.as_ref()?.conditions.as_ref());
    let ready = node.and_then(|conditions| conditions.iter().find(|condition| condition.type_ == "Ready"));
    if let Some(ready) = ready {
        return ready.status == "Unknown";
    }
    let is = |kind: &str, wanted: &str| condition(status, kind).is_some_and(|it| it.status == wanted);
    status.phase.as_deref() == Some("Running") && is("Ready", "False") && is("ContainersReady", "True")
}

fn node_lost(pod: &Pod) -> PodFault {
    let node = words::the_node(pod);
    PodFault::new(
        FaultKind::NodeLost,
        format!("{node} stopped answering the API server during the probe: it is not Ready any more"),
        format!("Look at {node} itself, and at the network between it and the API server. What came before is kept."),
    )
}

/// Why a pod is over that did not end by itself. Its log, if it has one, is still there.
fn driven_off(pod: &Pod, status: &PodStatus) -> Option<PodFault> {
    let place = words::on_node(pod);
    let said = status.message.as_deref();
    let reason = status.reason.as_deref().unwrap_or_default();
    let disrupted = condition(status, "DisruptionTarget").filter(|condition| condition.status == "True");
    let fault = |kind, statement: String, who, said, remedy: &str| {
        Some(PodFault::new(kind, words::saying(&statement, who, said), remedy))
    };
    match (reason, disrupted) {
        ("DeadlineExceeded", _) => fault(
            FaultKind::Deadline,
            format!("the pod passed its deadline{place} and was killed"),
            "the kubelet",
            said,
            "netprobe's own budget ends before: the node is overloaded, or the image took long to pull. Run it again.",
        ),
        ("Evicted", _) => fault(
            FaultKind::Disrupted,
            format!("the pod{place} was evicted"),
            "the kubelet",
            said,
            "The node is short of something, which other pods there feel too: see `kubectl describe node`, then run it again.",
        ),
        ("Terminated" | "NodeShutdown" | "Shutdown", _) => fault(
            FaultKind::Disrupted,
            format!("the pod was ended{place}, which shuts down"),
            "the kubelet",
            said,
            "Run it again on a node that stays: --from-node=NODE.",
        ),
        (_, Some(disruption)) => fault(
            FaultKind::Disrupted,
            format!("the pod{place} was {}", disruption_words(disruption)),
            "the API server",
            disruption.message.as_deref(),
            "That is no finding about the network: run it again.",
        ),
        ("", None) => None,
        // The kubelet's own admission: `OutOfcpu`, `NodeAffinity`, `PodOSNotSupported` and others.
        _ if status.container_statuses.is_none() => fault(
            FaultKind::Unschedulable,
            format!("the pod was turned away{place}"),
            "the kubelet",
            said.filter(|said| !said.is_empty()).or(Some(reason)),
            "Put right what it names, or name another node with --from-node=NODE.",
        ),
        _ => None,
    }
}

/// Reasons of the condition `DisruptionTarget` (Kubernetes, "Pod disruption conditions").
fn disruption_words(condition: &PodCondition) -> &'static str {
    match condition.reason.as_deref() {
        Some("PreemptionByScheduler") => "preempted for a pod of higher priority",
        Some("DeletionByTaintManager") => "driven out by a taint",
        Some("EvictionByEvictionAPI") => "driven out (a drain, say)",
        Some("DeletionByPodGC") => "deleted, because the node is gone",
        _ => "ended from outside",
    }
}

/// Over, and no container ever began.
fn gone(pod: &Pod, status: &PodStatus) -> PodFault {
    let statement = format!("the pod ended{} before its container began", words::on_node(pod));
    let name = words::flags(&pod.metadata);
    PodFault::new(
        FaultKind::Disrupted,
        words::saying(&statement, "the pod", status.message.as_deref().or(status.reason.as_deref())),
        format!("Run it again with --keep, and see `kubectl describe pod {name}`."),
    )
}

fn condition<'a>(status: &'a PodStatus, kind: &str) -> Option<&'a PodCondition> {
    status.conditions.iter().flatten().find(|condition| condition.type_ == kind)
}

/// A healthy kubelet or scheduler takes a pod up within a second, and a node that is gone is called so after 40 to 55 s.
const UNTOUCHED: Duration = Duration::from_mins(1);
