//! Which node the pod goes to, and why that one. Looks at nodes only; where a pod may not go after all, the scheduler says.

use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::ListParams;

use crate::contact::Contact;
use crate::error::ClusterError;
use crate::source_controller::SourceController;

/// Where the pod goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeChoice {
    /// The node; none leaves it to the scheduler.
    pub node: Option<String>,
    /// Why this one, as the end of a sentence: "where source-controller runs".
    pub why: String,
    /// What there is to know about it, one sentence each.
    pub notes: Vec<String>,
}

/// The wanted node, else source-controller's, else any that is ready.
///
/// # Errors
/// `Config` for a node that is unknown, not ready or not Linux, and where no node is left; `Unreachable`. Nodes that may not be looked at are taken as they are, and a note says so.
pub async fn choose_node(
    contact: &Contact,
    wanted: Option<&str>,
    flux: Option<&SourceController>,
) -> Result<NodeChoice, ClusterError> {
    match (wanted, flux) {
        (Some(node), Some(flux)) if flux.node == node => {
            named(contact, node, "asked for, and source-controller is there").await
        }
        (Some(node), _) => named(contact, node, "asked for").await,
        (None, Some(flux)) => named(contact, &flux.node, "where source-controller runs").await,
        (None, None) => any(contact).await,
    }
}

async fn named(contact: &Contact, name: &str, why: &str) -> Result<NodeChoice, ClusterError> {
    let tried = format!("Looking at node {name}");
    let api: Api<Node> = Api::all(contact.client());
    let mut choice = NodeChoice { node: Some(name.to_owned()), why: why.to_owned(), notes: Vec::new() };
    match contact.ask(&tried, api.get_opt(name)).await {
        Ok(Some(node)) => match objection(&node) {
            Some(objection) => return Err(ClusterError::config(contact.tried(&tried), objection, ANOTHER)),
            None => choice.notes.extend(remarks(&node)),
        },
        Ok(None) => {
            let known = known(contact).await;
            return Err(ClusterError::config(contact.tried(&tried), format!("there is no such node{known}"), ANOTHER));
        }
        Err(ClusterError::Forbidden { .. }) => {
            choice.notes.push(format!("node {name} was not looked at: {NOT_GRANTED}"));
        }
        Err(error) => return Err(error),
    }
    Ok(choice)
}

async fn known(contact: &Contact) -> String {
    let names: Vec<String> = match list(contact).await {
        Ok(nodes) => nodes.into_iter().filter_map(|node| node.metadata.name).take(20).collect(),
        Err(_) => Vec::new(),
    };
    if names.is_empty() { String::new() } else { format!("; there are {}", names.join(", ")) }
}

async fn any(contact: &Contact) -> Result<NodeChoice, ClusterError> {
    let nodes = match list(contact).await {
        Ok(nodes) => nodes,
        Err(ClusterError::Forbidden { .. }) => {
            let notes = vec![format!("the scheduler chooses the node: {NOT_GRANTED}")];
            return Ok(NodeChoice { node: None, why: format!("{NO_FLUX}: any node will do"), notes });
        }
        Err(error) => return Err(error),
    };
    let fit = nodes.iter().filter(|node| objection(node).is_none());
    // A node of the control plane, a cordoned one, and one that wants another program, only where there is no other.
    let order = |node: &&Node| (other_architecture(node).is_some(), is_cordoned(node), is_control_plane(node));
    let Some(node) = fit.min_by_key(order) else {
        let objections: Vec<String> = nodes.iter().filter_map(objection).take(5).collect();
        let why = if objections.is_empty() { "there is no node".to_owned() } else { objections.join("; ") };
        return Err(ClusterError::config(contact.tried("Choosing a node"), why, "A ready Linux node is needed."));
    };
    let why = format!("{NO_FLUX}: a node that is ready");
    Ok(NodeChoice { node: node.metadata.name.clone(), why, notes: remarks(node) })
}

