//! Runs that are ended in the middle: by the user, by the system, by somebody in the cluster.

use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;
use serde_json::Value;

use super::{usual, words};
use crate::e2e::case::Case;
use crate::e2e::checks::Checks;
use crate::e2e::fault::{Fault, Kind};
use crate::e2e::netprobe::{Answer, Column};
use crate::e2e::scene::{MAIN, Scene};

pub(super) const INTERRUPTED: Case<Scene> = Case {
    name: "ctrl-c",
    about: "Ctrl-C in the middle ends with 130, shows what there is and leaves nothing.",
    slow: false,
    run: |scene, checks| signalled(scene, checks, Signal::SIGINT, 130),
};

pub(super) const TERMINATED: Case<Scene> = Case {
    name: "sigterm",
    about: "SIGTERM in the middle ends with 143, shows what there is and leaves nothing.",
    slow: false,
    run: |scene, checks| signalled(scene, checks, Signal::SIGTERM, 143),
};

pub(super) const KILLED: Case<Scene> = Case {
    name: "pod-killed",
    about: "A pod that is killed in the middle leaves a part of its column; the other one is whole.",
    slow: false,
    run: |scene, checks| {
        let answer = in_the_middle(scene, |_, pod| {
            let id = pod["status"]["containerStatuses"][0]["containerID"].as_str().context("no container")?;
            let id = id.trim_start_matches("containerd://");
            scene.bench.containerd(&scene.node, &["tasks", "kill", "--signal", "SIGKILL", id]).map(drop)
        })?;
        answer.must_end_with(3, checks);
        checks.same("verdict from here", &answer.here().map(Column::verdict), &Some("healthy"));
        let node = answer.node();
        checks.so("what came from the node before it was killed is not shown", node.is_some());
        let runs = node.and_then(|node| node.report()["measurements"].as_array()).map_or(0, Vec::len);
        checks.so("the node's column holds no measurement", runs > 0);
        checks.holds("all that it said", &format!("{}\n{}", answer.json(), answer.stderr()), "killed");
        Ok(())
    },
};

pub(super) const KEPT: Case<Scene> = Case {
    name: "keep",
    about: "`--keep` leaves the Job and says how to delete it.",
    slow: false,
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

/// Does something while the pod waits for bytes that do not come.
fn in_the_middle(
    scene: &Scene,
    act: impl FnOnce(&crate::e2e::netprobe::Running, &Value) -> Result<()>,
) -> Result<Answer> {
    let fault = Fault::put(Kind::Frozen, &scene.node, "eth0")?;
    let running = scene.netprobe().begin(&words(&usual(scene)))?;
    let selector = ["--namespace", MAIN, "pods", "-l", "app.kubernetes.io/managed-by=netprobe"];
    let pod = scene.kube.watch(&selector, PATIENCE, |pod| pod["status"]["phase"] == "Running")?;
    // The transfer has begun when the fault takes its packets.
    fault.wait_struck(PATIENCE)?;
    act(&running, &pod)?;
    running.wait()
}

const PATIENCE: Duration = Duration::from_mins(1);
