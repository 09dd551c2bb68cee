//! Bars of truth: each stage's time against a packet capture on the client's cable, and against what git on the server
//! traced, shifted by the link's one-way delay.
//!
//! The server is made to think before its references and before its pack. Whoever cannot decrypt then sees where both
//! begin: behind the two longest silences of the server. These pauses do not count where the bar is a share of the time.
//!
//! What is compared is comparable. A stage of netprobe begins where the one before ended; in between lies only its own
//! computing, which thus counts against it. What an observer of encrypted packets cannot tell apart is compared as one:
//! authentication and start of git; wait for the first packet and start of the pack; the pack and the end.

mod truth;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lab::bed::Bed;
use lab::capture::Capture;
use lab::git_trace::GitTrace;
use lab::scenario::{Scenario, ScenarioName};
use model::{Micros, Report, Stage, Transport};
use serde::Deserialize;

use self::truth::Span;
use super::statistics::Estimate;
use super::{Bench, Benchmark};

/// All of them.
pub(super) const ALL: &[Benchmark] = &[("stage-times", stage_times)];

fn stage_times(bench: &Bench) -> Result<bool> {
    let mut met = true;
    for rtt_ms in RTTS_MS {
        for transport in [Transport::Ssh, Transport::Https] {
            let rtt = Duration::from_millis(rtt_ms);
            let runs = measure(bench, rtt, transport)?;
            println!("  {rtt_ms} ms over {}, {} runs", transport.scheme(), runs.len());
            println!("    {:56} {:>9} {:>9} {:>9} {:>7}", "in ms, medians", "netprobe", "truth", "apart", "bar");
            for row in rows(&runs)? {
                met &= row.print();
            }
        }
    }
    Ok(met)
}

/// A span of one run, and how long netprobe says that it took.
type Compared = (Span, f64);

fn measure(bench: &Bench, rtt: Duration, transport: Transport) -> Result<Vec<Vec<Compared>>> {
    let name = ScenarioName::try_from("bench/stage-times".to_owned()).context("a plain name")?;
    let scenario = Scenario::parse(name, &SCENARIO.replace("{RTT}", &format!("{}ms", rtt.as_millis())))?;
    let trace = GitTrace::new(PAUSE)?;
    let bed = Bed::build_with(&scenario, transport, &trace.environment())?;
    // The first run does not count: it fills the server's caches.
    (0..=bench.runs.max(RUNS)).map(|_| once(bench, &bed, &trace, rtt / 2, transport)).skip(1).collect()
}

fn once(bench: &Bench, bed: &Bed, trace: &GitTrace, one_way: Duration, transport: Transport) -> Result<Vec<Compared>> {
    let capture = Capture::start(bed.client(), "eth0")?;
    let mut command = super::first_slice::run_on(bench, bed.url(), &bed.access());
    command.args(["--ref", "branch=main", "--no-follow-up"]);
    let printed = bed.client().run(&mut command, BOUND)?.success("netprobe")?;
    let packets = capture.finish()?;
    let report = serde_json::from_str::<Printed>(&printed).context("netprobe printed no report")?.report;
    let measured = Measured::of(&report)?;
    let spans = truth::spans(&packets, trace, one_way, transport)?;
    spans.into_iter().map(|span| measured.milliseconds(&span).map(|ms| (span, ms))).collect()
}

#[derive(Deserialize)]
struct Printed {
    report: Report,
}

/// Stages with their beginnings and ends since netprobe's zero, in milliseconds.
struct Measured(Vec<(Stage, f64, f64)>);

impl Measured {
    fn of(report: &Report) -> Result<Self> {
        let [measurement] = report.measurements.as_slice() else {
            anyhow::bail!("netprobe made {} runs and not one", report.measurements.len())
        };
        let ms = |micros: Micros| micros.0 as f64 / 1e3;
        let mut stages = Vec::new();
        for seen in measurement.observations.iter().filter_map(model::Observation::stage) {
            ensure!(seen.problem.is_none(), "{} did not end well: {:?}", seen.stage().words(), seen.problem);
            stages.push((seen.stage(), ms(seen.started_us), ms(seen.started_us) + ms(seen.took_us)));
        }
        Ok(Self(stages))
    }

