//! Bars of a run from the node: what has to be carried there.

use std::fs;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};

use super::pair::report;
use super::{Bench, Benchmark};

/// All of them.
pub(super) const ALL: &[Benchmark] = &[("image-size", image_size)];

/// The archive, compressed as it is: what is copied to a node or pulled from a registry. Made twice, as it has to be the
/// same each time.
fn image_size(bench: &Bench) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let make = |name: &str| {
        let path = folder.path().join(name);
        let started = Instant::now();
        let output = Command::new(&bench.netprobe).args(["image", "--output"]).arg(&path).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        println!("  made in {:.1} s", started.elapsed().as_secs_f64());
        Ok(fs::read(path)?)
    };
    let (first, second) = (make("first.tar")?, make("second.tar")?);
    let same = first == second;
    println!("  two of them are the same byte by byte: {}", if same { "yes" } else { "NO" });
    Ok(report("image of netprobe as shipped", first.len() as f64 / 1e6, "MB", 10.0) & same)
}
