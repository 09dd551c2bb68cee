//! Objects as an API server shows them, with what differs from fault to fault.

use std::time::Duration;

use netprobe_cluster::state::{FaultKind, Sight, State, state};
use serde_json::{Value, json};

/// What is shown, as JSON.
#[derive(Clone)]
pub(crate) struct Shown {
    job: Option<Value>,
    pod: Option<Value>,
    node: Option<Value>,
    events: Vec<Value>,
}

/// A Job that was just made.
pub(crate) fn shown() -> Shown {
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": NAME, "namespace": "flux-system", "uid": "5a1c", "creationTimestamp": "2026-11-24T02:00:00Z"},
        "spec": {"backoffLimit": 0, "completions": 1, "parallelism": 1, "suspend": false,
                 "template": {"spec": {"containers": [{"name": "netprobe"}], "restartPolicy": "Never"}}},
        "status": {"ready": 0, "terminating": 0, "uncountedTerminatedPods": {}, "startTime": "2026-11-24T02:00:00Z"},
    });
    Shown { job: Some(job), pod: None, node: None, events: vec![] }
}

impl Shown {
    pub(crate) fn without_job(mut self) -> Self {
        self.job = None;
        self
    }

    pub(crate) fn job_condition(mut self, kind: &str, reason: &str, message: &str) -> Self {
        let condition = json!({
            "type": kind, "status": "True", "reason": reason, "message": message,
            "lastProbeTime": "2026-11-24T02:01:00Z", "lastTransitionTime": "2026-11-24T02:01:00Z",
        });
        self.job.as_mut().unwrap()["status"]["conditions"] = json!([condition]);
        self
    }

    pub(crate) fn pod(mut self, pod: Value) -> Self {
        self.pod = Some(pod);
        self
    }

    pub(crate) fn node(mut self, node: Value) -> Self {
        self.node = Some(node);
        self
    }

    pub(crate) fn event(mut self, event: Value) -> Self {
        self.events.push(event);
        self
    }

    pub(crate) fn state(&self, seconds: u64) -> State {
        fn read<T: serde::de::DeserializeOwned>(value: Option<&Value>) -> Option<T> {
            value.map(|value| serde_json::from_value(value.clone()).unwrap())
        }
        let (job, pod, node) = (read(self.job.as_ref()), read(self.pod.as_ref()), read(self.node.as_ref()));
        let events: Vec<_> = self.events.iter().map(|event| serde_json::from_value(event.clone()).unwrap()).collect();
        let waited = Duration::from_secs(seconds);
        state(&Sight { job: job.as_ref(), pod: pod.as_ref(), node: node.as_ref(), events: &events, waited })
    }
}

pub(crate) fn event(kind: &str, reason: &str, message: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": reason, "message": message, "count": 1,
        "metadata": {"name": format!("{NAME}.17b"), "namespace": "flux-system"},
        "involvedObject": {"kind": kind, "namespace": "flux-system", "name": NAME, "apiVersion": "batch/v1"},
        "source": {"component": "job-controller"},
        "firstTimestamp": "2026-11-24T02:00:00Z", "lastTimestamp": "2026-11-24T02:00:00Z",
    })
}

pub(crate) fn pod_event(reason: &str, message: &str, times: u32) -> Value {
    let mut event = event("Pod", reason, message);
    event["count"] = json!(times);
    event["source"] = json!({"component": "kubelet", "host": "worker-2"});
    event
}

