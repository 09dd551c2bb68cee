//! The Job's manifest: what it looks like (`samples/`), and what holds of every one.
//!
//! `UPDATE_SAMPLES=1 cargo test -p netprobe-cluster --test job` writes the samples anew; look at what changed.

use std::path::Path;

use k8s_openapi::api::core::v1::{PodSpec, ResourceRequirements};
use model::{Likeness, Micros, Plan, PodNetwork, Target};
use netprobe_cluster::job::{FluxSettings, JobWish};
use serde_json::{Value, json};

fn plan(url: &str) -> Plan {
    let plan = json!({
        "target": Target::parse(url).unwrap().0, "git_ref": {"branch": "main"}, "profile": "flux",
        "flux_version": "2.7", "timeout_us": 60_000_000, "budget_us": 30_000_000, "runs": [],
    });
    serde_json::from_value(plan).unwrap()
}

/// The least.
fn bare() -> JobWish {
    JobWish {
        run_id: "0b6c1f2a7e".into(),
        namespace: "default".into(),
        node: None,
        network: PodNetwork::Pod,
        image: "localhost/netprobe:0.1.0".into(),
        pull_secrets: vec![],
        plan: plan("https://git.example.org/acme/fleet.git"),
        follow_ups: false,
        secret: None,
        proxy_secret: None,
        like: FluxSettings::default(),
        likeness: Likeness::Elsewhere,
    }
}

/// Everything at once.
fn full() -> JobWish {
    let variables = [
        ("HTTPS_PROXY", "http://proxy.example.org:3128"),
        ("no_proxy", "10.0.0.0/8,$(NETPROBE_NODE)"),
        ("HTTP_PROXY", "http://ada:hunter2@proxy.example.org:3128"),
        ("GITHUB_TOKEN", "hunter2"),
    ];
    JobWish {
        namespace: "flux-system".into(),
        node: Some("worker-2.eu-west-1.compute.internal".into()),
        pull_secrets: vec!["registry".into()],
        plan: plan("ssh://git@git.example.org:2222/acme/fleet.git"),
        follow_ups: true,
        secret: Some("fleet-key".into()),
        proxy_secret: Some("proxy-login".into()),
        like: FluxSettings {
            dns_policy: Some("ClusterFirst".into()),
            dns_config: serde_json::from_value(json!({"options": [{"name": "ndots", "value": "2"}]})).unwrap(),
            host_aliases: serde_json::from_value(json!([{"ip": "10.0.0.7", "hostnames": ["git.example.org"]}]))
                .unwrap(),
            resources: serde_json::from_value(json!({
                "limits": {"cpu": "500m", "memory": "1Gi", "example.org/gpu": "1"}, "requests": {"cpu": "400m"},
            }))
            .unwrap(),
            variables: variables.map(|(name, value)| (name.into(), value.into())).into(),
        },
        likeness: Likeness::Settings,
        ..bare()
    }
}

fn on_host() -> JobWish {
    JobWish { network: PodNetwork::Host, likeness: Likeness::Place, ..full() }
}

fn all() -> [JobWish; 3] {
    [bare(), full(), on_host()]
}

fn spec(wish: &JobWish) -> PodSpec {
    wish.job().spec.unwrap().template.spec.unwrap()
}

fn argument(wish: &JobWish, behind: &str) -> String {
    let arguments = spec(wish).containers[0].args.clone().unwrap();
    let at = arguments.iter().position(|argument| argument == behind).unwrap();
    expanded(&arguments[at + 1])
}

/// What the kubelet makes of an argument where no variable is known by that name.
fn expanded(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text.chars().peekable());
    while let Some(character) = rest.next() {
        let reference = character == '$' && rest.peek() == Some(&'(');
        assert!(!reference, "a reference to a variable in {text}");
        if character == '$' && rest.peek() == Some(&'$') {
            rest.next();
        }
        out.push(character);
    }
    out
}

#[test]
fn manifests_are_as_stored() {
    for (name, wish) in [("job-bare", bare()), ("job-like-flux", full()), ("job-host-network", on_host())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/samples/{name}.yaml"));
        let text = serde_saphyr::to_string(&wish.job()).unwrap();
        if std::env::var_os("UPDATE_SAMPLES").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(stored, text, "{} is not what is made now", path.display());
    }
}

