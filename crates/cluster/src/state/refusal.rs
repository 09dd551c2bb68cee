//! Pods that the API server does not admit. The Job is accepted all the same, and its status stays empty for ever; the only
//! sign are `FailedCreate` events on the Job.

use super::{FaultKind, PodFault, SETTLED, Sight, words};

/// What admission said, if the Job controller was refused a pod.
pub(super) fn of_job(sight: &Sight<'_>) -> Option<PodFault> {
    let said = words::events(sight, &["FailedCreate"]).map(words::message).next_back()?;
    // Others, such as a time-out of the API server's own storage: the controller tries again.
    let is_final = said.contains("is forbidden") || sight.waited >= SETTLED || known(said).is_some();
    let namespace = sight.job.and_then(|job| job.metadata.namespace.as_deref()).unwrap_or_default();
    is_final.then(|| by_admission(said, namespace))
}

/// What admission said of a pod in this namespace, wherever it said it.
pub(crate) fn by_admission(said: &str, namespace: &str) -> PodFault {
    let (statement, remedy) = known(said).unwrap_or((
        "the API server refuses it",
        "Put right what it names, or name another namespace with --namespace.",
    ));
    let host_network = said.contains("violates PodSecurity") && said.contains("host namespaces");
    let remedy = if host_network { NEEDS_PRIVILEGED } else { remedy };
    let namespace = model::RemoteText::clean(namespace);
    let statement = words::saying(
        &format!("no pod can be made in namespace {namespace}: {statement}"),
        "the API server",
        Some(said),
    );
    PodFault::new(FaultKind::Refused, statement, remedy.replace("NAMESPACE", namespace.as_str()))
}

fn known(said: &str) -> Option<(&'static str, &'static str)> {
    let found = REFUSALS.iter().find(|(mark, ..)| said.contains(mark))?;
    Some((found.1, found.2))
}

const NEEDS_PRIVILEGED: &str = "Use --network pod, or name a namespace with --namespace whose Pod Security level is privileged: the node's own network is refused by every other level.";

/// Words of the refusal (Kubernetes 1.32 and 1.34, `OpenShift` 4), what they mean, and what to do. The first that fits.
const REFUSALS: &[(&str, &str, &str)] = &[
    (
        "violates PodSecurity",
        "Pod Security does not let it in",
        "netprobe's pod keeps to the level restricted, so something changes it on its way (a mutating webhook): see what it names, or name another namespace with --namespace.",
    ),
    (
        "exceeded quota",
        "a quota is used up",
        "See `kubectl describe quota -n NAMESPACE`, and make room for 10m CPU and 32Mi memory (and for the limits), or name another namespace with --namespace.",
    ),
    (
        "failed quota",
        "a quota does not let it in",
        "See `kubectl describe quota -n NAMESPACE`, or name another namespace with --namespace.",
    ),
    (
        "per Container is",
        "a LimitRange does not let it in",
        "See `kubectl describe limitrange -n NAMESPACE`, or name another namespace with --namespace.",
    ),
    (
        "per Pod is",
        "a LimitRange does not let it in",
        "See `kubectl describe limitrange -n NAMESPACE`, or name another namespace with --namespace.",
    ),
    (
        "security context constraint",
        "no security context constraint of OpenShift's lets it in",
        "Let it use one: `oc adm policy add-scc-to-user nonroot-v2 -z default -n NAMESPACE`.",
    ),
    (
        "failed calling webhook",
        "an admission webhook does not answer the API server",
        "Look at the webhook that it names: while it is away, other workloads cannot start either.",
    ),
    (
        "denied the request",
        "an admission webhook denies it",
        "Ask for an exception for pods with the label app.kubernetes.io/name=netprobe, or name another namespace with --namespace.",
    ),
    (
        "ValidatingAdmissionPolicy",
        "an admission policy denies it",
        "Ask for an exception for pods with the label app.kubernetes.io/name=netprobe, or name another namespace with --namespace.",
    ),
    (
        "error looking up service account",
        "the service account is missing",
        "Make it: `kubectl create serviceaccount default -n NAMESPACE`. In a new namespace the cluster makes it within seconds: run it again.",
    ),
    ("because it is being terminated", "the namespace is being deleted", "Name another one with --namespace."),
];
