//! Everything that a case may use, made once.
//!
//! Knows the namespaces and what stands in them before the first case. Refuses to judge.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context as _, Result, anyhow, ensure};
use lab::workplace::Folder;
use serde_json::json;

use super::bench::Bench;
use super::flux::Source;
use super::git_server::{GitServer, URL};
use super::image::Image;
use super::kube::Kube;
use super::netprobe::Netprobe;
use super::workstation::Workstation;

/// The bench with all that stands on it.
pub(super) struct Scene {
    pub(super) bench: Bench,
    pub(super) kube: Kube,
    pub(super) git: GitServer,
    /// Where source-controller runs.
    pub(super) node: String,
    pub(super) image: Image,
    workstation: Workstation,
    folder: Folder,
}

impl Scene {
    /// Sets it up on a bench that is up.
    pub(super) fn set(bench: Bench, image: Image) -> Result<Self> {
        let kube = bench.kube();
        must_take_pods(&kube)?;
        bench.load(&image.archive())?;
        let git = GitServer::start(&bench)?;
        // So that there is something to freeze in each case, whichever ran before it.
        git.commit()?;
        remove_namespaces(&kube)?;
        make_namespaces(&kube)?;
        for namespace in [MAIN, RESTRICTED, FULL] {
            kube.apply(&git.objects(REPOSITORY, namespace)?)?;
            // The same again, and never fetched without having been asked to.
            kube.apply(&repository_with_secret(REPOSITORY, namespace, REPOSITORY))?;
        }
        let pods = ["--namespace", "flux-system", "get", "pods", "-l", "app=source-controller"];
        let pods = kube.json(&pods)?;
        let node = pods["items"][0]["spec"]["nodeName"].as_str().context("source-controller runs on no node")?;
        let node = node.to_owned();
        let scene =
            Self { workstation: Workstation::start()?, folder: Folder::new("scene")?, bench, kube, git, node, image };
        scene.repository().wait_ready()?;
        Ok(scene)
    }

    /// The GitRepository of most cases.
    pub(super) fn repository(&self) -> Source<'_> {
        Source { kube: &self.kube, namespace: MAIN, name: REPOSITORY }
    }

    /// netprobe on the workstation, with all rights.
    pub(super) fn netprobe(&self) -> Netprobe<'_> {
        Netprobe {
            program: self.image.program(),
            host: Some(self.workstation.host()),
            home: self.workstation.home(),
            kubeconfig: self.kube.config(),
            image: None,
        }
    }

    /// What the user has on the workstation to reach the repository with.
    pub(super) fn keys(&self) -> Vec<String> {
        ["identity", "known_hosts"]
            .iter()
            .flat_map(|file| [format!("--{}", file.replace('_', "-")), self.git.file(file).display().to_string()])
            .collect()
    }

    /// A file that is gone at the end.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Jobs, pods, Secrets and `ConfigMaps` of the namespaces of this test.
pub(super) fn objects(kube: &Kube) -> Result<BTreeSet<String>> {
    let of = |namespace: &'static str| {
        let names = kube.names(namespace, "jobs,pods,secrets,configmaps")?;
        anyhow::Ok(names.into_iter().map(move |name| format!("{namespace}: {name}")))
    };
    // Side by side: most of it is kubectl starting.
    let found: Vec<_> = thread::scope(|scope| {
        let asked = NAMESPACES.map(|namespace| scope.spawn(move || of(namespace)));
        asked
            .into_iter()
            .map(|asking| asking.join().map_err(|_| anyhow!("a panic while objects were counted")))
            .collect()
    });
    let mut objects = BTreeSet::new();
    for names in found {
        objects.extend(names??);
    }
    Ok(objects)
}

/// Namespaces of this test's own, each with the certificate bundle and the account that Kubernetes puts there.
pub(super) fn make_namespaces(kube: &Kube) -> Result<()> {
    let namespace = |name: &str, level: &str| {
        let labels = json!({ LABEL: "true", "pod-security.kubernetes.io/enforce": level });
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } })
    };
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota",
        "metadata": { "name": "no-pods", "namespace": FULL }, "spec": { "hard": { "pods": "0" } },
    });
    let items =
        [namespace(MAIN, "privileged"), namespace(RESTRICTED, "restricted"), namespace(FULL, "privileged"), quota];
    kube.apply(&json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string())?;
    for name in NAMESPACES {
        for made in ["serviceaccount/default", "configmap/kube-root-ca.crt"] {
            kube.run(&["--namespace", name, "wait", "--for=create", made, "--timeout=60s"])?;
        }
    }
    Ok(())
}

/// Takes away all of them, and with them all that is in them.
pub(super) fn remove_namespaces(kube: &Kube) -> Result<()> {
    kube.run(&["delete", "namespaces", "-l", &format!("{LABEL}=true"), "--timeout=90s"]).map(drop)
}

/// That no node turns pods away: one that is short of memory or of room on the disk does so, and nobody would know why
/// everything hangs.
fn must_take_pods(kube: &Kube) -> Result<()> {
    let nodes = kube.json(&["get", "nodes"])?;
    for node in nodes["items"].as_array().into_iter().flatten() {
        let taints = node["spec"]["taints"].as_array().into_iter().flatten();
        let keys: Vec<&str> = taints.filter_map(|taint| taint["key"].as_str()).collect();
        ensure!(keys.is_empty(), "the node {} turns pods away: {}", node["metadata"]["name"], keys.join(", "));
    }
    Ok(())
}

/// A GitRepository, as YAML, that names this Secret.
pub(super) fn repository_with_secret(name: &str, namespace: &str, secret: &str) -> String {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": { "name": name, "namespace": namespace },
        "spec": {
            "interval": "1h", "timeout": "6s", "url": URL, "ref": { "branch": "main" }, "secretRef": { "name": secret },
        },
    })
    .to_string()
}

/// Where most cases are.
pub(super) const MAIN: &str = "netprobe-e2e";
/// Enforces the Pod Security level `restricted`.
pub(super) const RESTRICTED: &str = "netprobe-e2e-restricted";
/// Has a quota of no pod at all.
pub(super) const FULL: &str = "netprobe-e2e-full";
/// The GitRepository and its Secret.
pub(super) const REPOSITORY: &str = "bench";

const NAMESPACES: [&str; 3] = [MAIN, RESTRICTED, FULL];
/// By which all of it is found again.
const LABEL: &str = "netprobe.dev/e2e";
