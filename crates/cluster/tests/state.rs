//! What became of the pod: objects as the API server shows them (Kubernetes 1.32 to 1.34, containerd), and what is made of
//! them. All sentences stand in `samples/states.txt`, to be read as a user reads them.
//!
//! `UPDATE_SAMPLES=1 cargo test -p netprobe-cluster --test state` writes them anew; look at what changed.

#[path = "state/sights.rs"]
mod sights;

use std::fmt::Write as _;
use std::path::Path;

use netprobe_cluster::state::{FaultClass, FaultKind, State};
use serde_json::json;
use sights::{Shown, event, pod_event, shown};

/// Name, what is shown, after how many seconds it has to be told, and as what.
fn faults() -> Vec<(&'static str, Shown, u64, FaultKind)> {
    use FaultKind::*;
    let mut all = Vec::new();
    all.extend(
        sights::refusals().map(|(name, text)| (name, shown().event(event("Job", "FailedCreate", text)), 0, Refused)),
    );
    let late = "Error creating: etcdserver: request timed out";
    all.push(("refused-by-storage", shown().event(event("Job", "FailedCreate", late)), 15, Refused));
    all.push(("no-pod-at-all", shown(), 30, NoPod));
    let suspended = shown().job_condition("Suspended", "JobSuspended", "Job suspended");
    all.push(("suspended-by-a-queue", suspended, 15, NoPod));
    all.extend(sights::unschedulable().map(|(name, text, named, seconds)| {
        (name, shown().pod(sights::unscheduled(text, named)), seconds, Unschedulable)
    }));
    let scheduled = || shown().pod(sights::scheduled());
    all.push(("ghost-kubelet", scheduled(), 60, NodeLost));
    all.push(("no-scheduler", shown().pod(sights::pending()), 60, Unschedulable));
    all.extend(
        sights::waiting()
            .map(|(name, reason, text, seconds, kind)| (name, shown().pod(sights::waits(reason, text)), seconds, kind)),
    );
    all.extend(sights::hindered().map(|(name, reason, text, times, seconds, kind)| {
        let creating = shown().pod(sights::waits("ContainerCreating", ""));
        (name, creating.event(pod_event(reason, text, times)), seconds, kind)
    }));
    all.extend(sights::ended().map(|(name, status, kind)| (name, shown().pod(sights::with_status(&status)), 0, kind)));
    let quiet = json!({"exitCode": 1, "reason": "Error"});
    let other = shown().pod(sights::terminated(&quiet)).node(sights::node("True", sights::another_architecture()));
    all.push(("architecture-unsaid", other, 0, Architecture));
    all.push(("node-lost", shown().pod(sights::running("True")).node(sights::node("Unknown", "amd64")), 0, NodeLost));
    all.push(("node-lost-and-not-to-be-seen", shown().pod(sights::running("False")), 0, NodeLost));
    let deadline = "Job was active longer than specified deadline";
    let over = |kind| shown().job_condition(kind, "DeadlineExceeded", deadline);
    all.push(("job-deadline", over("Failed"), 0, Deadline));
    all.push(("job-deadline-on-a-lost-node", over("FailureTarget"), 0, Deadline));
    let limit = "Job has reached the specified backoff limit";
    all.push(("pod-deleted", shown().job_condition("Failed", "BackoffLimitExceeded", limit), 0, Disrupted));
    all.push(("job-deleted", shown().without_job(), 0, Disrupted));
    all
}

#[test]
fn each_fault_is_named_in_time_and_not_before() {
    for (name, shown, seconds, kind) in faults() {
        match shown.state(seconds) {
            State::Failed(fault) => assert_eq!(fault.kind, kind, "{name}: {}", fault.statement),
            other => panic!("{name} after {seconds} s: {other:?}"),
        }
        if seconds > 0 {
            let early = shown.state(seconds - 1);
            assert!(matches!(early, State::Waiting(_)), "{name} after {} s: {early:?}", seconds - 1);
        }
    }
}

