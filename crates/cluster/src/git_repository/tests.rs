use super::*;

const GOTK_SYNC: &str = "
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m0s
  ref:
    branch: main
  secretRef:
    name: flux-system
  timeout: 1m30s
  url: ssh://git@github.com/org/fleet
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/prod}
";

fn one(spec: &str) -> Result<GitRepository, ClusterError> {
    let text = format!(
        "{{apiVersion: source.toolkit.fluxcd.io/v1beta2, kind: GitRepository, metadata: {{name: a, namespace: b}}, \
         spec: {{url: 'https://x/y', {spec}}}}}"
    );
    GitRepository::from_yaml(&text).map(|mut found| found.remove(0))
}

#[test]
fn what_bootstrap_writes_is_read() {
    let found = GitRepository::from_yaml(GOTK_SYNC).unwrap();
    let [repository] = found.as_slice() else { panic!("one of the two documents: {found:?}") };
    assert_eq!((repository.namespace.as_str(), repository.name.as_str()), ("flux-system", "flux-system"));
    assert_eq!(repository.url, "ssh://git@github.com/org/fleet");
    assert_eq!(repository.git_ref, GitRef::Branch("main".into()));
    assert_eq!(repository.timeout, Some(Micros::from_secs(90)));
    assert_eq!(repository.secret.as_deref(), Some("flux-system"));
    assert!(!repository.has_artifact && repository.unsupported.is_empty() && !repository.symptom.suspended);
}

#[test]
fn the_reference_is_the_one_that_flux_would_take() {
    let id = "0123456789abcdef0123456789abcdef01234567";
    let whole = format!("branch: b, tag: t, semver: '>=1', name: refs/pull/1/head, commit: {id}");
    let commit = GitRef::Commit { id: id.into(), branch: Some("b".into()) };
    for (fields, expected) in [
        (whole.as_str(), commit),
        ("branch: b, tag: t, semver: '>=1', name: refs/pull/1/head", GitRef::Name("refs/pull/1/head".into())),
        ("branch: b, tag: t, semver: '>=1'", GitRef::Semver(">=1".into())),
        ("branch: b, tag: t", GitRef::Tag("t".into())),
        ("branch: b", GitRef::Branch("b".into())),
        ("", GitRef::Branch("master".into())),
    ] {
        assert_eq!(one(&format!("ref: {{{fields}}}")).unwrap().git_ref, expected, "{fields}");
    }
    assert_eq!(one("interval: 1m").unwrap().git_ref, GitRef::Branch("master".into()));
    assert!(one("ref: {branch: 'a b'}").unwrap_err().to_string().contains("spec.ref"));
}

#[test]
fn durations_are_those_of_go() {
    for (text, micros) in
        [("60s", 60_000_000), ("1m0s", 60_000_000), ("1.5m", 90_000_000), ("250ms", 250_000), ("1h1m", 3_660_000_000)]
    {
        assert_eq!(spec::duration(text), Some(Micros(micros)), "{text}");
    }
    for text in ["", "60", "s", "1d", "-1s", "1..s", "1e9h", "99999h", "1m x"] {
        assert_eq!(spec::duration(text), None, "{text}");
    }
}

#[test]
fn lists_are_opened_and_what_is_left_out_is_told() {
    let text = "
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: x}
- apiVersion: source.toolkit.fluxcd.io/v1beta1
  kind: GitRepository
  metadata: {name: old}
  spec:
    url: https://example.com/r
    gitImplementation: libgit2
    recurseSubmodules: true
    suspend: true
    include: []
    provider: azure
    proxySecretRef: {name: px}
";
    let found = GitRepository::from_yaml(text).unwrap();
    let [repository] = found.as_slice() else { panic!("the only GitRepository: {found:?}") };
    assert!(repository.symptom.suspended);
    assert_eq!(repository.provider.as_deref(), Some("azure"));
    assert_eq!(repository.proxy_secret.as_deref(), Some("px"));
    let notes = repository.unsupported.join("\n");
    for word in ["recurseSubmodules", "azure", "libgit2", "names no namespace"] {
        assert!(notes.contains(word), "{word} in {notes}");
    }
    assert_eq!(repository.unsupported.len(), 4, "{notes}");
}

#[test]
fn every_condition_is_in_the_symptom_and_the_revision_too() {
    let object = serde_json::json!({
        "metadata": {"name": "bench", "namespace": "flux-system"},
        "spec": {"url": "ssh://git@host/r.git"},
        "status": {
            "artifact": {"revision": "main@sha1:abc"},
            "conditions": [
                {"type": "Reconciling", "status": "True", "reason": "Progressing", "message": "reconciliation in progress",
                 "lastTransitionTime": "2026-11-24T02:16:33Z"},
                {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored\u{1b}[2J"}
            ]
        }
    });
    let repository = GitRepository::from_value(&object).unwrap();
    assert!(repository.has_artifact);
    assert_eq!(repository.symptom.conditions.len(), 2);
    let reconciling = repository.symptom.condition("Reconciling").unwrap();
    assert_eq!(reconciling.since.as_deref(), Some("2026-11-24T02:16:33Z"));
    assert_eq!(repository.symptom.condition("Ready").unwrap().message.as_str(), "stored[2J");
    assert_eq!(repository.symptom.revision.as_ref().map(RemoteText::as_str), Some("main@sha1:abc"));
}

#[test]
fn what_cannot_be_understood_is_named() {
    assert!(GitRepository::from_yaml("a: [").unwrap_err().to_string().contains("Reading the manifest"));
    assert!(one("timeout: soon").unwrap_err().to_string().contains("`spec.timeout: soon`"));
    let without_url = "{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: a}, spec: {}}";
    assert!(GitRepository::from_yaml(without_url).unwrap_err().to_string().contains("`spec.url`"));
    assert_eq!(GitRepository::from_yaml("just text").unwrap(), []);
    assert_eq!(GitRepository::from_yaml("").unwrap(), []);
}
