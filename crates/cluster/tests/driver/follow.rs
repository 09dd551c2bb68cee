//! Along the log of a pod: cut, silent, ended too early, ended from outside.

use netprobe_cluster::state::FaultKind;
use netprobe_cluster::{Manner, PodEnded, Sign};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::scene::{assert_whole, begin, log, log_of, never, partial, records, run_of, run_through, secs, told, wish};
use super::stand_in::{Answer, Piece, StandIn, World, ended, refusal, running};

const JOURNAL: &str = include_str!("../../../../reports/samples/connect-refused/report.jsonl");
const PODS: &str = "POST /api/v1/namespaces/flux-system/pods";

#[tokio::test(start_paused = true)]
async fn a_healthy_run_is_read_whole_and_leaves_nothing() {
    let api = StandIn::new(World::healthy(&log()));
    let seen = run_through(&api).await;
    assert_whole(&seen);
    assert!(seen.took < secs(5), "{:?}", seen.took);
    assert_eq!((api.count(PODS), api.jobs_posted(), api.jobs_deleted()), (1, 1, 1));
    let deletion = api.asked("DELETE").remove(0);
    assert!(
        format!("{} {}", deletion.query, deletion.body).contains("Background"),
        "else the pod stays, still running"
    );
    let dry = api.asked(PODS).remove(0);
    assert!(dry.query.contains("dryRun=All"));
    assert!(!api.requests().iter().any(|request| request.contains("secrets") || request.contains("watch")));
    assert!(told(&seen).contains("runs on node n1"), "{}", told(&seen));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_cut_is_read_again_from_its_beginning() {
    for end in [None, Some(Piece::Break)] {
        let mut world = World::healthy(&log());
        let cut: Vec<Piece> = std::iter::once(Piece::Text(begin(3) + "NP1 rec")).chain(end).collect();
        world.logs = vec![cut.clone(), cut, vec![Piece::Text(log()), Piece::Hang]];
        let api = StandIn::new(world);
        assert_whole(&run_through(&api).await);
        assert_eq!(api.asked("GET").iter().filter(|asked| asked.path.ends_with("/log")).count(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_ends_cleanly_without_its_end_is_not_believed() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text(begin(2))]];
    world.log_at_rest = vec![Piece::Text(begin(2))];
    world.pod.push((secs(4), ended(0, "Completed", "")));
    let seen = run_through(&StandIn::new(world)).await;
    assert!(partial(&seen).statement.contains("does not hold the whole report"));
    assert!(!seen.run.records.is_empty());

    // The same, where what was missing is there once the pod has ended.
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text(begin(2))]];
    world.log_at_rest = vec![Piece::Text(log())];
    world.pod.push((secs(4), ended(0, "Completed", "")));
    assert_whole(&run_through(&StandIn::new(world)).await);
}