#[test]
fn sentences_are_as_stored() {
    let mut text = String::new();
    for (name, shown, seconds, _) in faults() {
        let State::Failed(fault) = shown.state(seconds) else { panic!("{name}") };
        let (kind, class) = (fault.kind, fault.class());
        writeln!(text, "{name}: {kind:?}, {class:?}, after {seconds} s\n  {}\n  {}\n", fault.statement, fault.remedy)
            .unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/states.txt");
    if std::env::var_os("UPDATE_SAMPLES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{} is not what is said now", path.display());
}

#[test]
fn what_goes_well_is_no_fault() {
    assert!(matches!(shown().state(0), State::Waiting(_)));
    assert!(matches!(shown().pod(sights::pending()).state(1), State::Waiting(_)));
    assert!(matches!(shown().pod(sights::scheduled()).state(1), State::Waiting(_)));
    assert!(matches!(shown().pod(sights::waits("ContainerCreating", "")).state(59), State::Waiting(_)));
    let here = sights::node("True", "amd64");
    assert_eq!(shown().pod(sights::running("True")).node(here.clone()).state(100), State::Running);
    assert_eq!(shown().pod(sights::running("True")).state(100), State::Running);
    let whole = json!({"exitCode": 0, "reason": "Completed", "message": "NP1 summary x"});
    let ended = State::Ended { exit_code: 0, message: "NP1 summary x".into() };
    assert_eq!(shown().pod(sights::terminated(&whole)).node(here).state(100), ended);
    let after = shown().pod(sights::terminated(&whole)).node(sights::node("Unknown", "amd64"));
    assert_eq!(after.state(100), ended, "a report that is there is there, whatever became of the node since");
    let crashed = json!({"exitCode": 101, "reason": "Error", "message": "panicked"});
    let crashed = shown().pod(sights::terminated(&crashed)).state(9);
    assert_eq!(crashed, State::Ended { exit_code: 101, message: "panicked".into() });
}

#[test]
fn a_pull_secret_that_is_missing_is_said() {
    let said = "Unable to retrieve some image pull secrets (registry); attempting to pull the image may not succeed.";
    let (_, reason, text, ..) = sights::waiting().find(|(name, ..)| *name == "image-needs-login").unwrap();
    let pulling = shown().pod(sights::waits(reason, text));
    let remedy = |shown: Shown| match shown.state(15) {
        State::Failed(fault) => fault.remedy,
        other => panic!("{other:?}"),
    };
    let missing = remedy(pulling.clone().event(pod_event("FailedToRetrieveImagePullSecret", said, 1)));
    assert!(missing.contains("not in this namespace") && !remedy(pulling).contains("not in this namespace"));
}

#[test]
fn what_repeats_is_named_at_once() {
    let pulling = shown().pod(sights::waits("ErrImagePull", sights::NOT_LOADED));
    let failed = |times| pulling.clone().event(pod_event("Failed", sights::NOT_LOADED, times));
    assert!(matches!(failed(1).state(2), State::Waiting(_)));
    assert!(matches!(failed(2).state(2), State::Failed(fault) if fault.kind == FaultKind::Image));
    let (_, reason, text, ..) = sights::hindered().next().unwrap();
    let sandbox = |times| shown().pod(sights::waits("ContainerCreating", "")).event(pod_event(reason, text, times));
    assert!(matches!(sandbox(1).state(2), State::Waiting(_)));
    assert!(matches!(sandbox(2).state(2), State::Failed(fault) if fault.kind == FaultKind::Sandbox));
}

#[test]
fn a_node_that_is_being_made_is_waited_for() {
    let full = "0/2 nodes are available: 2 Insufficient cpu.";
    let grows = shown().pod(sights::unscheduled(full, false)).event(pod_event(
        "TriggeredScaleUp",
        "pod triggered scale-up: [{asg-1 2->3 (max: 9)}]",
        1,
    ));
    assert!(matches!(grows.state(100), State::Waiting(_)));
    assert!(matches!(grows.state(180), State::Failed(_)));
}

#[test]
fn words_of_the_cluster_are_harmless_and_bounded() {
    let text = format!("pods is forbidden: exceeded quota: \x1b[2J\u{202e}{}", "q".repeat(100_000));
    let State::Failed(fault) = shown().event(event("Job", "FailedCreate", &text)).state(0) else { panic!() };
    assert!(fault.statement.len() < 1000, "{} bytes", fault.statement.len());
    assert!(!fault.statement.contains(['\x1b', '\u{202e}']));
    let mut pod = sights::running("False");
    pod["spec"]["nodeName"] = json!("n\x1b[2J");
    let State::Failed(fault) = shown().pod(pod).state(0) else { panic!() };
    assert!(!format!("{}{}", fault.statement, fault.remedy).contains('\x1b'));
}

#[test]
fn empty_objects_are_nothing_special() {
    for pod in [json!({}), json!({"spec": {"containers": []}}), json!({"status": {"phase": "Failed"}})] {
        for node in [json!({}), json!({"status": {"conditions": []}})] {
            for event in [json!({"metadata": {}, "involvedObject": {}}), event("Pod", "Failed", "")] {
                let shown = shown().pod(pod.clone()).node(node.clone()).event(event);
                let _ = (shown.state(0), shown.state(1000));
            }
        }
    }
}

#[test]
fn a_fault_is_either_ours_to_put_right_or_bad_luck() {
    for (name, _, _, kind) in faults() {
        let luck = matches!(kind, FaultKind::Memory | FaultKind::Disrupted | FaultKind::Deadline | FaultKind::NodeLost);
        assert_eq!(kind.class() == FaultClass::Inconclusive, luck, "{name}");
    }
}
