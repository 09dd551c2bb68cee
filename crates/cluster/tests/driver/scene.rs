//! One run against the stand-in: what is wished for, what a pod writes, and what came of it.

use std::sync::Mutex;
use std::time::Duration;

use frame::{Encoder, Hello};
use model::{Likeness, PodNetwork};
use netprobe_cluster::job::{FluxSettings, JobWish};
use netprobe_cluster::state::PodFault;
use netprobe_cluster::{Manner, PodEnded, PodRun, Sign};
use serde_json::json;
use tokio::time::Instant;

use super::stand_in::StandIn;

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn wish() -> JobWish {
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

pub(crate) fn records() -> Vec<String> {
    (0..5).map(|number| format!("{{\"line\":{number}}}")).collect()
}

/// What an agent writes that is not disturbed.
pub(crate) fn log() -> String {
    log_of(&records())
}

pub(crate) fn log_of(records: &[String]) -> String {
    let mut encoder = Encoder::new();
    let mut log = encoder.hello(&Hello { netprobe: env!("CARGO_PKG_VERSION").into(), report_version: 1 });
    for record in records {
        log.push_str(&encoder.record(record));
    }
    log + &encoder.end()
}

/// Its first `lines` lines.
pub(crate) fn begin(lines: usize) -> String {
    log().split_inclusive('\n').take(lines).collect()
}

/// What happened, how long it took, and what was told.
pub(crate) struct Seen {
    pub(crate) run: PodRun,
    pub(crate) took: Duration,
    pub(crate) signs: Vec<Sign>,
}

pub(crate) async fn run(api: &StandIn, manner: Manner, stop: impl Future<Output = ()>) -> Seen {
    run_of(api, &wish(), manner, stop).await
}

pub(crate) async fn run_of(api: &StandIn, wish: &JobWish, manner: Manner, stop: impl Future<Output = ()>) -> Seen {
    let (signs, begun) = (Mutex::new(Vec::new()), Instant::now());
    let on = |sign| signs.lock().unwrap().push(sign);
    let limit = secs(600);
    let run = tokio::time::timeout(limit, netprobe_cluster::run_job(&api.contact(), wish, &manner, &on, stop)).await;
    let run = run.expect("no run may wait without a bound");
    Seen { run, took: begun.elapsed(), signs: signs.into_inner().unwrap() }
}

pub(crate) async fn run_through(api: &StandIn) -> Seen {
    run(api, Manner::default(), std::future::pending()).await
}

pub(crate) fn never(seen: &Seen) -> &PodFault {
    let PodEnded::Never(fault) = &seen.run.ended else { panic!("never ran: {:?}", seen.run) };
    fault
}

pub(crate) fn partial(seen: &Seen) -> &PodFault {
    let PodEnded::Partial(fault) = &seen.run.ended else { panic!("partial: {:?}", seen.run) };
    fault
}

pub(crate) fn assert_whole(seen: &Seen) {
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

pub(crate) fn told(seen: &Seen) -> String {
    let lines =
        seen.signs.iter().filter_map(|sign| if let Sign::Told(line) = sign { Some(line.as_str()) } else { None });
    lines.collect::<Vec<_>>().join("\n")
}