#[tokio::test(start_paused = true)]
async fn the_termination_message_stands_in_for_a_log_that_cannot_be_read() {
    let journal: Vec<String> = JOURNAL.lines().map(str::to_owned).collect();
    let mut world = World::healthy("");
    world.pod.push((secs(4), ended(0, "Completed", &frame::summary(&journal))));
    let api = StandIn::with_fault(world, |asked, _| {
        asked.path.ends_with("/log").then(|| refusal(500, "InternalError", "dial tcp 10.0.0.2:10250: i/o timeout"))
    });
    let seen = run_through(&api).await;
    assert!(partial(&seen).statement.contains("does not hold the whole report"), "{:?}", seen.run.ended);
    assert!(told(&seen).contains("10250: i/o timeout"), "{}", told(&seen));
    assert!(
        seen.run.records.len() > 5 && seen.run.records[0].contains(r#""record":"header""#),
        "{:?}",
        seen.run.records
    );
}

#[tokio::test(start_paused = true)]
async fn words_that_are_no_frames_are_passed_on() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text("exec /netprobe: exec format error\n".into())]];
    world.log_at_rest = world.logs[0].clone();
    world.pod.push((secs(2), ended(1, "Error", "")));
    let seen = run_through(&StandIn::new(world)).await;
    assert!(never(&seen).statement.contains("exec format error"), "{:?}", seen.run);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_was_killed_leaves_what_it_had_written() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text(begin(3)), Piece::Pause(secs(3))]];
    world.log_at_rest = vec![Piece::Text(begin(3))];
    world.pod.push((secs(4), ended(137, "Error", "")));
    let seen = run_through(&StandIn::new(world)).await;
    assert!(partial(&seen).statement.contains("was killed (SIGKILL)"), "{:?}", seen.run.ended);
    assert_eq!(seen.run.records, records()[..2]);
    assert!(seen.took < secs(10), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_was_ended_from_outside_has_not_measured_everything() {
    let end = r#"{"record":"end","at_us":7,"ending":"stopped","cause":"terminate"}"#;
    let log = log_of(&[r#"{"record":"header"}"#, end].map(str::to_owned));
    let seen = run_through(&StandIn::new(World::healthy(&log))).await;
    assert!(partial(&seen).statement.contains("told to end"), "{:?}", seen.run.ended);
    assert_eq!(seen.run.records.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_report_of_a_later_version_is_refused_and_not_half_read() {
    let later = log().replace(r#""report_version":1"#, r#""report_version":2"#);
    let running = World::healthy(&later);
    // Over before its log could be followed.
    let mut over = World::healthy(&later);
    over.logs = vec![Vec::new()];
    over.pod[1] = (secs(1), ended(0, "Completed", ""));
    for world in [running, over] {
        let api = StandIn::new(world);
        let seen = run_through(&api).await;
        assert_eq!(never(&seen).kind, FaultKind::Version);
        assert!(never(&seen).statement.contains("reports of version 2, and this one reads up to 1"), "{:?}", seen.run);
        assert!(!seen.signs.iter().any(|sign| matches!(sign, Sign::Record(_))), "{:?}", seen.signs);
        assert!(seen.run.records.is_empty() && seen.took < secs(5), "{:?}", seen.took);
        assert_eq!(api.jobs_deleted(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn another_program_of_the_same_report_version_is_told_and_read() {
    let other = log().replace(env!("CARGO_PKG_VERSION"), "9.9.9");
    let seen = run_through(&StandIn::new(World::healthy(&other))).await;
    assert_whole(&seen);
    assert!(told(&seen).contains("the pod's netprobe is 9.9.9"), "{}", told(&seen));
}

/// What a webhook puts beside the container, whatever its labels say.
fn beside(status: &mut Value, state: &Value) {
    let sidecar =
        json!({"name": "istio-proxy", "ready": false, "restartCount": 0, "image": "x", "imageID": "", "state": state});
    status["containerStatuses"].as_array_mut().unwrap().insert(0, sidecar);
}

#[tokio::test(start_paused = true)]
async fn a_sidecar_is_not_taken_for_the_container() {
    let over = json!({"terminated": {"exitCode": 0, "startedAt": "2026-11-24T02:00:01Z", "finishedAt": "2026-11-24T02:00:02Z"}});
    let waits = json!({"name": "netprobe", "ready": false, "restartCount": 0, "image": "x", "imageID": "",
        "state": {"waiting": {"reason": "ContainerCreating"}}});
    let mut first = json!({"phase": "Pending", "containerStatuses": [waits],
        "conditions": [{"type": "PodScheduled", "status": "True"}]});
    beside(&mut first, &json!({"running": {"startedAt": "2026-11-24T02:00:01Z"}}));
    // The sidecar runs, and the container is held up: the events say by what.
    let mut world = World::healthy("");
    world.pod = vec![(secs(0), first)];
    let about = json!({"kind": "Pod", "name": "netprobe-pod-x"});
    let event = json!({"metadata": {"name": "e"}, "involvedObject": about, "type": "Warning", "reason": "FailedMount",
        "message": "MountVolume.SetUp failed: secret \"bench\" not found", "count": 1});
    world.events = vec![(secs(2), event)];
    assert_eq!(never(&run_through(&StandIn::new(world)).await).kind, FaultKind::Secret);

    // The sidecar is over and the container is silent: there is more to come, so its log is not read to its end.
    let mut world = World::healthy("");
    beside(&mut world.pod[1].1, &over);
    world.logs = vec![vec![Piece::Text(begin(3)), Piece::Hang]];
    let api = StandIn::new(world);
    let seen = run_through(&api).await;
    assert!(partial(&seen).statement.contains("30 s"), "{:?}", seen.run.ended);
    let logs = api.asked("GET").into_iter().filter(|asked| asked.path.ends_with("/log"));
    assert!(
        logs.clone().all(|asked| asked.query.contains("follow=true") && asked.query.contains("container=netprobe"))
    );
    assert!(logs.count() > 0);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_made_for_the_pod_gets_the_patience_of_any_other() {
    let unplaced = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
        "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Insufficient cpu."}]});
    let placed = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}]});
    let creating = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}],
        "containerStatuses": [{"name": "netprobe", "ready": false, "restartCount": 0, "image": "x", "imageID": "",
            "state": {"waiting": {"reason": "ContainerCreating"}}}]});
    let event = |reason: &str| {
        json!({"metadata": {"name": reason}, "involvedObject": {"kind": "Pod", "name": "netprobe-pod-x"},
            "type": "Normal", "reason": reason, "message": "m", "count": 1})
    };
    let mut world = World::healthy(&log());
    world.pod = vec![(secs(0), unplaced), (secs(100), placed), (secs(110), creating), (secs(115), running())];
    // A new node's network comes a little later than the node.
    world.events = vec![(secs(2), event("TriggeredScaleUp")), (secs(110), event("NetworkNotReady"))];
    let api = StandIn::new(world);
    let mut anywhere = wish();
    anywhere.node = None;
    let seen = run_of(&api, &anywhere, Manner::default(), std::future::pending()).await;
    assert_whole(&seen);
    assert!((secs(115)..secs(120)).contains(&seen.took), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn silence_is_named_after_thirty_seconds() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text(begin(3)), Piece::Hang]];
    world.log_at_rest = vec![Piece::Text(begin(3))];
    let api = StandIn::new(world);
    let seen = run_through(&api).await;
    assert!(told(&seen).contains("nothing has come from the pod for 30 s"), "{}", told(&seen));
    assert!(partial(&seen).statement.contains("30 s"));
    assert_eq!(seen.run.records, records()[..2]);
    assert!((secs(30)..secs(40)).contains(&seen.took), "{:?}", seen.took);
    assert_eq!(api.jobs_deleted(), 1);
}

