//! What can be tried on any cluster: a repository that netprobe itself serves there, behind a Service.
//!
//! Nothing outside two namespaces of our own is touched, and nothing has to reach the cluster's networks from here.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use lab::workplace::Folder;
use serde_json::{Value, json};

use crate::e2e::case::Case;
use crate::e2e::checks::Checks;
use crate::e2e::image::Image;
use crate::e2e::kube::Kube;
use crate::e2e::netprobe::{Column, Netprobe};
use crate::e2e::scene::{FULL, MAIN};

/// Any cluster.
pub(in crate::e2e) struct Anywhere {
    kube: Kube,
    program: PathBuf,
    reference: Option<String>,
    /// On which the Service is known to be reachable.
    node: String,
    home: Folder,
}

/// Cases for any cluster.
pub(in crate::e2e) const ALL: &[Case<Anywhere>] = &[
    Case { name: "anywhere", about: "A repository behind a Service is well from a node.", run: healthy },
    Case { name: "anywhere-refused", about: "A quota that allows no pod is quoted.", run: refused },
];

impl Anywhere {
    /// Serves a repository in the namespace [`MAIN`], which is there. `reference`: an image that the nodes can get; none:
    /// the one that netprobe asks for by itself.
    pub(in crate::e2e) fn set(kube: &Kube, image: &Image, reference: Option<String>) -> Result<Self> {
        kube.apply(&service())?;
        let service = kube.json(&["--namespace", MAIN, "get", "service/git"])?;
        let address = service["spec"]["clusterIP"].as_str().context("a Service without an address")?;
        kube.apply(&server(reference.as_deref().unwrap_or(OWN_IMAGE), address))?;
        kube.run(&["--namespace", MAIN, "wait", "--for=condition=Ready", "pod/git", "--timeout=90s"])?;
        let pod = kube.json(&["--namespace", MAIN, "get", "pod/git"])?;
        let node = pod["spec"]["nodeName"].as_str().context("a pod that runs nowhere")?.to_owned();
        let (kube, program) = (kube.clone(), image.program().to_owned());
        Ok(Self { kube, program, reference, node, home: Folder::new("anywhere")? })
    }

    /// Takes the server away.
    pub(in crate::e2e) fn clear(&self) -> Result<()> {
        self.kube.run(&["--namespace", MAIN, "delete", "pod/git", "service/git"]).map(drop)
    }

    fn netprobe(&self) -> Netprobe<'_> {
        Netprobe {
            program: &self.program,
            host: None,
            home: self.home.path(),
            kubeconfig: self.kube.config(),
            image: self.reference.as_deref(),
        }
    }
}

fn healthy(cluster: &Anywhere, checks: &mut Checks) -> Result<()> {
    let node = format!("--from-node={}", cluster.node);
    let arguments = ["run", &node, "--format", "json", "--no-local", "--namespace", MAIN, "--ref", "branch=main", URL];
    let answer = cluster.netprobe().run(&arguments)?;
    answer.must_end_with(0, checks);
    checks.same("verdict from the node", &answer.node().map(Column::verdict), &Some("healthy"));
    Ok(())
}

fn refused(cluster: &Anywhere, checks: &mut Checks) -> Result<()> {
    let answer = cluster.netprobe().measure(&["--no-local", "--namespace", FULL, "--ref", "branch=main", URL])?;
    answer.must_end_with(2, checks);
    checks.holds("all that it said", &answer.everything(), "no-pods");
    Ok(())
}

/// It leads to the pod before that is ready: by that the pod finds out whether it does.
fn service() -> String {
    let spec = json!({ "selector": { "app": "git" }, "ports": [{ "port": PORT }], "publishNotReadyAddresses": true });
    json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata(), "spec": spec }).to_string()
}

fn metadata() -> Value {
    json!({ "name": "git", "namespace": MAIN, "labels": { "app": "git" } })
}

/// Ready when the address of the Service leads to it, from its node.
fn server(image: &str, address: &str) -> String {
    let container = json!({
        "name": "git", "image": image, "imagePullPolicy": "IfNotPresent", "command": ["/netprobe"],
        "args": ["serve", "--listen", "0.0.0.0", "--http-port", PORT.to_string(), "--pack-size", "1MiB"],
        "readinessProbe": { "tcpSocket": { "host": address, "port": PORT }, "periodSeconds": 1 },
        "volumeMounts": [{ "name": "tmp", "mountPath": "/tmp" }],
        "securityContext": {
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] },
        },
    });
    let pod = json!({
        "automountServiceAccountToken": false, "terminationGracePeriodSeconds": 1,
        "securityContext": { "runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": { "type": "RuntimeDefault" } },
        "containers": [container], "volumes": [{ "name": "tmp", "emptyDir": {} }],
    });
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata(), "spec": pod }).to_string()
}

/// Its path is that of every repository that `netprobe serve` serves.
const URL: &str = "http://git.netprobe-e2e.svc:8080/demo.git";
const PORT: u16 = 8080;
/// What netprobe asks for where it is not told.
const OWN_IMAGE: &str = concat!("localhost/netprobe:", env!("CARGO_PKG_VERSION"));
