//! What is looked up before anything is made: the way to the API server, rights, what Flux fetches, source-controller, nodes.

use std::time::Duration;

use model::GitRef;
use netprobe_cluster::{ClusterError, Contact, ContactWish, add_events, check_rights, choose_node};
use netprobe_cluster::{git_repositories, source_controller};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::stand_in::{Answer, StandIn, World, refusal};

fn repository(namespace: &str, name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": namespace},
        "spec": {"url": "ssh://git@git.outside.test/r.git", "ref": {"branch": "main"}, "timeout": "10s"},
        "status": {"conditions": [{"type": "Reconciling", "status": "True", "reason": "Progressing", "message": "m"}]}})
}

#[tokio::test]
async fn all_missing_rights_are_told_at_once_with_their_role() {
    let api = StandIn::new(World::healthy(""));
    check_rights(&api.contact(), "flux-system").await.unwrap();
    let questions = api.asked("POST");
    assert!(questions.iter().all(|asked| asked.body["spec"]["resourceAttributes"]["resource"] != "secrets"));

    let mut world = World::healthy("");
    world.denied = vec!["delete jobs", "get pods/log"];
    let error = check_rights(&StandIn::new(world).contact(), "team-a").await.unwrap_err();
    assert!(matches!(error, ClusterError::Forbidden { .. }));
    let text = error.to_string();
    assert!(text.contains("not granted: delete jobs, get pods/log"), "{text}");
    assert!(text.contains("kind: RoleBinding") && text.contains("namespace: team-a"), "{text}");

    // Who may not even ask is not refused: the requests themselves will tell.
    let mute = StandIn::with_fault(World::healthy(""), |_, _| Some(refusal(403, "Forbidden", "no")));
    check_rights(&mute.contact(), "team-a").await.unwrap();
}

#[tokio::test]
async fn repositories_are_asked_for_in_the_newest_version_there_is() {
    for version in ["v1", "v1beta2", "v1beta1"] {
        let mut world = World::healthy("");
        world.git_repositories = vec![(version, repository("flux-system", "a")), (version, repository("apps", "b"))];
        let found = git_repositories(&StandIn::new(world).contact(), None).await.unwrap();
        let names: Vec<(&str, &str)> = found.iter().map(|one| (one.namespace.as_str(), one.name.as_str())).collect();
        assert_eq!(names, [("flux-system", "a"), ("apps", "b")], "{version}");
        assert!(found.iter().all(|one| one.git_ref == GitRef::Branch("main".into())));
        assert!(found.iter().all(|one| one.symptom.condition("Reconciling").is_some()));
    }
    let without_flux = StandIn::new(World::healthy(""));
    assert_eq!(git_repositories(&without_flux.contact(), None).await.unwrap(), []);
}

#[tokio::test]
async fn every_page_of_a_long_list_is_read() {
    let api = StandIn::with_fault(World::healthy(""), |asked, _| {
        let (name, more) = if asked.query.contains("continue=next") { ("b", "") } else { ("a", "next") };
        let list = json!({"metadata": {"continue": more}, "items": [repository("apps", name)]});
        Some(Answer::Json(200, list))
    });
    let found = git_repositories(&api.contact(), None).await.unwrap();
    assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);

    // One that never ends is left alone after a while.
    let endless = StandIn::with_fault(World::healthy(""), |_, _| {
        Some(Answer::Json(200, json!({"metadata": {"continue": "next"}, "items": [repository("apps", "a")]})))
    });
    assert_eq!(git_repositories(&endless.contact(), None).await.unwrap().len(), 10);
}

#[tokio::test]
async fn where_all_namespaces_are_forbidden_fluxs_own_is_asked() {
    let mut world = World::healthy("");
    world.git_repositories = vec![("v1", repository("flux-system", "a"))];
    let api = StandIn::with_fault(world, |asked, _| {
        (!asked.path.contains("/namespaces/")).then(|| refusal(403, "Forbidden", "cannot list at the cluster scope"))
    });
    assert_eq!(git_repositories(&api.contact(), None).await.unwrap().len(), 1);
    assert_eq!(api.count("GET /apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories"), 1);

    let api = StandIn::with_fault(World::healthy(""), |_, _| Some(refusal(403, "Forbidden", "no")));
    assert!(matches!(git_repositories(&api.contact(), None).await, Err(ClusterError::Forbidden { .. })));
}

