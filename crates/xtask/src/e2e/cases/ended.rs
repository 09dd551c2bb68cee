//! Runs that are ended in the middle: by the user, by the system, by somebody in the cluster.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;
use serde_json::Value;

use super::{usual, words};
use crate::e2e::case::Case;
use crate::e2e::checks::Checks;
use crate::e2e::fault::{Fault, Kind, Unplugged};
use crate::e2e::netprobe::{Answer, Column, Running};
use crate::e2e::scene::{MAIN, Scene};

pub(super) const INTERRUPTED: Case<Scene> = Case {
    name: "ctrl-c",
    about: "Ctrl-C in the middle ends with 130, shows what there is and leaves nothing.",
    run: |scene, checks| signalled(scene, checks, Signal::SIGINT, 130),
};

pub(super) const TERMINATED: Case<Scene> = Case {
    name: "sigterm",
    about: "SIGTERM in the middle ends with 143, shows what there is and leaves nothing.",
    run: |scene, checks| signalled(scene, checks, Signal::SIGTERM, 143),
};

pub(super) const KILLED: Case<Scene> = Case {
    name: "pod-killed",
    about: "A pod that is killed in the middle leaves a part of its column; the other one is whole.",
    run: |scene, checks| {
        let answer = in_the_middle(scene, |_, pod| in_container(scene, pod, "SIGKILL"))?;
        partial(&answer, checks, "killed");
        Ok(())
    },
};

pub(super) const SILENT: Case<Scene> = Case {
    name: "pod-silent",
    about: "A pod that says nothing any more is given up 30 s after its last word.",
    run: |scene, checks| {
        let mut since = Instant::now();
        let answer = in_the_middle(scene, |_, pod| {
            since = Instant::now();
            in_container(scene, pod, "SIGSTOP")
        })?;
        checks.figure(format!("over {:.0} s later", since.elapsed().as_secs_f64()));
        partial(&answer, checks, "30");
        checks.so("it took more than a minute", since.elapsed() < Duration::from_mins(1));
        Ok(())
    },
};

pub(super) const NODE_LOST: Case<Scene> = Case {
    name: "node-lost",
    about: "A node that is lost in the middle is named within 60 s, and what stays in the cluster is told.",
    run: |scene, checks| {
        let (mut since, mut unplugged) = (Instant::now(), None);
        let answer = in_the_middle(scene, |_, _| {
            since = Instant::now();
            unplugged = Some(Unplugged::pull(&scene.node)?);
            Ok(())
        })?;
        checks.figure(format!("over {:.0} s later", since.elapsed().as_secs_f64()));
        drop(unplugged);
        partial(&answer, checks, &scene.node);
        checks.so("it took more than 90 s", since.elapsed() < Duration::from_secs(90));
        let ready = ["wait", "--for=condition=Ready", "--timeout=90s", &format!("node/{}", scene.node)];
        scene.kube.run(&ready)?;
        scene.kube.run(&["--namespace", MAIN, "wait", "--for=delete", "pods", "-l", OURS, "--timeout=90s"]).map(drop)
    },
};

pub(super) const KEPT: Case<Scene> = Case {
    name: "keep",
    about: "`--keep` leaves the Job and says how to delete it.",
    run: |scene, checks| {
        let mut arguments = usual(scene);
        arguments.extend(["--keep", "--no-local"].map(ToOwned::to_owned));
        let answer = scene.netprobe().measure(&words(&arguments))?;
        answer.must_end_with(0, checks);
        let jobs = scene.kube.names(MAIN, "jobs")?;
        checks.same("how many Jobs stay", &jobs.len(), &1);
        for job in &jobs {
            let name = job.rsplit('/').next().unwrap_or_default();
            checks.holds("stderr", answer.stderr(), name);
            checks.holds("stderr", answer.stderr(), "kubectl");
            scene.kube.run(&["--namespace", MAIN, "delete", job, "--cascade=foreground"])?;
        }
        Ok(())
    },
};

fn signalled(scene: &Scene, checks: &mut Checks, signal: Signal, code: i32) -> Result<()> {
    let answer = in_the_middle(scene, |running, _| running.signal(signal))?;
    answer.must_end_with(code, checks);
    checks.same("verdict from here", &answer.here().map(Column::verdict), &Some("healthy"));
    Ok(())
}

/// A signal to the only process of a pod.
fn in_container(scene: &Scene, pod: &Value, signal: &str) -> Result<()> {
    let id = pod["status"]["containerStatuses"][0]["containerID"].as_str().context("no container")?;
    let id = id.trim_start_matches("containerd://");
    scene.bench.containerd(&scene.node, &["tasks", "kill", "--signal", signal, id]).map(drop)
}

/// The column from here is whole, that from the node holds what came, and the reason is told.
fn partial(answer: &Answer, checks: &mut Checks, reason: &str) {
    answer.must_end_with(3, checks);
    checks.same("verdict from here", &answer.here().map(Column::verdict), &Some("healthy"));
    let runs = answer.node().and_then(|node| node.report()["measurements"].as_array());
    checks.so("the column from the node holds no measurement", runs.is_some_and(|runs| !runs.is_empty()));
    checks.holds("all that it said", &answer.everything(), reason);
}

/// Does something while the pod waits for bytes that do not come, and some of its records are here already.
fn in_the_middle(scene: &Scene, act: impl FnOnce(&Running, &Value) -> Result<()>) -> Result<Answer> {
    let fault = Fault::put(Kind::Frozen, &scene.node, "eth0")?;
    let netprobe = scene.netprobe();
    let (local, node) = netprobe.fresh_reports("middle", &scene.node)?;
    let output = ["--output".to_owned(), local.display().to_string()];
    let running = netprobe.begin(&words(&[usual(scene), output.to_vec()].concat()))?;
    let selector = ["--namespace", MAIN, "pods", "-l", OURS];
    let pod = scene.kube.watch(&selector, PATIENCE, |pod| pod["status"]["phase"] == "Running")?;
    let transferring = || fs::read_to_string(&node).is_ok_and(|records| records.contains("pack_start"));
    fault.wait_struck(PATIENCE, transferring)?;
    act(&running, &pod)?;
    running.wait()
}

/// What netprobe made.
const OURS: &str = "app.kubernetes.io/managed-by=netprobe";
const PATIENCE: Duration = Duration::from_mins(1);
