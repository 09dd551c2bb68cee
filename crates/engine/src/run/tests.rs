use access::git_config::GitConfig;
use access::{Access, Client, HttpWish, Surroundings};
use measure::{Card, ProbeFuture, StopHandle};
use model::{Parameters, Purpose, Seen, Target, Tool, Vantage, VantageKind};

use super::*;
use crate::{Wish, plan};

/// A probe that does what its name says.
enum Fake {
    Completes,
    Panics,
    /// Ignores both its deadline and the wish to stop.
    Hangs,
    /// Waits as real probes do.
    Waits,
}

impl Probe for Fake {
    fn card(&self) -> &'static Card {
        &Card { name: "git_upload_pack", question: "", method: "", cost: "", privileges: "", blind_to: "" }
    }

    fn run(&self, _: &Parameters, context: Context) -> Option<ProbeFuture> {
        Some(match self {
            Self::Completes => Box::pin(async { Ended::Complete }),
            Self::Panics => Box::pin(async move {
                context.recorder.remark("before");
                panic!("a bug of ours")
            }),
            Self::Hangs => Box::pin(std::future::pending()),
            Self::Waits => Box::pin(async move {
                let timeline = measure::Timeline::start(context, Micros::from_secs(600));
                timeline.enter(model::Stage::Resolve);
                let problem = timeline.watch(std::future::pending::<()>()).await.unwrap_err();
                timeline.fail(model::Step::Resolve { host: "h".into(), addresses: vec![] }, problem);
                Ended::Failed
            }),
        })
    }
}

struct Bench {
    budget_us: Micros,
    stop: (StopHandle, Stop),
    journal: Option<JournalFile>,
    follow_ups: u32,
    thorough: bool,
}

impl Default for Bench {
    fn default() -> Self {
        Self { budget_us: Micros::from_secs(30), stop: Stop::pair(), journal: None, follow_ups: 0, thorough: false }
    }
}

impl Bench {
    async fn run(self, probe: &'static Fake) -> Report {
        let (target, _) = Target::parse("http://127.0.0.1:9/r").unwrap();
        let url = target.url().parse().unwrap();
        let plan = plan(Wish {
            budget_us: self.budget_us,
            around: self.thorough,
            thorough: self.thorough,
            ..Wish::new(target)
        });
        let surroundings = Surroundings::bare(std::path::Path::new("/nonexistent"));
        let wish = HttpWish { url, token_file: None, ca_file: None, proxy: None, client: Client::Flux };
        let access = Access::for_http(&surroundings, &GitConfig::default(), &wish).unwrap();
        let header = Header {
            format: Header::FORMAT.into(),
            version: model::REPORT_VERSION,
            id: "0".into(),
            created: "2026-01-01T00:00:00Z".into(),
            tool: Tool { name: "netprobe".into(), version: "0".into() },
            vantage: Vantage {
                kind: VantageKind::Workstation,
                host_name: "h".into(),
                kernel: "k".into(),
                processors: 1,
                congestion_control: "cubic".into(),
                interfaces: vec![],
                pod: None,
            },
            plan,
        };
        let wanted = self.follow_ups;
        let follow_up = move |report: &Report, _: Micros| {
            let runs = || report.measurements.iter().map(|measurement| &measurement.run);
            let made = u32::try_from(runs().filter(|run| run.purpose != Purpose::Asked).count()).unwrap();
            let first = report.measurements[0].run.clone();
            let purpose = Purpose::FollowUp { after: first.id, question: "?".into() };
            let known = u32::try_from(report.header.plan.runs.len()).unwrap();
            (made < wanted).then(|| Run { id: RunId(known + made + 1), purpose, ..first })
        };
        run(Job {
            header,
            way: Arc::new(Way::Http { access, surroundings }),
            probes: &[probe],
            follow_up: &follow_up,
            notes: vec![Note { text: "a note".into() }],
            symptom: None,
            journal: self.journal,
            listener: Arc::new(|_| {}),
            gauge: Gauge::default(),
            clock: Clock::start(),
            stop: self.stop.1,
            stop_cause: &|| StopCause::Interrupt,
        })
        .await
    }
}