#[tokio::test]
async fn events_are_added_and_may_be_missing() {
    let api = StandIn::with_fault(World::healthy(""), |asked, _| {
        asked.path.ends_with("/events").then(|| {
            let event = json!({"metadata": {}, "involvedObject": {}, "type": "Warning", "reason": "GitOperationFailed",
                "message": "unable to clone", "lastTimestamp": "2026-11-24T02:00:00Z"});
            Answer::Json(200, json!({"metadata": {}, "items": [event]}))
        })
    });
    let text = "{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: a, namespace: b}, spec: {url: 'https://x/y'}}";
    let mut one = netprobe_cluster::GitRepository::from_yaml(text).unwrap().remove(0);
    add_events(&api.contact(), &mut one).await;
    assert_eq!(one.symptom.events[0].message.as_str(), "unable to clone");
    let asked = api.asked("GET /api/v1/namespaces/b/events").remove(0);
    assert!(asked.query.contains("involvedObject.kind%3DGitRepository%2CinvolvedObject.name%3Da"), "{}", asked.query);

    one.symptom.events.clear();
    let forbidden = StandIn::with_fault(World::healthy(""), |_, _| Some(refusal(403, "Forbidden", "no")));
    add_events(&forbidden.contact(), &mut one).await;
    assert!(one.symptom.events.is_empty());
}

#[tokio::test]
async fn the_node_is_source_controllers_or_the_one_asked_for() {
    let mut world = World::healthy("");
    world.other_pods = vec![json!({"metadata": {"name": "source-controller-x"}, "status": {"phase": "Running"},
        "spec": {"nodeName": "n1", "dnsPolicy": "ClusterFirst", "containers": [{"name": "manager"}]}})];
    let api = StandIn::new(world);
    let contact = api.contact();
    let flux = source_controller(&contact).await.unwrap().unwrap();
    assert_eq!((flux.namespace.as_str(), flux.node.as_str()), ("flux-system", "n1"));
    let choice = choose_node(&contact, None, Some(&flux)).await.unwrap();
    assert_eq!((choice.node.as_deref(), choice.why.as_str()), (Some("n1"), "where source-controller runs"));
    let unknown = choose_node(&contact, Some("n9"), Some(&flux)).await.unwrap_err().to_string();
    assert!(unknown.contains("there is no such node; there are n1"), "{unknown}");

    let api = StandIn::new(World::healthy(""));
    assert!(source_controller(&api.contact()).await.unwrap().is_none());
    let choice = choose_node(&api.contact(), None, None).await.unwrap();
    assert_eq!(choice.node.as_deref(), Some("n1"));
    assert!(choice.why.contains("no source-controller"));
}