async fn list(contact: &Contact) -> Result<Vec<Node>, ClusterError> {
    let api: Api<Node> = Api::all(contact.client());
    let wish = ListParams::default().limit(MAX_NODES);
    contact.ask("Listing the nodes", api.list(&wish)).await.map(|list| list.items)
}

/// Why nothing can be measured there.
fn objection(node: &Node) -> Option<String> {
    let name = node.metadata.name.as_deref().unwrap_or("without a name");
    let status = node.status.as_ref();
    let info = status.and_then(|status| status.node_info.as_ref());
    if let Some(info) = info.filter(|info| !matches!(info.operating_system.as_str(), "" | "linux")) {
        return Some(format!("node {name} runs {}, and netprobe needs Linux", info.operating_system));
    }
    let ready =
        status.and_then(|status| status.conditions.as_ref()?.iter().find(|condition| condition.type_ == "Ready"));
    match ready {
        Some(ready) if ready.status == "True" => None,
        Some(ready) => {
            let message = model::RemoteText::clean(ready.message.as_deref().unwrap_or_default());
            Some(format!("node {name} is not ready (Ready={}: {message})", ready.status))
        }
        None => Some(format!("node {name} does not say that it is ready")),
    }
}

fn remarks(node: &Node) -> Vec<String> {
    let name = node.metadata.name.as_deref().unwrap_or_default();
    let cordoned = is_cordoned(node).then(|| format!("node {name} is cordoned; the pod goes there all the same"));
    let other = other_architecture(node).map(|other| {
        format!(
            "node {name} is {other}, and this netprobe is {}: the image has to be one for {other}",
            own_architecture()
        )
    });
    cordoned.into_iter().chain(other).collect()
}

/// That of the node, where it is not this program's. An image may be made for several.
fn other_architecture(node: &Node) -> Option<&str> {
    let architecture = node.status.as_ref()?.node_info.as_ref()?.architecture.as_str();
    Some(architecture).filter(|architecture| !architecture.is_empty() && *architecture != own_architecture())
}

fn is_cordoned(node: &Node) -> bool {
    node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false)
}

fn is_control_plane(node: &Node) -> bool {
    node.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key("node-role.kubernetes.io/control-plane"))
}

/// As Kubernetes writes it (`kubernetes.io/arch`, Go's `GOARCH`).
fn own_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

const NO_FLUX: &str = "no source-controller in Flux's namespace, or it may not be looked at";
const NOT_GRANTED: &str = "`get` and `list` of nodes are not granted";
const ANOTHER: &str = "Name another one with --from-node=NODE.";
const MAX_NODES: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, os: &str, arch: &str, ready: &str) -> Node {
        serde_json::from_value(serde_json::json!({
            "metadata": {"name": name},
            "status": {
                "nodeInfo": {"operatingSystem": os, "architecture": arch, "bootID": "", "containerRuntimeVersion": "",
                             "kernelVersion": "", "kubeProxyVersion": "", "kubeletVersion": "", "machineID": "",
                             "osImage": "", "systemUUID": ""},
                "conditions": [{"type": "Ready", "status": ready, "message": "Kubelet stopped posting node status."}]
            }
        }))
        .unwrap()
    }

    #[test]
    fn what_cannot_measure_is_refused_with_its_reason() {
        let own = own_architecture();
        assert_eq!(objection(&node("n", "linux", own, "True")), None);
        for (node, word) in [
            (node("n", "windows", own, "True"), "windows"),
            (node("n", "linux", own, "Unknown"), "Kubelet stopped posting"),
            (Node::default(), "does not say"),
        ] {
            assert!(objection(&node).unwrap().contains(word), "{word}");
        }
    }

    #[test]
    fn another_architecture_is_said_and_not_refused() {
        let other = node("n", "linux", "s390x", "True");
        assert_eq!(objection(&other), None);
        assert!(remarks(&other)[0].contains("one for s390x"), "{:?}", remarks(&other));
        assert!(remarks(&node("n", "linux", own_architecture(), "True")).is_empty());
    }
}