/// What the Job controller says of pods that were refused.
pub(crate) fn refusals() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        ("pod-security", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-x7k2p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "netprobe" must set securityContext.allowPrivilegeEscalation=false)"#),
        ("pod-security-host-network", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-x7k2p" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)"#),
        ("quota-exceeded", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-x7k2p" is forbidden: exceeded quota: compute, requested: limits.cpu=1,pods=1, used: limits.cpu=4,pods=9, limited: limits.cpu=4,pods=10"#),
        ("quota-failed", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-x7k2p" is forbidden: failed quota: compute: must specify limits.ephemeral-storage for: netprobe"#),
        ("limit-range", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-x7k2p" is forbidden: minimum memory usage per Container is 64Mi, but request is 32Mi"#),
        ("scc", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-" is forbidden: unable to validate against any security context constraint: [provider "restricted-v2": Forbidden: not usable by user or serviceaccount, .spec.securityContext.fsGroup: Invalid value: []int64{65532}: 65532 is not an allowed group]"#),
        ("webhook-denies", r#"Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/flux-system/netprobe-0b6c1f2a7e-4100df09-x7k2p was blocked due to the following policies restrict-image-registries: validate-registries: 'validation error: Unknown image registry.'"#),
        ("webhook-away", r#"Error creating: Internal error occurred: failed calling webhook "mutate.example.org": failed to call webhook: Post "https://policy.kyverno.svc:443/mutate?timeout=10s": context deadline exceeded"#),
        ("policy-denies", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-x7k2p" is forbidden: ValidatingAdmissionPolicy 'registries' with binding 'registries' denied request: only images of registry.example.org"#),
        ("no-service-account", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-" is forbidden: error looking up service account flux-system/default: serviceaccount "default" not found"#),
        ("namespace-ends", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-x7k2p" is forbidden: unable to create new content in namespace flux-system because it is being terminated"#),
        ("forbidden-otherwise", r#"Error creating: pods "netprobe-0b6c1f2a7e-4100df09-x7k2p" is forbidden: no providers available to validate pod request"#),
    ]
    .into_iter()
}

/// The scheduler's words, whether the pod names a node, and how long they may be over by themselves.
pub(crate) fn unschedulable() -> impl Iterator<Item = (&'static str, &'static str, bool, u64)> {
    [
        ("no-such-node", "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.", true, 5),
        ("named-node-full", "0/3 nodes are available: 1 Too many pods, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.", true, 5),
        ("named-node-short", "0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't match Pod's node affinity/selector.", true, 5),
        ("named-node-other", "0/3 nodes are available: 1 node(s) had volume node affinity conflict, 2 node(s) are not for us.", true, 5),
        ("all-nodes-full", "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }. preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod.", false, 15),
        ("all-nodes-cordoned", "0/2 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 node(s) were unschedulable.", false, 15),
        ("all-nodes-tainted", "0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.", false, 15),
        ("no-linux-node", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", false, 15),
        ("no-nodes", "no nodes available to schedule pods", false, 15),
    ]
    .into_iter()
}

/// Why a container waits: reason, message, seconds, fault.
pub(crate) fn waiting() -> impl Iterator<Item = (&'static str, &'static str, &'static str, u64, FaultKind)> {
    use FaultKind::*;
    [
        ("image-not-loaded", "ErrImagePull", NOT_LOADED, 15, Image),
        ("image-backs-off", "ImagePullBackOff", r#"Back-off pulling image "localhost/netprobe:0.1.0""#, 15, Image),
        ("image-needs-login", "ErrImagePull", r#"failed to pull and unpack image "registry.example.org/netprobe:0.1.0": failed to resolve reference "registry.example.org/netprobe:0.1.0": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://registry.example.org/token: 401 Unauthorized"#, 15, Image),
        ("image-not-for-the-platform", "ErrImagePull", r#"failed to pull and unpack image "registry.example.org/netprobe:0.1.0": no match for platform in manifest: not found"#, 15, Image),
        ("image-never-pulled", "ErrImageNeverPull", r#"Container image "bench/probe:1" is not present with pull policy of Never"#, 0, Image),
        ("image-name-invalid", "InvalidImageName", r#"Failed to apply default image tag "Bench/Probe:1": couldn't parse image name "Bench/Probe:1": invalid reference format: repository name (library/Bench/Probe) must be lowercase"#, 0, Image),
        ("image-runs-as-root", "CreateContainerConfigError", r#"container has runAsNonRoot and image will run as root (pod: "netprobe-0b6c1f2a7e-4100df09-x7k2p_flux-system(1c2)", container: netprobe)"#, 0, RootImage),
        ("secret-in-the-environment", "CreateContainerConfigError", r#"secret "fleet-key" not found"#, 0, Secret),
        ("configuration-otherwise", "CreateContainerConfigError", r#"configmap "ca" not found"#, 0, Start),
        ("image-of-something-else", "RunContainerError", r#"failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/netprobe": stat /netprobe: no such file or directory: unknown"#, 0, Start),
        ("architecture-at-start", "CreateContainerError", "failed to create containerd task: OCI runtime create failed: exec /netprobe: exec format error: unknown", 0, Architecture),
    ]
    .into_iter()
}

/// Events while the container is being made: reason, message, times, seconds, fault.
pub(crate) fn hindered() -> impl Iterator<Item = (&'static str, &'static str, &'static str, u32, u64, FaultKind)> {
    use FaultKind::*;
    [
        ("sandbox", "FailedCreatePodSandBox", r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9f3c": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized"#, 1, 15, Sandbox),
        ("network-not-ready", "NetworkNotReady", "network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized", 1, 15, Sandbox),
        ("secret-missing", "FailedMount", r#"MountVolume.SetUp failed for volume "secret" : secret "fleet-key" not found"#, 1, 0, Secret),
        ("secret-key-missing", "FailedMount", r#"MountVolume.SetUp failed for volume "secret" : references non-existent secret key: identity"#, 1, 0, Secret),
        ("secret-not-in-the-cache", "FailedMount", r#"MountVolume.SetUp failed for volume "secret" : failed to sync secret cache: timed out waiting for the condition"#, 1, 15, Secret),
    ]
    .into_iter()
}

/// Statuses of pods that are over.
pub(crate) fn ended() -> impl Iterator<Item = (&'static str, Value, FaultKind)> {
    use FaultKind::*;
    let killed = json!([container(&json!({"terminated": {"exitCode": 137, "reason": "Error"}}), false)]);
    let disruption = |reason: &str, message: &str| {
        json!({"phase": "Failed", "containerStatuses": [container(&json!({"terminated": {"exitCode": 143, "reason": "Error"}}), false)],
               "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": reason, "message": message}]})
    };
    let terminated = |terminated: Value| json!({"phase": "Failed", "containerStatuses": [container(&json!({"terminated": terminated}), false)]});
    [
        ("out-of-memory", terminated(json!({"exitCode": 137, "reason": "OOMKilled"})), Memory),
        ("architecture-said", terminated(json!({"exitCode": 255, "reason": "Error", "message": "exec /netprobe: exec format error"})), Architecture),
        ("architecture-said-by-runc", terminated(json!({"exitCode": 128, "reason": "StartError", "message": "failed to create containerd task: OCI runtime create failed: exec /netprobe: exec format error"})), Architecture),
        ("start-error", terminated(json!({"exitCode": 128, "reason": "StartError", "message": "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to apply cgroup configuration: no space left on device"})), Start),
        ("pod-deadline", json!({"phase": "Failed", "reason": "DeadlineExceeded", "message": "Pod was active on the node longer than the specified deadline", "containerStatuses": killed}), Deadline),
        ("evicted", json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi. ", "containerStatuses": killed,
                           "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}]}), Disrupted),
        ("shutdown", json!({"phase": "Failed", "reason": "Terminated", "message": "Pod was terminated in response to imminent node shutdown.", "containerStatuses": killed}), Disrupted),
        ("preempted", disruption("PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod"), Disrupted),
        ("drained", disruption("EvictionByEvictionAPI", "Eviction API: evicting"), Disrupted),
        ("tainted-later", disruption("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint"), Disrupted),
        ("garbage-collected", json!({"phase": "Failed", "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC", "message": "PodGC: node no longer exists"}]}), Disrupted),
        ("turned-away", json!({"phase": "Failed", "reason": "OutOfcpu", "message": "Pod was rejected: Node didn't have enough resource: cpu, requested: 10, used: 1995, capacity: 2000"}), Unschedulable),
        ("over-before-it-began", json!({"phase": "Failed"}), Disrupted),
    ]
    .into_iter()
}

/// Made, and looked at by nobody.
pub(crate) fn pending() -> Value {
    with_status(&json!({"phase": "Pending", "qosClass": "Burstable"}))
}

pub(crate) fn unscheduled(message: &str, named: bool) -> Value {
    let condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        "lastProbeTime": null, "lastTransitionTime": "2026-11-24T02:00:00Z",
    });
    let mut pod = with_status(&json!({"phase": "Pending", "conditions": [condition], "qosClass": "Burstable"}));
    pod["spec"].as_object_mut().unwrap().remove("nodeName");
    if !named {
        pod["spec"].as_object_mut().unwrap().remove("affinity");
    }
    pod
}

/// Given to a node whose kubelet has not looked at it.
pub(crate) fn scheduled() -> Value {
    with_status(&json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}]}))
}

pub(crate) fn waits(reason: &str, message: &str) -> Value {
    let mut waiting = json!({"reason": reason});
    if !message.is_empty() {
        waiting["message"] = json!(message);
    }
    with_status(&json!({
        "phase": "Pending", "hostIP": "10.90.0.2", "startTime": "2026-11-24T02:00:00Z",
        "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "ContainersReady", "status": "False"}],
        "containerStatuses": [container(&json!({"waiting": waiting}), false)],
    }))
}

/// Running, and ready or not in the eyes of the node controller.
pub(crate) fn running(ready: &str) -> Value {
    with_status(&json!({
        "phase": "Running", "hostIP": "10.90.0.2", "podIP": "10.244.2.7",
        "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "ContainersReady", "status": "True"},
                       {"type": "Ready", "status": ready}],
        "containerStatuses": [container(&json!({"running": {"startedAt": "2026-11-24T02:00:01Z"}}), true)],
    }))
}

pub(crate) fn terminated(terminated: &Value) -> Value {
    let phase = if terminated["exitCode"] == 0 { "Succeeded" } else { "Failed" };
    with_status(&json!({"phase": phase, "containerStatuses": [container(&json!({"terminated": terminated}), false)]}))
}

fn container(state: &Value, ready: bool) -> Value {
    json!({
        "name": "netprobe", "image": "localhost/netprobe:0.1.0", "imageID": "", "ready": ready, "restartCount": 0,
        "started": ready, "lastState": {}, "state": state,
    })
}

pub(crate) fn with_status(status: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("{NAME}-x7k2p"), "namespace": "flux-system", "uid": "1c2",
                     "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": NAME, "uid": "5a1c", "controller": true}]},
        "spec": {
            "nodeName": "worker-2", "restartPolicy": "Never",
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["worker-2"]}]}]}}},
            "volumes": [{"name": "secret", "secret": {"secretName": "fleet-key", "optional": true}}],
            "containers": [{"name": "netprobe", "image": "localhost/netprobe:0.1.0",
                            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}],
        },
        "status": status,
    })
}

pub(crate) fn node(ready: &str, architecture: &str) -> Value {
    let (reason, message) = match ready {
        "True" => ("KubeletReady", "kubelet is posting ready status"),
        _ => ("NodeStatusUnknown", "Kubelet stopped posting node status."),
    };
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker-2"},
        "status": {
            "conditions": [
                {"type": "MemoryPressure", "status": ready, "reason": reason, "message": message},
                {"type": "Ready", "status": ready, "reason": reason, "message": message}],
            "nodeInfo": {"architecture": architecture, "bootID": "", "containerRuntimeVersion": "containerd://2.1.4",
                         "kernelVersion": "6.12.48", "kubeProxyVersion": "", "kubeletVersion": "v1.34.1", "machineID": "",
                         "operatingSystem": "linux", "osImage": "Debian GNU/Linux 13", "systemUUID": ""},
        },
    })
}

/// Not this machine's. (As few as possible of the sentences name it, so that samples are the same everywhere.)
pub(crate) fn another_architecture() -> &'static str {
    "s390x"
}

const NAME: &str = "netprobe-0b6c1f2a7e-4100df09";
pub(crate) const NOT_LOADED: &str = r#"Failed to pull image "localhost/netprobe:0.1.0": failed to pull and unpack image "localhost/netprobe:0.1.0": failed to resolve reference "localhost/netprobe:0.1.0": failed to do request: Head "https://localhost/v2/netprobe/manifests/0.1.0": dial tcp 127.0.0.1:443: connect: connection refused"#;
