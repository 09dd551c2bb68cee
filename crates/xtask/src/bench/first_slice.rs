//! Bars of the first slice: draining a pack must cost less than cloning it, in little memory, by a small and quick
//! program.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use lab::git::{self, Access, Protocol};
use lab::repository::{Repository, Shape};
use lab::servers::{Nginx, NginxOptions, Sshd, SshdOptions};

use super::pair::{Bar, Line, Metric, alone, pair, report};
use super::{Bench, Benchmark};

/// All of them.
pub(super) const ALL: &[Benchmark] = &[
    ("binary-size", binary_size),
    ("start-up", start_up),
    ("panic", panic_leaves_a_report),
    ("drain-ssh", drain_over_ssh),
    ("drain-https", drain_over_https),
    ("memory", memory),
];

fn binary_size(bench: &Bench) -> Result<bool> {
    let size_bytes = fs::metadata(&bench.netprobe)?.len();
    Ok(report("netprobe as shipped", size_bytes as f64 / 1e6, "MB", 20.0))
}

fn start_up(bench: &Bench) -> Result<bool> {
    let mut command = Command::new(&bench.netprobe);
    command.arg("--version");
    let line = Line { name: "netprobe --version", command, makes: None };
    // So short a run is cheap to repeat.
    alone(&line, bench.runs * 5, &[Bar::Absolute(Metric::Wall, 0.010)])
}

/// Not a speed, but a promise that only the shipped profile can break: it could abort where the others unwind.
fn panic_leaves_a_report(bench: &Bench) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("report.jsonl");
    let mut run = Command::new(&bench.netprobe);
    git::isolate(&mut run);
    run.env("NETPROBE_TEST_PANIC", "1")
        .args(["demo", "--transport", "ssh", "--quiet", "--output"])
        .arg(&path)
        .output()?;
    let records: Vec<serde_json::Value> =
        fs::read_to_string(&path)?.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let has = |key: &str, value: &str| records.iter().any(|record| record[key] == value);
    let whole = has("ended", "crashed") && has("ending", "complete");
    println!(
        "  a panicking probe leaves a whole report of {} records: {}",
        records.len(),
        if whole { "yes" } else { "NO" }
    );
    Ok(whole)
}

fn drain_over_ssh(bench: &Bench) -> Result<bool> {
    let repository = typical()?;
    let sshd = Sshd::start(&SshdOptions::default())?;
    let url = sshd.url(&repository.path());
    let drain = || probe(bench, &url, &sshd.access());
    Ok(against_clone(bench, &drain(), &url, &sshd.access())? & against_pipe(bench, &drain(), &sshd, &repository)?)
}

fn drain_over_https(bench: &Bench) -> Result<bool> {
    let repository = typical()?;
    let nginx = Nginx::start(&NginxOptions::default())?;
    let url = nginx.https_url(&nginx.add_repository("fleet.git", &repository.path())?);
    let sshd = Sshd::start(&SshdOptions::default())?;
    let drain = || probe(bench, &url, &nginx.access());
    Ok(against_clone(bench, &drain(), &url, &nginx.access())? & against_pipe(bench, &drain(), &sshd, &repository)?)
}

/// The second pack is ten times as large; the peak must not be.
fn memory(bench: &Bench) -> Result<bool> {
    let (small, large) = (described(&Shape::random(100_000_000))?, described(&Shape::random(1_000_000_000))?);
    let sshd = Sshd::start(&SshdOptions::default())?;
    let nginx = Nginx::start(&NginxOptions::default())?;
    let mut met = true;
    for (access, small, large) in [
        (sshd.access(), sshd.url(&small.path()), sshd.url(&large.path())),
        (
            nginx.access(),
            nginx.https_url(&nginx.add_repository("small.git", &small.path())?),
            nginx.https_url(&nginx.add_repository("large.git", &large.path())?),
        ),
    ] {
        let mut first = probe(bench, &large, &access);
        first.name = "netprobe on 1 GB";
        let mut second = probe(bench, &small, &access);
        second.name = "netprobe on 100 MB";
        let bars = [Bar::Absolute(Metric::PeakMemory, 24.0), Bar::Ratio(Metric::PeakMemory, 1.2)];
        met &= pair(&first, &second, bench.runs.min(5), &bars)?;
    }
    Ok(met)
}

fn typical() -> Result<std::sync::Arc<Repository>> {
    described(&Shape::source(105_000_000))
}