    /// From the beginning of the span's first stage to the end of its last.
    fn milliseconds(&self, span: &Span) -> Result<f64> {
        let Span { first, last, .. } = *span;
        let find = |stage: Stage| self.0.iter().find(|(seen, ..)| *seen == stage);
        let begun = find(first).with_context(|| format!("netprobe saw no {}", first.words()))?.1;
        let ended = find(last).with_context(|| format!("netprobe saw no {}", last.words()))?.2;
        Ok(ended - begun)
    }
}

/// One line of the table.
struct Row {
    name: String,
    netprobe_ms: f64,
    truth_ms: f64,
    /// Of the differences within each run.
    apart_ms: f64,
    bar_ms: f64,
}

fn rows(runs: &[Vec<Compared>]) -> Result<Vec<Row>> {
    let row = |(number, (span, _)): (usize, &Compared)| {
        let of_all = || runs.iter().filter_map(|run| run.get(number));
        let netprobe = Estimate::of(of_all().map(|(_, ms)| *ms)).context("no run")?;
        let truth = Estimate::of(of_all().map(|(span, _)| span.truth_ms)).context("no run")?;
        let apart = Estimate::of(of_all().map(|(span, ms)| ms - span.truth_ms)).context("no run")?;
        let thinking_ms = f64::from(span.pauses) * PAUSE.as_secs_f64() * 1e3;
        Ok(Row {
            name: span.name.clone(),
            netprobe_ms: netprobe.median,
            truth_ms: truth.median,
            apart_ms: apart.median,
            bar_ms: bar_ms(truth.median - thinking_ms),
        })
    };
    runs.first().context("no run")?.iter().enumerate().map(row).collect()
}

impl Row {
    fn is_met(&self) -> bool {
        self.apart_ms.abs() <= self.bar_ms
    }

    fn print(&self) -> bool {
        println!(
            "    {:56} {:>9.2} {:>9.2} {:>+9.2} {:>7.2} {}",
            self.name,
            self.netprobe_ms,
            self.truth_ms,
            self.apart_ms,
            self.bar_ms,
            if self.is_met() { "ok" } else { "RED" }
        );
        self.is_met()
    }
}

/// How far from the truth a time may be, in milliseconds.
fn bar_ms(truth_ms: f64) -> f64 {
    (truth_ms * BAR_SHARE).max(BAR_MS)
}

const RTTS_MS: [u64; 3] = [0, 20, 100];
/// The bar is about medians of so many.
const RUNS: u32 = 10;
const BAR_MS: f64 = 2.0;
const BAR_SHARE: f64 = 0.05;
/// Longer than anything else that the server is silent for: a round trip, and logging in.
const PAUSE: Duration = Duration::from_millis(500);
const BOUND: Duration = Duration::from_mins(1);
/// A scenario expects something; a benchmark only measures.
const SCENARIO: &str = r#"about = "a server that thinks before its references and before its pack"
path = { rtt = "{RTT}" }
[git]
refs_delay = "500ms"
[expect.ssh]
finding = "healthy"
git = "clones"
flux = { outcome = "fits" }
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_two_milliseconds_or_five_percent_whichever_is_larger() {
        let met = |apart_ms, truth_ms| {
            let bar_ms = bar_ms(truth_ms);
            Row { name: String::new(), netprobe_ms: truth_ms + apart_ms, truth_ms, apart_ms, bar_ms }.is_met()
        };
        assert!(met(1.9, 2.0) && met(-1.9, 2.0) && !met(2.1, 2.0));
        assert!(met(4.9, 100.0) && !met(5.1, 100.0) && !met(-5.1, 100.0));
    }
}
