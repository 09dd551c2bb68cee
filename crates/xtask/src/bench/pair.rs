//! Two commands, run in turns, compared run by run: what disturbs the machine disturbs both.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::cost::{self, Cost};
use super::statistics::Estimate;

/// A command to measure.
pub(super) struct Line {
    /// How it is called in the output.
    pub(super) name: &'static str,
    /// The command itself.
    pub(super) command: Command,
    /// A folder that it makes and that must not be there when it starts.
    pub(super) makes: Option<PathBuf>,
}

/// Something that a run costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    Wall,
    Cpu,
    PeakMemory,
}

/// What the first command of a pair may cost.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bar {
    /// At most this share of the second command's cost, run by run.
    Ratio(Metric, f64),
    /// At most so much, in the metric's own unit: seconds, or MiB.
    Absolute(Metric, f64),
}

/// Runs both commands in turns, prints medians, ratios and bars, and says whether all bars were met.
pub(super) fn pair(first: &Line, second: &Line, runs: u32, bars: &[Bar]) -> Result<bool> {
    // One run of each that does not count: caches of the disk and of the servers are filled.
    let mut costs = Vec::new();
    first.run()?;
    second.run()?;
    for _ in 0..runs {
        costs.push((first.run()?, second.run()?));
    }
    println!("  {} against {}, {runs} pairs", first.name, second.name);
    for metric in [Metric::Wall, Metric::Cpu, Metric::PeakMemory] {
        let one = estimate(costs.iter().map(|(one, _)| metric.of(one)))?;
        let other = estimate(costs.iter().map(|(_, other)| metric.of(other)))?;
        let ratio = ratio(&costs, metric)?;
        println!(
            "    {:12} {:>9.3} | {:>9.3} {:4} ratio {:.3} ({:.3} to {:.3})",
            metric.name(),
            one.median,
            other.median,
            metric.unit(),
            ratio.median,
            ratio.low,
            ratio.high
        );
    }
    judge(&costs, bars)
}

/// Runs one command alone, for bars that compare with nothing.
pub(super) fn alone(line: &Line, runs: u32, bars: &[Bar]) -> Result<bool> {
    line.run()?;
    let costs = (0..runs).map(|_| line.run().map(|cost| (cost, cost))).collect::<Result<Vec<_>>>()?;
    println!("  {}, {runs} runs", line.name);
    judge(&costs, bars)
}

/// Prints one bar and whether it was met.
pub(super) fn report(what: &str, value: f64, unit: &str, bar: f64) -> bool {
    let met = value <= bar;
    println!("    {} {what}: {value:.3} {unit}, bar {bar} {unit}", if met { "ok " } else { "RED" });
    met
}

fn judge(costs: &[(Cost, Cost)], bars: &[Bar]) -> Result<bool> {
    let mut met = true;
    for bar in bars {
        met &= match *bar {
            Bar::Ratio(metric, most) => report(metric.name(), ratio(costs, metric)?.median, "of the other", most),
            Bar::Absolute(metric, most) => {
                let value = estimate(costs.iter().map(|(one, _)| metric.of(one)))?.median;
                report(metric.name(), value, metric.unit(), most)
            }
        };
    }
    Ok(met)
}

fn ratio(costs: &[(Cost, Cost)], metric: Metric) -> Result<Estimate> {
    estimate(costs.iter().map(|(one, other)| metric.of(one) / metric.of(other)))
}

fn estimate(samples: impl Iterator<Item = f64>) -> Result<Estimate> {
    Estimate::of(samples).context("no run was made")
}

impl Line {
    fn run(&self) -> Result<Cost> {
        if let Some(folder) = self.makes.as_deref().filter(|folder| folder.exists()) {
            fs::remove_dir_all(folder)?;
        }
        cost::of(&self.command).with_context(|| self.name.to_owned())
    }
}

impl Metric {
    fn of(self, cost: &Cost) -> f64 {
        match self {
            Self::Wall => cost.wall_us as f64 / 1e6,
            Self::Cpu => cost.cpu_us as f64 / 1e6,
            Self::PeakMemory => cost.peak_bytes as f64 / f64::from(1 << 20),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Wall => "wall time",
            Self::Cpu => "CPU time",
            Self::PeakMemory => "peak memory",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Wall | Self::Cpu => "s",
            Self::PeakMemory => "MiB",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(walls_ms: &[(u64, u64)]) -> Vec<(Cost, Cost)> {
        let cost = |ms: u64| Cost { wall_us: ms * 1000, cpu_us: 1, peak_bytes: 8 << 20 };
        walls_ms.iter().map(|(one, other)| (cost(*one), cost(*other))).collect()
    }

    #[test]
    fn the_ratio_is_taken_run_by_run() {
        // A disturbance that hits both runs of a pair does not move the ratio.
        let ratio = ratio(&costs(&[(10, 20), (1000, 2000), (11, 22)]), Metric::Wall).unwrap();
        assert!((ratio.median - 0.5).abs() < 1e-9, "{ratio:?}");
    }

    #[test]
    fn a_bar_is_met_up_to_and_including_itself() {
        let costs = costs(&[(10, 20)]);
        assert!(judge(&costs, &[Bar::Ratio(Metric::Wall, 0.5), Bar::Absolute(Metric::PeakMemory, 8.0)]).unwrap());
        assert!(!judge(&costs, &[Bar::Ratio(Metric::Wall, 0.49)]).unwrap());
        assert!(!judge(&costs, &[Bar::Absolute(Metric::PeakMemory, 7.9)]).unwrap());
    }
}
