//! The user stops: before the POST, during it, while the pod is waited for, while it runs.

use netprobe_cluster::{Manner, PodEnded};

use super::scene::{begin, log, records, run, secs};
use super::stand_in::{Answer, Piece, StandIn, World};

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