#[test]
fn the_level_restricted_is_kept_to() {
    for wish in all() {
        let pod = serde_json::to_value(spec(&wish)).unwrap();
        let security = &pod["securityContext"];
        assert_eq!((&security["runAsNonRoot"], &security["runAsUser"]), (&json!(true), &json!(65_532)));
        assert_eq!((&security["runAsGroup"], &security["fsGroup"]), (&json!(65_532), &json!(65_532)));
        assert_eq!(security["seccompProfile"], json!({"type": "RuntimeDefault"}));
        let wanted = json!({
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
        });
        assert_eq!(pod["containers"][0]["securityContext"], wanted);
        assert_eq!(pod["containers"].as_array().unwrap().len(), 1);
        for field in ["hostPID", "hostIPC", "initContainers", "nodeName", "priorityClassName", "serviceAccountName"] {
            assert_eq!(pod[field], Value::Null, "{field}");
        }
        for volume in pod["volumes"].as_array().into_iter().flatten() {
            assert_eq!(volume.as_object().unwrap().keys().collect::<Vec<_>>(), ["name", "secret"], "no host path");
        }
        assert_eq!(pod["automountServiceAccountToken"], json!(false));
        assert_eq!(pod["enableServiceLinks"], json!(false));
    }
}

#[test]
fn no_secret_can_stand_in_it() {
    let token_as_user = JobWish { plan: plan("https://hunter2@git.example.org/r.git"), ..full() };
    let with_password = JobWish { plan: plan("https://me:hunter2@git.example.org/r.git"), ..full() };
    for wish in [full(), on_host(), token_as_user, with_password] {
        for text in [serde_json::to_string(&wish.job()).unwrap(), serde_json::to_string(&wish.pod()).unwrap()] {
            assert!(!text.contains("hunter2"), "{text}");
            assert!(!text.contains("secretKeyRef") && !text.contains("envFrom"), "{text}");
        }
    }
    let told: Plan = serde_json::from_str(&argument(&full(), "--plan")).unwrap();
    assert_eq!(told.target.user.as_deref(), Some("git"), "SSH needs its user, which is no secret");
}

#[test]
fn a_plan_arrives_as_it_was_sent() {
    for url in ["ssh://git@h/$(NETPROBE_NODE)/$$/a$b$.git", "git@h:$(PATH)", "https://h/$%20$$(x).git"] {
        let wish = JobWish { plan: plan(url), ..full() };
        let told: Plan = serde_json::from_str(&argument(&wish, "--plan")).unwrap();
        assert_eq!(told, wish.plan, "{url}");
    }
}

#[test]
fn a_name_is_a_dns_label_whatever_the_node_is_called() {
    let nodes = ["n".to_owned(), "a.".repeat(126) + "z", "1".repeat(253), "A_b é".to_owned()];
    let mut names = vec![];
    for node in nodes {
        for run_id in ["0b6c1f2a7e", "Ab/ c-d.0b6c1f2a7e0b6c1f2a7e0b6c1f2a7e"] {
            let wish = JobWish { node: Some(node.clone()), run_id: run_id.into(), ..full() };
            let name = wish.name();
            assert!(name.len() <= 63 && name.starts_with("netprobe-") && !name.ends_with('-'), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
            assert_eq!((wish.name(), wish.job().metadata.name), (name.clone(), Some(name.clone())));
            for (key, value) in wish.job().metadata.labels.unwrap() {
                let fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                assert!(value.len() <= 63 && value.chars().all(fine) && !value.is_empty(), "{key}={value}");
            }
            assert_eq!(wish.job().metadata.annotations.unwrap()["netprobe.dev/node"], node);
            names.push(name);
        }
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 8, "each node has a name of its own");
}

#[test]
fn the_selector_finds_the_job_and_its_pod() {
    let wish = full();
    let (key, value) = wish.selector().split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())).unwrap();
    let job = wish.job();
    let pod = job.spec.unwrap().template.metadata.unwrap();
    for labels in [job.metadata.labels, pod.labels, wish.pod().metadata.labels] {
        let labels = labels.unwrap();
        assert_eq!(labels[&key], value);
        assert_eq!(labels["app.kubernetes.io/managed-by"], "netprobe");
        assert!(!labels.keys().any(|key| key.contains("part-of") || key.contains("fluxcd")));
    }
}