#[tokio::test(start_paused = true)]
async fn follow_ups_are_made_until_there_is_none() {
    let report = Bench { follow_ups: 3, ..Bench::default() }.run(&Fake::Completes).await;
    assert_eq!(report.measurements.iter().map(|m| m.run.id.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!((report.ending, report.notes.len()), (Ending::Complete, 1));
}

#[tokio::test(start_paused = true)]
async fn follow_ups_come_before_the_extras_of_a_thorough_run() {
    let report = Bench { follow_ups: 2, thorough: true, ..Bench::default() }.run(&Fake::Completes).await;
    let order = report.measurements.iter().map(|made| match (&made.run.purpose, is_extra(&made.run.parameters)) {
        (Purpose::FollowUp { .. }, _) => "follow-up",
        (Purpose::Asked, true) => "extra",
        (Purpose::Asked, false) => "plain",
    });
    assert_eq!(order.collect::<Vec<_>>(), ["plain", "plain", "follow-up", "follow-up", "extra"]);
}

#[tokio::test(start_paused = true)]
async fn a_follow_up_without_end_is_ended() {
    let report = Bench { follow_ups: 1_000, ..Bench::default() }.run(&Fake::Completes).await;
    assert_eq!(report.measurements.len(), 1 + MOST_FOLLOW_UPS);
}

#[tokio::test]
async fn a_panic_ends_the_run_and_not_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/report.jsonl");
    let journal = Some(JournalFile::create(&path).unwrap());
    let report = Bench { journal, ..Bench::default() }.run(&Fake::Panics).await;
    assert_eq!(report.measurements[0].ended, Ended::Crashed { message: "a bug of ours".into() });
    assert!(matches!(report.measurements[0].observations[0].seen, Seen::Remark { .. }), "what it had seen is kept");
    assert!(matches!(report.measurements[0].observations[1].seen, Seen::Machine(_)), "however a run ends");
    assert_eq!(Journal::read(&std::fs::read(path).unwrap()).unwrap(), report, "the file is the report");
}

#[tokio::test]
async fn what_a_run_used_of_the_machine_is_its_last_word() {
    let report = Bench { follow_ups: 1, ..Bench::default() }.run(&Fake::Completes).await;
    for measurement in &report.measurements {
        let [last] = measurement.observations.as_slice() else { panic!("{measurement:?}") };
        let Seen::Machine(used) = &last.seen else { panic!("{last:?}") };
        assert_eq!(last.at_us, measurement.started_us + measurement.took_us);
        assert!(used.took_us >= measurement.took_us && used.run_queue_us.value().is_some(), "{used:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_ignores_its_deadline_is_ended() {
    let began = tokio::time::Instant::now();
    let report = Bench { budget_us: Micros::from_secs(5), ..Bench::default() }.run(&Fake::Hangs).await;
    assert_eq!(report.measurements[0].ended, Ended::Stopped { cause: StopCause::Budget });
    assert!(began.elapsed() < Duration::from_secs(6), "budget plus one second: {:?}", began.elapsed());
}

#[tokio::test]
async fn out_of_time_is_told_from_a_failure() {
    let report = Bench { budget_us: Micros::from_millis(1_000), ..Bench::default() }.run(&Fake::Waits).await;
    assert_eq!(report.measurements[0].ended, Ended::Stopped { cause: StopCause::Budget });
}

#[tokio::test]
async fn a_wish_to_stop_ends_the_run_at_once_and_keeps_what_was_seen() {
    let (handle, stop) = Stop::pair();
    handle.stop();
    let bench = Bench { stop: (handle, stop), follow_ups: 5, ..Bench::default() };
    let report = bench.run(&Fake::Waits).await;
    assert_eq!(report.measurements.len(), 1, "no follow-up behind a stop");
    assert_eq!(report.measurements[0].ended, Ended::Stopped { cause: StopCause::Interrupt });
    assert_eq!(report.ending, Ending::Stopped { cause: StopCause::Interrupt });
    assert!(report.measurements[0].failed_stage().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_ignores_the_wish_to_stop_is_ended_for_that_reason() {
    let (handle, stop) = Stop::pair();
    handle.stop();
    let report = Bench { stop: (handle, stop), follow_ups: 5, ..Bench::default() }.run(&Fake::Hangs).await;
    assert_eq!(report.measurements[0].ended, Ended::Stopped { cause: StopCause::Interrupt });
    assert_eq!((report.ending, report.measurements.len()), (Ending::Stopped { cause: StopCause::Interrupt }, 1));
}

#[test]
fn a_journal_that_cannot_be_made_says_so_before_anything_is_measured() {
    let error = JournalFile::create(std::path::Path::new("/dev/null/report.jsonl")).unwrap_err().to_string();
    assert!(error.contains("/dev/null/report.jsonl") && error.contains("--output"), "{error}");
}