#[tokio::test]
async fn any_node_is_first_one_for_other_pods_too() {
    let node = |name: &str, spec: Value, labels: Value| {
        json!({"metadata": {"name": name, "labels": labels}, "spec": spec,
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    };
    let cordoned = node("cordoned", json!({"unschedulable": true}), json!({}));
    let control = node("control", json!({}), json!({"node-role.kubernetes.io/control-plane": ""}));
    let worker = node("worker", json!({}), json!({}));
    for (nodes, chosen) in [(vec![&cordoned, &control, &worker], "worker"), (vec![&cordoned, &control], "control")] {
        let list = json!({"metadata": {}, "items": nodes});
        let api = StandIn::with_fault(World::healthy(""), move |_, _| Some(Answer::Json(200, list.clone())));
        let choice = choose_node(&api.contact(), None, None).await.unwrap();
        assert_eq!(choice.node.as_deref(), Some(chosen));
    }
}

#[tokio::test]
async fn a_user_of_one_namespace_may_not_look_at_nodes() {
    let api = StandIn::with_fault(World::healthy(""), |_, _| Some(refusal(403, "Forbidden", "no")));
    let contact = api.contact();
    assert!(source_controller(&contact).await.unwrap().is_none());
    let choice = choose_node(&contact, Some("n7"), None).await.unwrap();
    assert_eq!((choice.node.as_deref(), choice.notes.len()), (Some("n7"), 1));
    let choice = choose_node(&contact, None, None).await.unwrap();
    assert_eq!((choice.node, choice.notes.len()), (None, 1));
}

#[tokio::test]
async fn a_node_that_is_not_ready_is_refused() {
    let mut world = World::healthy("");
    world.node_ready = vec![(Duration::ZERO, "Unknown")];
    let api = StandIn::new(world);
    for wanted in [Some("n1"), None] {
        let error = choose_node(&api.contact(), wanted, None).await.unwrap_err();
        assert!(!error.is_unreachable() && error.to_string().contains("not ready (Ready=Unknown"), "{error}");
    }
}

/// A kubeconfig for `server`.
fn kubeconfig(server: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
         clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {{token: t0ken}}}}]\n\
         contexts: [{{name: here, context: {{cluster: c, user: u, namespace: team-a}}}}]\n"
    );
    std::fs::write(file.path(), text).unwrap();
    file
}

fn wish(file: &tempfile::NamedTempFile, context: Option<&str>) -> ContactWish {
    ContactWish { kubeconfig: Some(file.path().to_owned()), context: context.map(str::to_owned) }
}

#[tokio::test]
async fn a_kubeconfig_leads_to_its_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let answering = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let read = stream.read(&mut head).await.unwrap();
        let body = json!({"major": "1", "minor": "34", "gitVersion": "v1.34.4", "gitCommit": "", "gitTreeState": "",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": ""})
        .to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&head[..read]).to_lowercase()
    };
    let file = kubeconfig(&server);
    let wanted = wish(&file, None);
    let (contact, request) = tokio::join!(Contact::open(&wanted), answering);
    let contact = contact.unwrap();
    assert_eq!((contact.place(), contact.default_namespace()), (format!("context here, {server}"), "team-a"));
    assert!(request.starts_with("get /version ") && request.contains("authorization: bearer t0ken"), "{request}");
}

#[tokio::test]
async fn what_is_wrong_with_the_way_is_named() {
    // A port that nobody listens on: it was ours a moment ago.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let file = kubeconfig(&format!("http://{closed}"));
    let error = Contact::open(&wish(&file, None)).await.err().unwrap();
    assert!(error.is_unreachable() && error.to_string().contains("refused"), "{error}");
    assert!(!error.to_string().contains("ServiceError"), "{error}");
    let error = Contact::open(&wish(&file, Some("there"))).await.err().unwrap();
    assert!(!error.is_unreachable() && error.to_string().contains("no context there; it has here"), "{error}");
    let missing = ContactWish { kubeconfig: Some("/nowhere/kubeconfig".into()), context: None };
    let error = Contact::open(&missing).await.err().unwrap();
    assert!(error.to_string().starts_with("Reading the kubeconfig /nowhere/kubeconfig: "), "{error}");
}

#[tokio::test]
async fn something_else_behind_the_address_is_not_taken_for_a_cluster() {
    let api = StandIn::with_fault(World::healthy(""), |_, _| Some(Answer::Json(200, json!("a portal"))));
    let error = api.contact().greet().await.unwrap_err();
    assert!(
        error.is_unreachable() && error.to_string().contains("does not speak as a Kubernetes API server"),
        "{error}"
    );
    let keeps_its_version = StandIn::with_fault(World::healthy(""), |_, _| Some(refusal(403, "Forbidden", "no")));
    keeps_its_version.contact().greet().await.unwrap();
    let unknown = StandIn::with_fault(World::healthy(""), |_, _| Some(refusal(401, "Unauthorized", "Unauthorized")));
    assert!(matches!(unknown.contact().greet().await, Err(ClusterError::Config { .. })));
}
