//! The bars: what netprobe may cost, measured against what people use today, on real servers on loopback.
//!
//! Mechanism and bars are apart: `cost` measures one process, `pair` compares two commands, `statistics` is pure;
//! each further module holds the bars of one issue.

pub(crate) mod cost;
mod first_slice;
mod from_node;
mod machine;
mod pair;
mod paths;
mod stage_times;
mod statistics;

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::dist;
use crate::workspace::Workspace;

/// What every benchmark gets.
struct Bench {
    /// The binary as it is shipped.
    netprobe: PathBuf,
    /// Paired runs.
    runs: u32,
}

/// A benchmark: its name and a function that prints what it saw and says whether all bars were met.
type Benchmark = (&'static str, fn(&Bench) -> Result<bool>);

/// Runs all benchmarks whose name contains `filter`, red ones included.
pub(crate) fn run(workspace: &Workspace, filter: &str, runs: u32) -> Result<bool> {
    let all: Vec<&Benchmark> =
        [first_slice::ALL, paths::ALL, stage_times::ALL, from_node::ALL].into_iter().flatten().collect();
    let wanted: Vec<&Benchmark> = all.iter().copied().filter(|(name, _)| name.contains(filter)).collect();
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    ensure!(!wanted.is_empty(), "no benchmark has `{filter}` in its name; there are: {}", names.join(", "));
    println!("{}", machine::described()?);
    println!("building netprobe as it is shipped");
    let bench = Bench { netprobe: dist::static_program(workspace, dist::SHIPPED)?, runs };
    let mut red = Vec::new();
    for (name, measure) in wanted {
        println!("\n{name}");
        match measure(&bench) {
            Ok(true) => {}
            Ok(false) => red.push(*name),
            Err(error) => {
                println!("  could not be measured: {error:#}");
                red.push(*name);
            }
        }
    }
    println!("\n{}", if red.is_empty() { "all bars are met".to_owned() } else { format!("RED: {}", red.join(", ")) });
    Ok(red.is_empty())
}