#[tokio::test(start_paused = true)]
async fn words_that_are_no_frames_are_no_sign_of_life() {
    let chatter = std::iter::repeat_n([Piece::Pause(secs(2)), Piece::Text("still here\n".into())], 100);
    let log: Vec<Piece> = std::iter::once(Piece::Text(begin(3))).chain(chatter.flatten()).collect();
    let mut world = World::healthy("");
    world.logs = vec![log];
    let seen = run_through(&StandIn::new(world)).await;
    assert!(partial(&seen).statement.contains("30 s"), "{:?}", seen.run.ended);
    assert!((secs(30)..secs(40)).contains(&seen.took), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_stands_still_goes_on_where_it_is_opened_again() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text(begin(3)), Piece::Hang], vec![Piece::Text(log()), Piece::Hang]];
    let seen = run_through(&StandIn::new(world)).await;
    assert_whole(&seen);
    assert!((secs(30)..secs(40)).contains(&seen.took), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn silence_of_a_log_that_cannot_be_read_is_waited_out() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text(begin(3)), Piece::Hang]];
    let api = StandIn::with_fault(world, |asked, world| {
        let cut = world.age().is_some_and(|age| age > secs(25));
        (cut && asked.path.ends_with("/log")).then_some(Answer::Never)
    });
    let seen = run_through(&api).await;
    assert!(partial(&seen).statement.contains("60 s"), "{:?}", seen.run.ended);
    assert!((secs(60)..secs(75)).contains(&seen.took), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn a_lost_node_is_named() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text(begin(3)), Piece::Hang]];
    let mut doubtful = running();
    doubtful["conditions"][1]["status"] = json!("False");
    world.pod.push((secs(50), doubtful));
    world.node_ready.push((secs(50), "Unknown"));
    let api = StandIn::with_fault(world, |asked, world| {
        let lost = world.age().is_some_and(|age| age > secs(25));
        (lost && asked.path.ends_with("/log")).then_some(Answer::Never)
    });
    let seen = run_through(&api).await;
    assert!(partial(&seen).statement.contains("n1"), "{:?}", seen.run.ended);
    assert!(seen.took < secs(90), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_in_doubt_is_as_lost_as_its_node() {
    for node in ["True", "Unknown"] {
        let rest = log().split_inclusive('\n').skip(3).collect();
        let mut world = World::healthy("");
        world.logs = vec![vec![Piece::Text(begin(3)), Piece::Pause(secs(20)), Piece::Text(rest), Piece::Hang]];
        let mut doubtful = running();
        doubtful["conditions"][1]["status"] = json!("False");
        doubtful["conditions"].as_array_mut().unwrap().push(json!({"type": "ContainersReady", "status": "True"}));
        world.pod.push((secs(5), doubtful));
        world.node_ready.push((secs(5), node));
        let seen = run_through(&StandIn::new(world)).await;
        if node == "True" {
            assert_whole(&seen);
        } else {
            assert_eq!(partial(&seen).kind, FaultKind::NodeLost);
            assert!(seen.took < secs(15), "{:?}", seen.took);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_stops_answering_ends_the_run() {
    // From the first question on.
    let api = StandIn::with_fault(World::healthy(""), |_, _| Some(Answer::Never));
    let contact = api.contact();
    let begun = Instant::now();
    assert!(contact.greet().await.unwrap_err().is_unreachable());
    assert_eq!(begun.elapsed(), secs(5));
    let seen = run_through(&api).await;
    assert!(never(&seen).statement.contains("no answer within 10 s"), "{:?}", seen.run);
    assert!(seen.took < secs(80), "{:?}", seen.took);
    assert!(seen.run.left.is_some_and(|left| left.contains("delete job,pod --selector")));

    // While the pod is waited for, and while it runs.
    for from in [0, 5] {
        let mut world = World::healthy("");
        world.logs = vec![vec![Piece::Text(begin(3)), Piece::Hang]];
        let api = StandIn::with_fault(world, move |_, world| {
            world.age().is_some_and(|age| age >= secs(from)).then_some(Answer::Never)
        });
        let seen = run_through(&api).await;
        assert!(seen.took < secs(120), "{:?}", seen.took);
        assert_eq!(matches!(seen.run.ended, PodEnded::Never(_)), from == 0, "{:?}", seen.run.ended);
        assert!(seen.run.left.is_some());
    }
}
