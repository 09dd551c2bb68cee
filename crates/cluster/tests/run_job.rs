//! A Job from its making to its end against an API server in memory, with a stopped clock: every fault takes no time.

mod stand_in;

use std::sync::Mutex;
use std::time::Duration;

use model::{Likeness, PodNetwork};
use netprobe_cluster::frame::{self, Encoder, Hello};
use netprobe_cluster::job::{FluxSettings, JobWish};
use netprobe_cluster::state::PodFault;
use netprobe_cluster::{Manner, PodEnded, PodRun, Sign};
use serde_json::{Value, json};
use stand_in::{Answer, Piece, StandIn, World, ended, refusal, running};
use tokio::time::Instant;

const JOBS: &str = "POST /apis/batch/v1/namespaces/flux-system/jobs";
const PODS: &str = "POST /api/v1/namespaces/flux-system/pods";

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn wish() -> JobWish {
    let plan = serde_json::from_value(json!({
        "target": {"transport": "ssh", "user": "git", "host": "git.example", "path": "/r.git"},
        "git_ref": {"branch": "main"}, "profile": "flux",
        "timeout_us": 20_000_000, "budget_us": 60_000_000, "runs": []
    }))
    .unwrap();
    JobWish {
        run_id: "abc123".into(),
        namespace: "flux-system".into(),
        node: Some("n1".into()),
        network: PodNetwork::Pod,
        image: "localhost/netprobe:0.1.0".into(),
        pull_secrets: Vec::new(),
        plan,
        follow_ups: true,
        secret: Some("bench".into()),
        proxy_secret: None,
        like: FluxSettings::default(),
        likeness: Likeness::Settings,
    }
}

fn records() -> Vec<String> {
    (0..5).map(|number| format!("{{\"line\":{number}}}")).collect()
}

/// What an agent writes that is not disturbed.
fn log() -> String {
    log_of(&records())
}

fn log_of(records: &[String]) -> String {
    let mut encoder = Encoder::new();
    let mut log = encoder.hello(&Hello { netprobe: env!("CARGO_PKG_VERSION").into(), report_version: 1 });
    records.iter().for_each(|record| log.push_str(&encoder.record(record)));
    log + &encoder.end()
}

/// Its first `lines` lines.
fn begin(lines: usize) -> String {
    log().split_inclusive('\n').take(lines).collect()
}

/// What happened, how long it took, and what was told.
struct Seen {
    run: PodRun,
    took: Duration,
    signs: Vec<Sign>,
}

async fn run(api: &StandIn, manner: Manner, stop: impl Future<Output = ()>) -> Seen {
    let (signs, begun) = (Mutex::new(Vec::new()), Instant::now());
    let on = |sign| signs.lock().unwrap().push(sign);
    let limit = secs(600);
    let run = tokio::time::timeout(limit, netprobe_cluster::run_job(&api.contact(), &wish(), &manner, &on, stop)).await;
    let run = run.expect("no run may wait without a bound");
    Seen { run, took: begun.elapsed(), signs: signs.into_inner().unwrap() }
}

async fn run_through(api: &StandIn) -> Seen {
    run(api, Manner::default(), std::future::pending()).await
}

fn never(seen: &Seen) -> &PodFault {
    let PodEnded::Never(fault) = &seen.run.ended else { panic!("never ran: {:?}", seen.run) };
    fault
}

fn partial(seen: &Seen) -> &PodFault {
    let PodEnded::Partial(fault) = &seen.run.ended else { panic!("partial: {:?}", seen.run) };
    fault
}

fn assert_whole(seen: &Seen) {
    assert!(matches!(seen.run.ended, PodEnded::Whole), "{:?}", seen.run);
    assert_eq!(seen.run.records, records());
    let told: Vec<&str> = seen
        .signs
        .iter()
        .filter_map(|sign| if let Sign::Record(line) = sign { Some(line.as_str()) } else { None })
        .collect();
    assert_eq!(told, records(), "each record is told once");
    assert_eq!(seen.run.left, None);
}

