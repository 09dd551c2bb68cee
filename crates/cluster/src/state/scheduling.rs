//! Pods that no node takes. A named node is the only one that may, so the scheduler's count of the others is noise.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Pod, PodCondition};
use model::RemoteText;

use super::{FaultKind, PodFault, SETTLED, Sight, State, words};

/// Of a pod whose condition `PodScheduled` is False.
pub(super) fn state(sight: &Sight<'_>, pod: &Pod, condition: &PodCondition) -> State {
    let said = condition.message.as_deref();
    if condition.reason.as_deref() == Some("SchedulingGated") {
        let what = "the pod is held back by a scheduling gate";
        return words::after(sight, SETTLED, what, || {
            let statement = words::saying(what, "the pod", said);
            PodFault::new(
                FaultKind::Unschedulable,
                statement,
                "Admit it where the gate is kept, or name another namespace with --namespace.",
            )
        });
    }
    let grows = words::events(sight, &["TriggeredScaleUp", "Nominated"]).next().is_some();
    let wanted = wanted_node(pod);
    let patience = match (&wanted, grows) {
        (Some(_), _) => NAMED,
        (None, false) => SETTLED,
        (None, true) => GROWING,
    };
    let what = if grows { "the cluster makes a new node" } else { "no node takes the pod yet" };
    words::after(sight, patience, what, || fault(wanted.as_ref(), said.unwrap_or_default()))
}

fn fault(wanted: Option<&RemoteText>, said: &str) -> PodFault {
    // What would be left after driving other pods out is no concern of a pod that drives none out.
    let reasons = said.split(" preemption:").next().unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| reasons.contains(word));
    let place = wanted.map_or_else(|| "no node".to_owned(), |node| format!("node {node}"));
    let (statement, remedy) = if has(&["Insufficient", "Too many pods"]) {
        let not = if wanted.is_some() { "has no room" } else { "has room" };
        (
            format!("{place} {not} for the pod"),
            "Make room there, or name another node with --from-node=NODE. The pod asks for 10m CPU and 32Mi memory.",
        )
    } else if has(&["were unschedulable"]) {
        let not = if wanted.is_some() { "is cordoned" } else { "is left that is not cordoned" };
        (
            format!("{place} {not}"),
            "Uncordon one with `kubectl uncordon NODE`, or name the node with --from-node=NODE: a named one may be cordoned.",
        )
    } else if has(&["untolerated taint", "that the pod didn't tolerate"]) {
        let not = if wanted.is_some() { "has a taint that the pod does not tolerate" } else { "is without a taint" };
        (format!("{place} {not}"), "Name the node with --from-node=NODE: on a named node every taint is tolerated.")
    } else if has(&["didn't match Pod's node affinity", "didn't match node selector"]) {
        let not = if wanted.is_some() { "does not exist (any more)" } else { "runs Linux" };
        (format!("{place} {not}"), "See `kubectl get nodes`, and name one of them with --from-node=NODE.")
    } else if has(&["no nodes available"]) {
        ("the cluster has no node".to_owned(), "See `kubectl get nodes`.")
    } else {
        let takes = if wanted.is_some() { "does not take the pod" } else { "takes the pod" };
        (format!("{place} {takes}"), "Put right what it names, or name another node with --from-node=NODE.")
    };
    PodFault::new(FaultKind::Unschedulable, words::saying(&statement, "the scheduler", Some(said)), remedy)
}

/// The node that the pod was made for.
pub(super) fn wanted_node(pod: &Pod) -> Option<RemoteText> {
    let affinity = pod.spec.as_ref()?.affinity.as_ref()?.node_affinity.as_ref()?;
    let terms = affinity.required_during_scheduling_ignored_during_execution.as_ref()?;
    let mut fields = terms.node_selector_terms.iter().flat_map(|term| term.match_fields.iter().flatten());
    let field = fields.find(|field| field.key == "metadata.name")?;
    field.values.as_ref()?.first().map(|name| RemoteText::clean(name))
}

/// No autoscaler can make a node of a given name; only another pod's end can help, and that is not to be waited for. One more
/// pass of the scheduler is allowed for, which follows each change of the node.
const NAMED: Duration = Duration::from_secs(5);
/// An autoscaler (cluster-autoscaler, Karpenter) says that it makes a node, which takes 1 to 2 minutes with most clouds. The
/// Job's own deadline comes behind it.
const GROWING: Duration = Duration::from_mins(3);
