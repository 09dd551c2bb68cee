//! Which computer and which programs a figure was measured with: without them it means nothing later.

use std::fs;
use std::process::Command;
use std::thread;

use anyhow::Result;
use lab::process;
use lab::programs::{GIT, NGINX, SSH};

/// In two lines.
pub(super) fn described() -> Result<String> {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("an unknown processor");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let mut versions = Vec::new();
    for (program, flag) in [(GIT, "--version"), (SSH, "-V"), (NGINX, "-v")] {
        // Two of the three tell it on stderr.
        let said = process::run(Command::new(program.path()?).arg(flag), process::QUICK)?;
        versions.push(format!("{}{}", said.stdout.trim(), said.stderr.trim()));
    }
    Ok(format!(
        "{}, {} cores, Linux {}\n{}",
        model.trim_matches([':', ' ', '\t']),
        thread::available_parallelism()?,
        kernel.trim(),
        versions.join("; ")
    ))
}