fn told(seen: &Seen) -> String {
    let lines =
        seen.signs.iter().filter_map(|sign| if let Sign::Told(line) = sign { Some(line.as_str()) } else { None });
    lines.collect::<Vec<_>>().join("\n")
}

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
    let mut world = World::healthy(&log());
    world.make(&serde_json::to_value(wish().job()).unwrap());
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
    let journal = records();
    world.logs = vec![vec![Piece::Text(begin(2))]];
    world.log_at_rest = vec![Piece::Text(begin(2))];
    world.pod.push((secs(4), ended(0, "Completed", &frame::summary(&journal))));
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
async fn words_that_are_no_frames_are_passed_on() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text("exec /netprobe: exec format error\n".into())]];
    world.log_at_rest = world.logs[0].clone();
    world.pod.push((secs(2), ended(1, "Error", "")));
    let seen = run_through(&StandIn::new(world)).await;
    assert!(never(&seen).statement.contains("exec format error"), "{:?}", seen.run);
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

#[tokio::test(start_paused = true)]
async fn a_stop_before_the_post_makes_nothing() {
    let api =
        StandIn::with_fault(World::healthy(""), |asked, _| asked.path.ends_with("/pods").then_some(Answer::Never));
    let seen = run(&api, Manner::default(), tokio::time::sleep(secs(1))).await;
    assert!(matches!(seen.run.ended, PodEnded::Stopped));
    assert_eq!((api.jobs_posted(), api.jobs_deleted(), seen.run.left), (0, 0, None));
    assert_eq!(seen.took, secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_the_post_deletes_what_it_made() {
    let api = StandIn::with_fault(World::healthy(""), |asked, _| {
        let made = Answer::Json(201, asked.body.clone());
        (asked.method == "POST" && asked.path.ends_with("/jobs")).then(|| Answer::Late(secs(3), Box::new(made)))
    });
    let seen = run(&api, Manner::default(), tokio::time::sleep(secs(1))).await;
    assert!(matches!(seen.run.ended, PodEnded::Stopped));
    assert_eq!((api.jobs_posted(), api.jobs_deleted()), (1, 1));
    assert!(seen.took < secs(15), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_it_waits_deletes_the_job() {
    let mut world = World::healthy("");
    world.pod.truncate(1);
    let api = StandIn::new(world);
    let seen = run(&api, Manner::default(), tokio::time::sleep(secs(4))).await;
    assert!(matches!(seen.run.ended, PodEnded::Stopped));
    assert_eq!((api.jobs_deleted(), seen.run.left, seen.run.records.len()), (1, None, 0));
    assert!(seen.took < secs(8), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_it_runs_waits_for_the_last_words() {
    let mut world = World::healthy("");
    let rest = log().split_inclusive('\n').skip(3).collect();
    world.logs = vec![vec![Piece::Text(begin(3)), Piece::Pause(secs(6)), Piece::Text(rest), Piece::Hang]];
    let api = StandIn::new(world);
    let seen = run(&api, Manner::default(), tokio::time::sleep(secs(5))).await;
    assert!(matches!(seen.run.ended, PodEnded::Stopped));
    assert_eq!(seen.run.records, records());
    assert_eq!((api.jobs_deleted(), seen.run.left.clone()), (1, None));
    assert!(seen.took < secs(10), "{:?}", seen.took);
    let deletions = api.requests().iter().position(|request| request.starts_with("DELETE"));
    assert!(deletions.is_some(), "the agent speaks its last words because it was told to end");
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_an_agent_that_says_nothing() {
    let mut world = World::healthy("");
    world.logs = vec![vec![Piece::Text(begin(3)), Piece::Hang]];
    let seen = run(&StandIn::new(world), Manner::default(), tokio::time::sleep(secs(5))).await;
    assert_eq!(seen.run.records, records()[..2]);
    assert!(seen.took <= secs(5 + 5 + 1), "{:?}", seen.took);
}

/// The manifest's own parts are tested beside it; here only that this test's world fits it.
#[test]
fn the_job_has_the_label_by_which_it_is_known() {
    let job: Value = serde_json::to_value(wish().job()).unwrap();
    assert_eq!(job["metadata"]["labels"]["netprobe.dev/run-id"], "abc123");
    assert_eq!(JOBS.split(' ').count(), 2);
}
