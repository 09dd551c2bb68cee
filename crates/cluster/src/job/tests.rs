//! The manifest as it is sent, and what must be true of it whatever is wished for.

use model::{GitRef, Micros, Profile, Purpose, Run, RunId, Target};
use serde_json::{Value, json};

use super::*;

fn wish() -> JobWish {
    let (target, _) = Target::parse("ssh://git@git.example.org/fleet").unwrap();
    let plan = Plan {
        target,
        git_ref: GitRef::Branch("main".to_owned()),
        profile: Profile::Flux,
        flux_version: model::FluxVersion::default(),
        artifact_stored: true,
        timeout_us: Micros::from_secs(60),
        budget_us: Micros::from_secs(30),
        runs: vec![Run { id: RunId(1), purpose: Purpose::Asked, parameters: model::Parameters::Host }],
    };
    JobWish {
        run_id: "0123456789".to_owned(),
        namespace: "flux-system".to_owned(),
        node: Some("node-2".to_owned()),
        network: PodNetwork::Pod,
        image: "localhost/netprobe:0.1.0".to_owned(),
        pull_secrets: vec!["registry".to_owned()],
        plan,
        follow_ups: true,
        secret: Some("fleet".to_owned()),
        proxy_secret: None,
        like: FluxSettings {
            dns_policy: Some("ClusterFirst".to_owned()),
            variables: vec![("HTTPS_PROXY".to_owned(), "http://proxy:3128".to_owned())],
            ..FluxSettings::default()
        },
        likeness: Likeness::Settings,
    }
}

fn spec(wish: &JobWish) -> Value {
    serde_json::to_value(wish.job()).unwrap()["spec"]["template"]["spec"].clone()
}

/// The whole of it, as a person would read it; `UPDATE_SAMPLES=1` writes it anew.
#[test]
fn the_manifest_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/job.json");
    let text = serde_json::to_string_pretty(&wish().job()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SAMPLES").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap_or_default());
}

/// Kubernetes, "Pod Security Standards", Restricted.
#[test]
fn it_fits_the_restricted_level() {
    let spec = spec(&wish());
    let container = &spec["containers"][0]["securityContext"];
    assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
    assert_eq!(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["capabilities"], json!({"drop": ["ALL"]}));
    let user = |field: &str| spec["securityContext"][field].as_i64().unwrap();
    assert!(user("runAsUser") > 0 && user("runAsGroup") > 0);
    let kinds: Vec<&Value> = spec["volumes"].as_array().unwrap().iter().map(|volume| &volume["secret"]).collect();
    assert!(kinds.iter().all(|secret| secret.is_object()), "only Secrets are mounted: {kinds:?}");
    for absent in ["hostNetwork", "hostPID", "hostIPC", "serviceAccountName"] {
        assert!(spec.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn names_and_labels_are_short_enough_for_any_node() {
    for node in ["n", "ip-10-0-0-1.eu-central-1.compute.internal", &"long.".repeat(50)] {
        let wish = JobWish { node: Some(node.to_owned()), run_id: "z".repeat(20), ..wish() };
        let name = wish.name();
        assert!(name.len() <= 63, "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
        for (key, value) in wish.pod().metadata.labels.unwrap() {
            assert!(value.len() <= 63, "{key}: {value}");
        }
    }
    let other = JobWish { node: Some("node-3".to_owned()), ..wish() };
    assert_ne!(other.name(), wish().name());
}

/// Each deadline gives the one inside it time to be told.
#[test]
fn deadlines_are_nested() {
    let wish = wish();
    let job = wish.job().spec.unwrap();
    let pod = job.template.spec.unwrap().active_deadline_seconds.unwrap();
    assert!(wish.plan.budget_us < Micros::from_secs(pod.cast_unsigned()));
    assert!(pod < job.active_deadline_seconds.unwrap());
}

#[test]
fn the_nodes_own_network_keeps_the_clusters_names() {
    let spec = spec(&JobWish { network: PodNetwork::Host, ..wish() });
    assert_eq!((&spec["hostNetwork"], &spec["dnsPolicy"]), (&json!(true), &json!("ClusterFirstWithHostNet")));
}

#[test]
fn the_plan_comes_back_out_of_the_arguments() {
    let wish = wish();
    let spec = spec(&wish);
    let arguments = spec["containers"][0]["args"].as_array().unwrap();
    let plan: Plan = serde_json::from_str(arguments.last().unwrap().as_str().unwrap()).unwrap();
    assert_eq!(plan, wish.plan);
}

#[test]
fn no_node_is_left_to_the_scheduler() {
    let spec = spec(&JobWish { node: None, secret: None, ..wish() });
    assert!(spec.get("affinity").is_none() && spec.get("volumes").is_none());
    assert!(spec.get("nodeName").is_none());
}

#[test]
fn the_dry_run_asks_for_the_pod_that_the_job_will_make() {
    let (wish, job) = (wish(), wish().job().spec.unwrap().template);
    let pod = wish.pod();
    assert_eq!(pod.spec, job.spec);
    assert_eq!(pod.metadata.labels, job.metadata.unwrap().labels);
}
