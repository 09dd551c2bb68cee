//! What there is in the cluster, and how a Job's pod comes, runs and goes as time passes.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::log::{Answer, Piece};
use super::{Asked, refusal};

/// A cluster with one node and one namespace.
pub(crate) struct World {
    /// From when on the pod has this status, counted from the Job's making. Before the first there is no pod.
    pub(crate) pod: Vec<(Duration, Value)>,
    /// The same for the Job's status.
    pub(crate) job: Vec<(Duration, Value)>,
    /// From when on there is this event.
    pub(crate) events: Vec<(Duration, Value)>,
    /// What each opening of the log brings; the last is for all that follow.
    pub(crate) logs: Vec<Vec<Piece>>,
    /// What the log brings without `follow`.
    pub(crate) log_at_rest: Vec<Piece>,
    /// From when on the node's condition Ready is this.
    pub(crate) node_ready: Vec<(Duration, &'static str)>,
    /// How long the pod stays after its deletion.
    pub(crate) lingers: Duration,
    /// Rights that are not granted, as `verb resource`.
    pub(crate) denied: Vec<&'static str>,
    /// Every GitRepository, by version.
    pub(crate) git_repositories: Vec<(&'static str, Value)>,
    /// Other pods, for the search for source-controller.
    pub(crate) other_pods: Vec<Value>,
    made: Option<(Instant, Value)>,
    deleted: Option<Instant>,
    opened: usize,
}

impl World {
    /// A pod that begins after one second and writes these lines, which end with `end`.
    pub(crate) fn healthy(log: &str) -> Self {
        Self {
            pod: vec![(Duration::ZERO, json!({"phase": "Pending"})), (Duration::from_secs(1), running())],
            job: Vec::new(),
            events: Vec::new(),
            logs: vec![vec![Piece::Text(log.to_owned()), Piece::Hang]],
            log_at_rest: vec![Piece::Text(log.to_owned())],
            node_ready: vec![(Duration::ZERO, "True")],
            lingers: Duration::from_secs(1),
            denied: Vec::new(),
            git_repositories: Vec::new(),
            other_pods: Vec::new(),
            made: None,
            deleted: None,
            opened: 0,
        }
    }

    /// Since the Job was made.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.made.as_ref().map(|(made, _)| made.elapsed())
    }

    /// Makes the Job as a POST does.
    pub(crate) fn make(&mut self, job: &Value) {
        let mut job = job.clone();
        job["metadata"]["uid"] = json!("0a1b");
        self.made = Some((Instant::now(), job));
    }

    /// The usual answer.
    pub(crate) fn answer(&mut self, asked: &Asked) -> Answer {
        let parts: Vec<&str> = asked.path.split('/').filter(|part| !part.is_empty()).collect();
        match (asked.method.as_str(), parts.as_slice()) {
            ("GET", ["version"]) => {
                found(json!({"major": "1", "minor": "34", "gitVersion": "v1.34.4", "gitCommit": "",
                "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}))
            }
            ("POST", ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"]) => self.review(&asked.body),
            ("POST", ["api", "v1", "namespaces", _, "pods"]) => Answer::Json(201, asked.body.clone()),
            ("POST", ["apis", "batch", "v1", "namespaces", _, "jobs"]) => {
                self.make(&asked.body);
                Answer::Json(201, asked.body.clone())
            }
            ("GET", ["apis", "batch", "v1", "namespaces", _, "jobs", name]) => self.show_job(name),
            ("DELETE", ["apis", "batch", "v1", "namespaces", _, "jobs", name]) => match self.deleted {
                None if self.made.is_some() => {
                    self.deleted = Some(Instant::now());
                    found(json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}))
                }
                _ => absent(name),
            },
            ("GET", ["api", "v1", "namespaces", _, "pods"]) => self.list_pods(&asked.query),
            ("GET", ["api", "v1", "namespaces", _, "pods", _, "log"]) => self.open_log(&asked.query),
            ("GET", ["api", "v1", "namespaces", _, "events"]) => {
                let kind = if asked.query.contains("kind%3DPod") { "Pod" } else { "Job" };
                let age = self.age().unwrap_or_default();
                let due =
                    self.events.iter().filter(|(from, event)| *from <= age && event["involvedObject"]["kind"] == kind);
                found(list(due.map(|(_, event)| event.clone())))
            }
            ("GET", ["api", "v1", "nodes"]) => found(list(vec![self.node()])),
            ("GET", ["api", "v1", "nodes", "n1"]) => found(self.node()),
            ("GET", ["apis", "source.toolkit.fluxcd.io", version, rest @ ..]) => {
                let objects: Vec<Value> = self
                    .git_repositories
                    .iter()
                    .filter(|(of, _)| of == version)
                    .map(|(_, object)| object.clone())
                    .collect();
                if objects.is_empty() { absent(rest.last().unwrap_or(&"")) } else { found(list(objects)) }
            }
            _ => absent(&asked.path),
        }
    }

    fn review(&self, body: &Value) -> Answer {
        let attributes = &body["spec"]["resourceAttributes"];
        let resource = attributes["resource"].as_str().unwrap_or_default();
        let below = attributes["subresource"].as_str().map_or_else(String::new, |below| format!("/{below}"));
        let right = format!("{} {resource}{below}", attributes["verb"].as_str().unwrap_or_default());
        let mut review = body.clone();
        review["status"] = json!({"allowed": !self.denied.contains(&right.as_str())});
        Answer::Json(201, review)
    }

    fn show_job(&self, name: &str) -> Answer {
        match (&self.made, self.deleted) {
            (Some((made, job)), None) => {
                let mut job = job.clone();
                job["status"] = due(&self.job, made.elapsed()).cloned().unwrap_or_else(|| json!({}));
                found(job)
            }
            _ => absent(name),
        }
    }

    fn list_pods(&self, query: &str) -> Answer {
        if query.contains("app%3Dsource-controller") {
            return found(list(self.other_pods.clone()));
        }
        let gone = self.deleted.is_some_and(|deleted| deleted.elapsed() >= self.lingers);
        let Some((made, job)) = self.made.as_ref().filter(|_| !gone) else { return found(list(Vec::new())) };
        let Some(status) = due(&self.pod, made.elapsed()) else { return found(list(Vec::new())) };
        let mut spec = job["spec"]["template"]["spec"].clone();
        let unplaced = |it: &Value| it["type"] == "PodScheduled" && it["status"] == "False";
        if !status["conditions"].as_array().is_some_and(|conditions| conditions.iter().any(unplaced)) {
            spec["nodeName"] = json!("n1");
        }
        let metadata = json!({"name": "netprobe-pod-x", "namespace": "flux-system",
            "creationTimestamp": "2026-11-24T02:00:00Z", "labels": job["spec"]["template"]["metadata"]["labels"]});
        found(list(vec![json!({"metadata": metadata, "spec": spec, "status": status})]))
    }

    fn open_log(&mut self, query: &str) -> Answer {
        let follow = query.contains("follow=true");
        if !follow {
            return Answer::Stream(self.log_at_rest.clone());
        }
        let pieces = self.logs.get(self.opened).or(self.logs.last()).cloned().unwrap_or_default();
        self.opened += 1;
        Answer::Stream(pieces)
    }

    fn node(&self) -> Value {
        let ready = due(&self.node_ready, self.age().unwrap_or_default()).copied().unwrap_or("True");
        let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        json!({"metadata": {"name": "n1"}, "status": {
            "conditions": [{"type": "Ready", "status": ready, "reason": "x", "message": "Kubelet stopped posting node status."}],
            "nodeInfo": {"operatingSystem": "linux", "architecture": arch, "bootID": "", "containerRuntimeVersion": "",
                "kernelVersion": "", "kubeProxyVersion": "", "kubeletVersion": "v1.34.4", "machineID": "", "osImage": "", "systemUUID": ""}}})
    }
}

/// A container that runs.
pub(crate) fn running() -> Value {
    json!({"phase": "Running",
        "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "netprobe", "ready": true, "restartCount": 0, "image": "x", "imageID": "",
            "started": true, "state": {"running": {"startedAt": "2026-11-24T02:00:01Z"}}}]})
}

/// A container that has ended.
pub(crate) fn ended(exit_code: i32, reason: &str, message: &str) -> Value {
    json!({"phase": if exit_code == 0 { "Succeeded" } else { "Failed" },
        "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "False"}],
        "containerStatuses": [{"name": "netprobe", "ready": false, "restartCount": 0, "image": "x", "imageID": "",
            "state": {"terminated": {"exitCode": exit_code, "reason": reason, "message": message,
                "startedAt": "2026-11-24T02:00:01Z", "finishedAt": "2026-11-24T02:00:04Z"}}}]})
}

fn due<T>(times: &[(Duration, T)], age: Duration) -> Option<&T> {
    times.iter().rev().find(|(from, _)| *from <= age).map(|(_, value)| value)
}

fn found(object: Value) -> Answer {
    Answer::Json(200, object)
}

fn absent(name: &str) -> Answer {
    refusal(404, "NotFound", &format!("\"{name}\" not found"))
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.into_iter().collect();
    json!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items})
}
