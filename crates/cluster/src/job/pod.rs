//! The pod: Pod Security level `restricted`, no token, no privilege, and otherwise as source-controller's as can be.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, Container, EnvVar, EnvVarSource, LocalObjectReference, NodeAffinity, NodeSelector,
    NodeSelectorRequirement, NodeSelectorTerm, ObjectFieldSelector, PodSecurityContext, PodSpec, ResourceRequirements,
    SeccompProfile, SecretVolumeSource, SecurityContext, Toleration, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use model::{Likeness, PodNetwork, Transport};

use super::{CONTAINER, FluxSettings, JobWish};

pub(super) fn spec(wish: &JobWish) -> PodSpec {
    let like = &wish.like;
    let host_network = wish.network == PodNetwork::Host;
    PodSpec {
        restart_policy: Some("Never".to_owned()),
        active_deadline_seconds: Some(wish.pod_deadline_seconds()),
        // The agent answers SIGTERM with what it has.
        termination_grace_period_seconds: Some(5),
        // The probe asks no API, and source-controller's account may read every Secret of the cluster.
        automount_service_account_token: Some(false),
        // Otherwise each Service of the namespace stands in the environment.
        enable_service_links: Some(false),
        host_network: host_network.then_some(true),
        dns_policy: dns_policy(like, host_network),
        dns_config: like.dns_config.clone(),
        host_aliases: some(like.host_aliases.clone()),
        affinity: wish.node.as_deref().map(on_node),
        tolerations: wish.node.as_ref().map(|_| vec![anything()]),
        node_selector: wish.node.is_none().then(linux),
        image_pull_secrets: some(
            wish.pull_secrets.iter().map(|name| LocalObjectReference { name: name.clone() }).collect(),
        ),
        security_context: Some(pod_security()),
        volumes: some(mounted(wish).map(|(volume, secret)| of_secret(volume, secret)).collect()),
        containers: vec![container(wish)],
        ..PodSpec::default()
    }
}

fn container(wish: &JobWish) -> Container {
    let mounts = mounted(wish).map(|(volume, _)| VolumeMount {
        name: volume.to_owned(),
        mount_path: folder(volume),
        read_only: Some(true),
        ..VolumeMount::default()
    });
    Container {
        name: CONTAINER.to_owned(),
        image: Some(wish.image.clone()),
        image_pull_policy: Some("IfNotPresent".to_owned()),
        // Always the same: allow-lists of admission go by it.
        command: Some(vec!["/netprobe".to_owned()]),
        args: Some(arguments(wish)),
        env: Some(variables(wish)),
        resources: Some(resources(wish.like.resources.as_ref())),
        volume_mounts: some(mounts.collect()),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            read_only_root_filesystem: Some(true),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            ..SecurityContext::default()
        }),
        // The agent writes a summary there; where it could not begin, the end of the log says why.
        termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
        ..Container::default()
    }
}

fn arguments(wish: &JobWish) -> Vec<String> {
    let mut plan = wish.plan.clone();
    if plan.target.transport != Transport::Ssh {
        // Over HTTP the user's place may hold a token. The Secret has what is needed.
        plan.target.user = None;
    }
    let likeness = match wish.likeness {
        Likeness::Elsewhere => "elsewhere",
        Likeness::Place => "place",
        Likeness::Settings => "settings",
    };
    // Writing a plan cannot fail: it holds no map.
    let plan = serde_json::to_string(&plan).unwrap_or_default();
    let mut arguments: Vec<String> =
        ["agent", "--plan", &literal(&plan), "--network", wish.network.name(), "--likeness", likeness]
            .map(str::to_owned)
            .into();
    if !wish.follow_ups {
        arguments.push("--no-follow-up".to_owned());
    }
    for (volume, secret) in mounted(wish) {
        arguments.extend([format!("--{volume}-folder"), folder(volume)]);
        arguments.extend([format!("--{volume}-name"), secret.to_owned()]);
    }
    arguments
}

/// Protected from the kubelet, which puts variables in the place of `$(NAME)` and one dollar in the place of two
/// (`third_party/forked/golang/expansion`).
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

fn variables(wish: &JobWish) -> Vec<EnvVar> {
    let told = OF_THE_POD.iter().map(|(name, path)| EnvVar {
        name: (*name).to_owned(),
        value: None,
        value_from: Some(EnvVarSource {
            field_ref: Some(ObjectFieldSelector { api_version: None, field_path: (*path).to_owned() }),
            ..EnvVarSource::default()
        }),
    });
    let is_proxy = |name: &str| PROXY_VARIABLES.iter().any(|known| known.eq_ignore_ascii_case(name));
    // What stands before an @ may be a password.
    let taken = wish.like.variables.iter().filter(|(name, value)| is_proxy(name) && !value.contains('@'));
    told.chain(taken.map(|(name, value)| EnvVar { name: name.clone(), value: Some(literal(value)), value_from: None }))
        .collect()
}

