//! Where Flux's source-controller runs, and which of its pod's settings change what a fetch meets on its way. Reads the pod
//! only; whether a likeness is good enough is for the reader of the report.

use k8s_openapi::api::core::v1::{Container, EnvVar, Pod, PodSpec};
use kube::Api;
use kube::api::ListParams;

use crate::contact::Contact;
use crate::error::ClusterError;
use crate::job::FluxSettings;

/// The pod that fetches for Flux.
#[derive(Debug, Clone)]
pub struct SourceController {
    /// Its namespace.
    pub namespace: String,
    /// The node that it is on.
    pub node: String,
    /// Its name.
    pub pod: String,
    /// What can be taken over from it.
    pub settings: FluxSettings,
    /// What it has and a pod of netprobe's will not have, one sentence each.
    pub notes: Vec<String>,
}

/// source-controller's pod in Flux's namespace. None where there is none, or where its pods may not be listed.
///
/// # Errors
/// `Unreachable`.
pub async fn source_controller(contact: &Contact) -> Result<Option<SourceController>, ClusterError> {
    let namespace = crate::flux_namespace();
    let api: Api<Pod> = Api::namespaced(contact.client(), &namespace);
    let wish = ListParams::default().labels("app=source-controller").limit(20);
    match contact.ask(&format!("Looking for source-controller in namespace {namespace}"), api.list(&wish)).await {
        Ok(pods) => Ok(running(&pods.items).and_then(|pod| of_pod(&namespace, pod))),
        Err(error @ ClusterError::Unreachable { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The one that runs; while it is being replaced, the one that has a node.
fn running(pods: &[Pod]) -> Option<&Pod> {
    let phase = |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
    let on_node = |pod: &&Pod| pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
    let leaving = |pod: &&Pod| pod.metadata.deletion_timestamp.is_some();
    let mut placed = pods.iter().filter(on_node).filter(|pod| !leaving(pod));
    placed.clone().find(|pod| phase(pod) == "Running").or_else(|| placed.next())
}

fn of_pod(namespace: &str, pod: &Pod) -> Option<SourceController> {
    let spec = pod.spec.as_ref()?;
    let container = spec.containers.iter().find(|container| container.name == "manager").or(spec.containers.first())?;
    let mut notes = Vec::new();
    let variables = proxy_variables(container, &mut notes);
    differences(spec, container, &mut notes);
    let resources = container.resources.clone().map(|mut resources| {
        resources.claims = None;
        resources
    });
    let settings = FluxSettings {
        dns_policy: spec.dns_policy.clone(),
        dns_config: spec.dns_config.clone(),
        host_aliases: spec.host_aliases.clone().unwrap_or_default(),
        resources,
        variables,
    };
    Some(SourceController {
        namespace: namespace.to_owned(),
        node: spec.node_name.clone()?,
        pod: pod.metadata.name.clone()?,
        settings,
        notes,
    })
}

/// Those that Go reads, by value. A password in one would stand in the Job's manifest, so such a one stays behind.
fn proxy_variables(container: &Container, notes: &mut Vec<String>) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for EnvVar { name, value, value_from } in container.env.iter().flatten() {
        if !PROXY_VARIABLES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        match value {
            Some(value) if value.contains('@') => {
                notes.push(format!(
                    "source-controller's {name} holds a password: it is not copied, and the proxy is not used"
                ));
            }
            Some(value) => kept.push((name.clone(), value.clone())),
            None if value_from.is_some() => {
                notes.push(format!("source-controller takes {name} from another object: it is not copied"));
            }
            None => {}
        }
    }
    if container.env_from.as_ref().is_some_and(|sources| !sources.is_empty()) {
        notes.push("source-controller takes variables from other objects (envFrom): they are not copied".to_owned());
    }
    kept
}

fn differences(spec: &PodSpec, container: &Container, notes: &mut Vec<String>) {
    let sidecars =
        spec.init_containers.iter().flatten().filter(|other| other.restart_policy.as_deref() == Some("Always"));
    for other in spec.containers.iter().filter(|other| other.name != container.name).chain(sidecars) {
        notes.push(format!("source-controller has the container {} beside it; netprobe's pod has none", other.name));
    }
    if spec.host_network == Some(true) {
        notes.push("source-controller uses the node's own network: --network host measures there".to_owned());
    }
    let mounts = container.volume_mounts.iter().flatten().map(|mount| mount.mount_path.as_str());
    for path in mounts.filter(|path| AUTHORITIES.iter().any(|folder| path.starts_with(folder))) {
        notes.push(format!("source-controller has files of its own at {path}, and may trust other authorities"));
    }
}

/// Go's `httpproxy.FromEnvironment`, and `ALL_PROXY` of `golang.org/x/net/proxy`, which go-git dials SSH through.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
/// Where Go looks for certificate authorities on Linux (`crypto/x509/root_linux.go`), as far as images have them.
const AUTHORITIES: [&str; 3] = ["/etc/ssl", "/etc/pki", "/usr/local/share/ca-certificates"];

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, phase: &str, spec: &serde_json::Value) -> Pod {
        let object = serde_json::json!({"metadata": {"name": name}, "spec": spec, "status": {"phase": phase}});
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn settings_are_taken_over_but_no_password() {
        let pod = pod(
            "sc",
            "Running",
            &serde_json::json!({
                "nodeName": "n2", "dnsPolicy": "ClusterFirst", "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["git"]}],
                "containers": [
                    {"name": "linkerd-proxy"},
                    {"name": "manager", "resources": {"limits": {"cpu": "1"}},
                     "volumeMounts": [{"name": "ca", "mountPath": "/etc/ssl/certs"}, {"name": "t", "mountPath": "/tmp"}],
                     "env": [{"name": "HTTPS_PROXY", "value": "http://me:secret@proxy:1"},
                             {"name": "no_proxy", "value": "10.0.0.0/8"},
                             {"name": "HTTP_PROXY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                             {"name": "TUF_ROOT", "value": "/tmp"}]}
                ]
            }),
        );
        let found = of_pod("flux-system", &pod).unwrap();
        assert_eq!((found.node.as_str(), found.pod.as_str()), ("n2", "sc"));
        assert_eq!(found.settings.variables, [("no_proxy".to_owned(), "10.0.0.0/8".to_owned())]);
        assert_eq!(found.settings.host_aliases.len(), 1);
        assert!(found.settings.resources.is_some());
        assert_eq!(found.notes.len(), 4, "{:?}", found.notes);
        assert!(!found.notes.concat().contains("secret@"));
    }

    #[test]
    fn the_one_that_runs_is_taken() {
        let spec = serde_json::json!({"nodeName": "n1", "containers": []});
        let mut leaving = pod("old", "Running", &spec);
        leaving.metadata.deletion_timestamp =
            serde_json::from_value(serde_json::json!("2026-11-24T02:00:00Z")).unwrap();
        let pods = [leaving, pod("failed", "Failed", &spec), pod("good", "Running", &spec)];
        assert_eq!(running(&pods).and_then(|pod| pod.metadata.name.as_deref()), Some("good"));
        let unplaced = [pod("new", "Pending", &serde_json::json!({"containers": []}))];
        assert!(running(&unplaced).is_none());
    }
}
