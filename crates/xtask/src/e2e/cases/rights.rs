//! Users with few rights: the least that suffices, and none.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::words;
use crate::e2e::case::Case;
use crate::e2e::git_server::URL;
use crate::e2e::netprobe::Column;
use crate::e2e::scene::{MAIN, REPOSITORY, Scene};

pub(super) const LEAST: Case<Scene> = Case {
    name: "least-rights",
    about: "The namespaced rights of the guide suffice.",
    run: |scene, checks| {
        let user = user(scene, "runner", true)?;
        let arguments = ["--namespace", MAIN, "--secret", REPOSITORY, "--ref", "branch=main", "--timeout", "6s", URL];
        let keys = scene.keys();
        let line = [arguments.as_slice(), &words(&keys)].concat();
        let answer = scene.netprobe().with_kubeconfig(&user).measure(&line)?;
        answer.must_end_with(0, checks);
        checks.same("verdict from here", &answer.here().map(Column::verdict), &Some("healthy"));
        checks.same("verdict from the node", &answer.node().map(Column::verdict), &Some("healthy"));
        Ok(())
    },
};

pub(super) const NONE: Case<Scene> = Case {
    name: "no-rights",
    about: "All rights that are missing are named at once, before anything is measured.",
    run: |scene, checks| {
        let user = user(scene, "stranger", false)?;
        let arguments = ["--namespace", MAIN, "--secret", REPOSITORY, URL];
        let answer = scene.netprobe().with_kubeconfig(&user).measure(&arguments)?;
        answer.must_end_with(2, checks);
        for (resource, verbs) in [("jobs", ["create", "delete"]), ("pods", ["get", "list"]), ("pods/log", ["get"; 2])] {
            checks.holds("stderr", answer.stderr(), resource);
            for verb in verbs {
                checks.holds("stderr", answer.stderr(), verb);
            }
        }
        checks.so("it measured all the same", answer.here().is_none());
        Ok(())
    },
};

/// A kubeconfig of a service account, with the Role of kubernetes.md §3.8 or with nothing.
fn user(scene: &Scene, name: &str, has_role: bool) -> Result<PathBuf> {
    let metadata = json!({ "name": name, "namespace": MAIN });
    let mut items = vec![json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata })];
    if has_role {
        let group = "rbac.authorization.k8s.io";
        let rule = |group: &str, resource: &str, verbs: &[&str]| json!({ "apiGroups": [group], "resources": [resource], "verbs": verbs });
        let rules = [
            rule("batch", "jobs", &["create", "get", "list", "watch", "delete"]),
            rule("", "pods", &["get", "list", "watch"]),
            rule("", "pods/log", &["get"]),
            rule("", "events", &["get", "list"]),
        ];
        let version = format!("{group}/v1");
        items.push(json!({ "apiVersion": version, "kind": "Role", "metadata": metadata, "rules": rules }));
        items.push(json!({
            "apiVersion": version, "kind": "RoleBinding", "metadata": metadata,
            "roleRef": { "apiGroup": group, "kind": "Role", "name": name },
            "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": MAIN }],
        }));
    }
    scene.kube.apply(&json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string())?;
    let token = scene.kube.run(&["--namespace", MAIN, "create", "token", name])?;
    let mut config = scene.kube.json(&["config", "view", "--raw", "--minify"])?;
    let user = config["users"][0].as_object_mut().context("a kubeconfig without a user")?;
    user.insert("user".to_owned(), json!({ "token": token.trim() }));
    let file = scene.file(&format!("{name}.kubeconfig"));
    fs::write(&file, Value::to_string(&config))?;
    Ok(file)
}