#[test]
fn three_deadlines_lie_within_each_other() {
    for (budget, pod_at_least) in [(0, 30), (1, 31), (30_000_000, 60), (3_600_000_000, 3630), (u64::MAX, 86_400)] {
        let mut wish = full();
        wish.plan.budget_us = Micros(budget);
        let job = wish.job().spec.unwrap();
        let pod = spec(&wish).active_deadline_seconds.unwrap();
        assert!(pod >= pod_at_least, "budget {budget} µs: {pod} s");
        assert!(job.active_deadline_seconds.unwrap() >= pod + 30, "the Job's takes the log with it");
        assert!(job.ttl_seconds_after_finished.unwrap() >= 300);
        assert_eq!((job.backoff_limit, job.completions, job.parallelism), (Some(0), Some(1), Some(1)));
    }
}

#[test]
fn the_nodes_network_keeps_the_clusters_names() {
    assert_eq!(spec(&on_host()).host_network, Some(true));
    assert_eq!(spec(&on_host()).dns_policy.as_deref(), Some("ClusterFirstWithHostNet"));
    assert_eq!(argument(&on_host(), "--network"), "host");
    assert_eq!((spec(&full()).host_network, spec(&full()).dns_policy.as_deref()), (None, Some("ClusterFirst")));
    let own = FluxSettings { dns_policy: Some("Default".into()), ..FluxSettings::default() };
    assert_eq!(spec(&JobWish { like: own, ..on_host() }).dns_policy.as_deref(), Some("Default"));
}

#[test]
fn sidecars_are_kept_out() {
    for wish in all() {
        for metadata in [wish.job().spec.unwrap().template.metadata.unwrap(), wish.pod().metadata] {
            let (labels, annotations) = (metadata.labels.unwrap(), metadata.annotations.unwrap());
            for marks in [&labels, &annotations] {
                assert_eq!(marks["sidecar.istio.io/inject"], "false");
                assert_eq!(marks["kuma.io/sidecar-injection"], "disabled");
            }
            assert_eq!(annotations["linkerd.io/inject"], "disabled");
        }
    }
}

#[test]
fn a_named_node_is_tolerated_whatever_its_taints_and_an_ill_one_is_never_chosen() {
    assert_eq!(serde_json::to_value(spec(&full()).tolerations).unwrap(), json!([{"operator": "Exists"}]));
    assert!(spec(&bare()).tolerations.is_none() && spec(&bare()).affinity.is_none());
    let affinity = serde_json::to_value(spec(&full()).affinity).unwrap();
    let terms = &affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
    let field = json!({"key": "metadata.name", "operator": "In", "values": ["worker-2.eu-west-1.compute.internal"]});
    assert_eq!(*terms, json!([{"matchFields": [field]}]));
}

#[test]
fn secrets_are_mounted_where_the_agent_looks() {
    let pod = spec(&full());
    let mounts: Vec<_> = pod.containers[0].volume_mounts.iter().flatten().collect();
    assert!(mounts.iter().all(|mount| mount.read_only == Some(true)));
    let paths: Vec<_> = mounts.iter().map(|mount| mount.mount_path.as_str()).collect();
    assert_eq!(paths, [argument(&full(), "--secret-folder"), argument(&full(), "--proxy-secret-folder")]);
    for (volume, name) in pod.volumes.unwrap().iter().zip(["fleet-key", "proxy-login"]) {
        let secret = volume.secret.as_ref().unwrap();
        assert_eq!((secret.secret_name.as_deref(), secret.optional), (Some(name), Some(true)));
        assert_eq!(secret.default_mode, Some(0o440));
    }
    assert!(spec(&bare()).volumes.is_none());
}

#[test]
fn limits_are_source_controllers_and_requests_small() {
    let resources = |wish: &JobWish| serde_json::to_value(&spec(wish).containers[0].resources).unwrap();
    let requests = json!({"cpu": "10m", "memory": "32Mi"});
    assert_eq!(resources(&full()), json!({"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": requests}));
    assert_eq!(resources(&bare()), json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": requests}));
    let unlimited = FluxSettings { resources: Some(ResourceRequirements::default()), ..FluxSettings::default() };
    assert_eq!(resources(&JobWish { like: unlimited, ..full() }), json!({"requests": requests}));
}

#[test]
fn the_dry_run_asks_for_the_pod_that_the_job_will_make() {
    for wish in all() {
        let (pod, template) = (wish.pod(), wish.job().spec.unwrap().template);
        let metadata = template.metadata.unwrap();
        assert_eq!((pod.spec, pod.metadata.labels), (template.spec, metadata.labels));
        assert_eq!(pod.metadata.annotations, metadata.annotations);
    }
}
