//! The server works for long before the first pack byte, and either says so with keepalives or is waited for until it
//! answers.

use crate::case::Case;
use crate::change::Change;
use crate::command;
use crate::figures::{count, time};
use crate::fingerprint::Fingerprint;
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::{ServerWait, Trace, is_ours};
use crate::{Confidence, FluxOutcome, Severity};

pub(super) const RULE: Rule =
    Rule { id: "server-computing", title: "the server computes for long", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    // A run that waited longer knows more than the one that gave up.
    let patient =
        case.varied(Change::Patience).filter(|run| case.stall().is_some_and(|stall| run.passed(stall.stage())));
    let run = patient.unwrap_or(case.subject);
    let wait = run.server_wait().filter(|wait| wait.took_us >= policy.slow_server_us)?;
    let signs = wait.keepalives + wait.progress_packets;
    let began = wait.mark.problem().is_none() && wait.mark.stage() == model::Stage::PackStart;
    let ours = wait.mark.problem().is_some_and(|problem| is_ours(&problem.kind));
    // Silence that ended may also have been a hole that healed: then segments came out of order or were sent again.
    let hole_before = case.stall().and_then(Fingerprint::of).is_some_and(|print| !print.quiet());
    let disturbed =
        hole_before || wait.mark.seen.tcp.is_some_and(|tcp| tcp.out_of_order_segments > 0 || tcp.backoff > 0);
    if !(began && (signs > 0 || !disturbed) || ours && signs > 0) {
        return None;
    }
    let took = time(wait.took_us);
    let signs_words = signs_of_life(&wait);
    let statement = if began {
        format!("The server worked for {took} before the first pack byte, {signs_words}.")
    } else {
        format!(
            "The server was still at work after {took}, {signs_words}, when the run's time was over; no pack byte \
             had come."
        )
    };
    let times_out = flux::of_run(case.report, run).outcome == FluxOutcome::TimesOut || exceeds(case, run);
    let severity = if times_out { Severity::Fault } else { Severity::Warning };
    let confidence = if signs > 0 { Confidence::Proven } else { Confidence::Likely };
    let word = Judgement::new(
        severity,
        confidence,
        statement,
        wait.mark.shows(format!("{took} from the acknowledgement, {signs_words}")),
    )
    .at(wait.mark.stage())
    .and(
        case.stall()
            .filter(|_| patient.is_some())
            .map(|stall| stall.shows(format!("the run before gave up after {} of silence", time(stall.silent_us)))),
    )
    .explains(EXPLAINS)
    .remedy([
        "On the server, in the repository, so that packs and bitmaps are ready:",
        "git gc && git repack -adb",
        "Look at the server's processors, memory and disk.",
    ]);
    let word = if signs > 0 {
        word.rules_out(["packets lost on the way to here: keepalives arrived while the pack was waited for"])
    } else {
        word.possible(["a hole for large packets that healed by itself after about 10 s"]).remedy([
            "Without keepalives a gateway may forget the connection meanwhile: set `uploadpack.keepAlive` on the \
             server (git's default is 5 s).",
        ])
    };
    Some(if began { word } else { word.next([command::run_again(case.report, &command::larger_budget(case.report))]) })
}

const EXPLAINS: &[&str] = &["stalled", "server-silent", "over-timeout", "near-timeout", "cut-for-budget"];

fn signs_of_life(wait: &ServerWait<'_>) -> String {
    match (wait.keepalives, wait.progress_packets) {
        (0, 0) => "without a keepalive".to_owned(),
        (keepalives, 0) => format!("sending {}", count(keepalives.into(), "keepalive")),
        (0, progress) => format!("sending {} of progress", count(progress.into(), "packet")),
        (keepalives, progress) => format!(
            "sending {} and {} of progress",
            count(keepalives.into(), "keepalive"),
            count(progress.into(), "packet")
        ),
    }
}

fn exceeds(case: &Case<'_>, run: Trace<'_>) -> bool {
    let plan = &case.report.header.plan;
    flux::needed(plan, run).is_some_and(|needed| needed.total > plan.timeout_us)
}
