//! Handing the Job over and taking it away again: what is sent, how often, and what is left.

use netprobe_cluster::{Manner, PodEnded};
use serde_json::{Value, json};

use super::scene::{assert_whole, log, never, run, run_through, secs, wish};
use super::stand_in::{Answer, StandIn, World, refusal};

const PODS: &str = "POST /api/v1/namespaces/flux-system/pods";

#[tokio::test(start_paused = true)]
async fn a_post_that_fails_is_sent_once_and_looked_up() {
    for code in [503, 504] {
        let api = StandIn::with_fault(World::healthy(&log()), move |asked, _| {
            (asked.method == "POST" && asked.path.ends_with("/jobs")).then(|| refusal(code, "Timeout", "etcd is slow"))
        });
        let seen = run_through(&api).await;
        assert!(never(&seen).statement.contains("etcd is slow"), "{:?}", seen.run);
        assert_eq!((api.jobs_posted(), api.jobs_deleted()), (1, 1), "it may have been made after all");
        assert!(seen.took < secs(10), "{:?}", seen.took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_that_worked_without_an_answer_goes_on() {
    for (code, reason) in [(504, "Timeout"), (409, "AlreadyExists")] {
        let mut world = World::healthy(&log());
        world.make(&serde_json::to_value(wish().job()).unwrap());
        let api = StandIn::with_fault(world, move |asked, _| {
            (asked.method == "POST" && asked.path.ends_with("/jobs")).then(|| refusal(code, reason, "said late"))
        });
        assert_whole(&run_through(&api).await);
        assert_eq!(api.jobs_posted(), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_of_another_run_is_not_touched() {
    let mut world = World::healthy(&log());
    let mut job = serde_json::to_value(wish().job()).unwrap();
    job["metadata"]["labels"]["netprobe.dev/run-id"] = json!("other");
    world.make(&job);
    let api = StandIn::with_fault(world, |asked, _| {
        (asked.method == "POST" && asked.path.ends_with("/jobs")).then(|| refusal(409, "AlreadyExists", "exists"))
    });
    let seen = run_through(&api).await;
    assert!(never(&seen).statement.contains("another run"));
    assert_eq!((api.jobs_deleted(), seen.run.left), (0, None));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_may_be_another_runs_is_not_deleted() {
    for (code, reason) in [(503, "ServiceUnavailable"), (403, "Forbidden")] {
        let api = StandIn::with_fault(World::healthy(&log()), move |asked, _| {
            let made = asked.method == "POST" && asked.path.ends_with("/jobs");
            let looked_for = asked.method == "GET" && asked.path.contains("/jobs/");
            made.then(|| refusal(409, "AlreadyExists", "exists"))
                .or_else(|| looked_for.then(|| refusal(code, reason, "not now")))
        });
        let seen = run_through(&api).await;
        assert!(never(&seen).statement.contains("not now"), "{:?}", seen.run);
        assert_eq!((api.jobs_posted(), api.jobs_deleted()), (1, 0));
        assert!(seen.run.left.is_some_and(|left| left.contains("--selector netprobe.dev/run-id=")));
    }
}

#[tokio::test(start_paused = true)]
async fn what_pod_security_refuses_is_quoted() {
    let violation = "pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": host namespaces";
    // Found out beforehand: no Job is made.
    let api = StandIn::with_fault(World::healthy(""), move |asked, _| {
        (asked.method == "POST" && asked.path.ends_with("/pods")).then(|| refusal(403, "Forbidden", violation))
    });
    let seen = run_through(&api).await;
    assert!(never(&seen).statement.contains("violates PodSecurity"), "{:?}", seen.run);
    assert_eq!((api.jobs_posted(), api.jobs_deleted()), (0, 0));

    // Without the right to try: by the Job's events, within 15 s.
    let mut world = World::healthy("");
    world.denied = vec!["create pods"];
    world.pod.clear();
    let event = json!({"metadata": {"name": "e"}, "involvedObject": {"kind": "Job", "name": wish().name()}, "type": "Warning",
        "reason": "FailedCreate", "message": format!("Error creating: {violation}"), "count": 1});
    world.events = vec![(secs(1), event)];
    let api = StandIn::new(world);
    let seen = run_through(&api).await;
    assert!(never(&seen).statement.contains("violates PodSecurity"), "{:?}", seen.run);
    assert!(seen.took < secs(15), "{:?}", seen.took);
    assert_eq!((api.count(PODS), api.jobs_posted(), api.jobs_deleted()), (0, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_job_is_a_refusal() {
    let api = StandIn::with_fault(World::healthy(""), |asked, _| {
        (asked.method == "POST" && asked.path.ends_with("/jobs"))
            .then(|| refusal(403, "Forbidden", "User \"me\" cannot create resource \"jobs\""))
    });
    let seen = run_through(&api).await;
    assert!(never(&seen).statement.contains("cannot create resource"));
    assert_eq!(api.jobs_posted(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_deleted_is_told_with_the_command() {
    let mut world = World::healthy(&log());
    world.lingers = secs(3600);
    let seen = run_through(&StandIn::new(world)).await;
    assert!(matches!(seen.run.ended, PodEnded::Whole));
    let left = seen.run.left.unwrap();
    assert!(
        left.contains("netprobe-pod-x") && left.contains("kubectl --namespace flux-system delete job,pod"),
        "{left}"
    );
    assert!(seen.took < secs(15), "{:?}", seen.took);

    let fault: [fn() -> Answer; 3] =
        [|| Answer::Never, || Answer::Broken, || refusal(403, "Forbidden", "cannot delete resource \"jobs\"")];
    for fault in fault {
        let api = StandIn::with_fault(World::healthy(&log()), move |asked, _| (asked.method == "DELETE").then(fault));
        let seen = run_through(&api).await;
        assert!(seen.run.left.is_some_and(|left| left.contains("could not be deleted")));
        assert!(seen.took < secs(15), "{:?}", seen.took);
    }
}

#[tokio::test(start_paused = true)]
async fn keep_leaves_the_job_and_says_so() {
    let api = StandIn::new(World::healthy(&log()));
    let seen = run(&api, Manner { keep: true }, std::future::pending()).await;
    assert!(matches!(seen.run.ended, PodEnded::Whole));
    assert!(seen.run.left.is_some_and(|left| left.starts_with("kept: Job flux-system/")));
    assert_eq!(api.jobs_deleted(), 0);
}

/// The manifest's own parts are tested beside it; here only that this test's world fits it.
#[test]
fn the_job_has_the_label_by_which_it_is_known() {
    let job: Value = serde_json::to_value(wish().job()).unwrap();
    assert_eq!(job["metadata"]["labels"]["netprobe.dev/run-id"], "abc123");
}