/// Volume and Secret, in the order of the agent's options.
fn mounted(wish: &JobWish) -> impl Iterator<Item = (&'static str, &str)> {
    let secret = wish.secret.as_deref().map(|name| ("secret", name));
    let proxy = wish.proxy_secret.as_deref().map(|name| ("proxy-secret", name));
    secret.into_iter().chain(proxy)
}

/// Where the agent finds it.
fn folder(volume: &str) -> String {
    // Not below /netprobe, which is the program.
    format!("/netprobe-{volume}")
}

fn of_secret(volume: &str, secret: &str) -> Volume {
    Volume {
        name: volume.to_owned(),
        secret: Some(SecretVolumeSource {
            secret_name: Some(secret.to_owned()),
            // The agent says that it is empty; a mount that hangs says nothing.
            optional: Some(true),
            // Readable through fsGroup.
            default_mode: Some(0o440),
            items: None,
        }),
        ..Volume::default()
    }
}

/// As the `DaemonSet` controller places its pods. The label `kubernetes.io/hostname` need not be the node's name, and
/// `nodeName` passes by the scheduler, so that nobody says why a pod does not start.
fn on_node(node: &str) -> Affinity {
    let field = NodeSelectorRequirement {
        key: "metadata.name".to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![node.to_owned()]),
    };
    let term = NodeSelectorTerm { match_fields: Some(vec![field]), match_expressions: None };
    Affinity {
        node_affinity: Some(NodeAffinity {
            required_during_scheduling_ignored_during_execution: Some(NodeSelector { node_selector_terms: vec![term] }),
            ..NodeAffinity::default()
        }),
        ..Affinity::default()
    }
}

/// A node that was asked for by name may be cordoned or tainted. Without a name nothing is tolerated: taints are how the
/// scheduler knows which nodes are ill.
fn anything() -> Toleration {
    Toleration { operator: Some("Exists".to_owned()), ..Toleration::default() }
}

fn linux() -> BTreeMap<String, String> {
    BTreeMap::from([("kubernetes.io/os".to_owned(), "linux".to_owned())])
}

fn pod_security() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(NOBODY),
        // Without it the group is root.
        run_as_group: Some(NOBODY),
        fs_group: Some(NOBODY),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
        ..PodSecurityContext::default()
    }
}

/// `ClusterFirst` means `Default` with the node's network (kubelet), which would take the cluster's names away.
fn dns_policy(like: &FluxSettings, host_network: bool) -> Option<String> {
    let wanted = like.dns_policy.clone();
    match wanted.as_deref() {
        None | Some("ClusterFirst") if host_network => Some("ClusterFirstWithHostNet".to_owned()),
        _ => wanted,
    }
}

/// Small requests, said outright: a `LimitRange` would set larger ones. No request may be above its limit, and none of
/// source-controller's is that low.
fn resources(like: Option<&ResourceRequirements>) -> ResourceRequirements {
    let limits = match like {
        Some(like) => like.limits.iter().flatten().map(|(name, limit)| (name.clone(), limit.clone())).collect(),
        None => quantities([("cpu", "1"), ("memory", "1Gi")]),
    };
    let limits: BTreeMap<_, _> =
        limits.into_iter().filter(|(name, _)| matches!(name.as_str(), "cpu" | "memory")).collect();
    ResourceRequirements {
        requests: Some(quantities([("cpu", "10m"), ("memory", "32Mi")])),
        limits: Some(limits).filter(|limits| !limits.is_empty()),
        claims: None,
    }
}

fn quantities<const N: usize>(amounts: [(&str, &str); N]) -> BTreeMap<String, Quantity> {
    amounts.into_iter().map(|(name, amount)| (name.to_owned(), Quantity(amount.to_owned()))).collect()
}

/// The API leaves empty lists out.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

/// What the agent writes into the report's vantage, by downward API.
const OF_THE_POD: [(&str, &str); 3] = [
    ("NETPROBE_NODE", "spec.nodeName"),
    ("NETPROBE_NAMESPACE", "metadata.namespace"),
    ("NETPROBE_POD", "metadata.name"),
];
/// Go's `httpproxy.FromEnvironment`, and `ALL_PROXY` of `golang.org/x/net/proxy`, in either case.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
/// The user of distroless images, root nowhere.
const NOBODY: i64 = 65_532;