fn described(shape: &Shape) -> Result<std::sync::Arc<Repository>> {
    let repository = Repository::shared(shape)?;
    println!("  a pack of {:.1} MB, {} commits", repository.pack_bytes()? as f64 / 1e6, shape.commits);
    Ok(repository)
}

fn against_clone(bench: &Bench, drain: &Line, url: &str, access: &Access) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.git");
    let mut command = git::client(access, Protocol::V2)?;
    command.args(["clone", "--quiet", "--bare", url]).arg(&copy);
    let clone = Line { name: "git clone --bare", command, makes: Some(copy) };
    pair(drain, &clone, bench.runs, &[Bar::Ratio(Metric::Wall, 0.3)])
}

fn against_pipe(bench: &Bench, drain: &Line, sshd: &Sshd, repository: &Repository) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let request = folder.path().join("request");
    fs::write(&request, fetch_request(repository.head()))?;
    let pipe =
        Line { name: "ssh git-upload-pack | wc", command: pipe(sshd, &repository.path(), &request), makes: None };
    pair(drain, &pipe, bench.runs, &[Bar::Ratio(Metric::Wall, 1.0)])
}

/// netprobe, told to read the whole pack.
fn probe(bench: &Bench, url: &str, access: &Access) -> Line {
    let mut command = run_on(bench, url, access);
    command.args(["--full", "--budget", "300s", "--timeout", "300s", "--ref", "branch=main"]);
    command.args(["--depth", "full", "--no-follow-up"]);
    Line { name: "netprobe", command, makes: None }
}

/// netprobe on this repository, with JSON on stdout and nothing kept.
pub(super) fn run_on(bench: &Bench, url: &str, access: &Access) -> Command {
    let mut command = Command::new(&bench.netprobe);
    git::isolate(&mut command);
    command.args(["run", url, "--no-report", "--quiet", "--format", "json"]);
    let files =
        [("--identity", &access.identity), ("--known-hosts", &access.known_hosts), ("--ca-file", &access.authority)];
    for (flag, file) in files {
        if let Some(file) = file {
            command.arg(flag).arg(file);
        }
    }
    command
}

/// What a careful person would type to see how fast the server alone can send.
fn pipe(sshd: &Sshd, repository: &Path, request: &Path) -> Command {
    let (address, words) = (sshd.address(), git::ssh_command(&sshd.access()).join(" "));
    let script = format!(
        "{words} -o SendEnv=GIT_PROTOCOL -p {} {}@{} \"git-upload-pack '{}'\" < '{}' | wc -c",
        address.port(),
        sshd.user(),
        address.ip(),
        repository.display(),
        request.display()
    );
    let mut command = Command::new("bash");
    git::isolate(&mut command);
    // Without pipefail a dead ssh would look like a very fast one.
    command.env("GIT_PROTOCOL", "version=2").args(["-o", "pipefail", "-c", &script]);
    command
}

/// A whole clone of one commit in protocol v2 (gitprotocol-v2(5)).
fn fetch_request(commit: &str) -> String {
    let lines = ["command=fetch".to_owned()];
    let arguments = ["no-progress".to_owned(), "ofs-delta".to_owned(), format!("want {commit}"), "done".to_owned()];
    let packet = |line: &String| format!("{:04x}{line}\n", line.len() + 5);
    let (head, body): (String, String) = (lines.iter().map(packet).collect(), arguments.iter().map(packet).collect());
    format!("{head}0001{body}0000")
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_request_is_framed() {
        let request = fetch_request("0123");
        assert_eq!(request, "0012command=fetch\n00010010no-progress\n000eofs-delta\n000ewant 0123\n0009done\n0000");
    }

    #[test]
    fn the_whole_pack_comes_through_the_pipe() -> Result<()> {
        if !lab::programs::ready(lab::programs::ALL)? {
            return Ok(());
        }
        let repository = Repository::shared(&Shape::random(3_000_000))?;
        let sshd = Sshd::start(&SshdOptions::default())?;
        let folder = tempfile::tempdir()?;
        let request = folder.path().join("request");
        fs::write(&request, fetch_request(repository.head()))?;
        let mut command = pipe(&sshd, &repository.path(), &request);
        let bound = std::time::Duration::from_mins(1);
        let printed = lab::process::run(&mut command, bound)?.success("the pipe")?;
        let received_bytes: u64 = printed.trim().parse().context("wc prints a number")?;
        assert!(received_bytes > repository.pack_bytes()?, "{received_bytes}");
        Ok(())
    }
}
