//! netprobe as a user starts it, and what it answers.
//!
//! Knows its command line, its exit codes and its JSON (docs/reference). Refuses to link it: what is tried here is the
//! program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use lab::host::Host;
use lab::process::{self, Begun, Finished};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::checks::{Checks, short};

/// The program, and where and as whom it runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Netprobe<'a> {
    pub(super) program: &'a Path,
    /// None: this machine.
    pub(super) host: Option<&'a Host>,
    pub(super) home: &'a Path,
    pub(super) kubeconfig: &'a Path,
    /// None: the one that this version asks for by itself.
    pub(super) image: Option<&'a str>,
}

impl<'a> Netprobe<'a> {
    /// With the rights of another kubeconfig.
    pub(super) fn with_kubeconfig(mut self, kubeconfig: &'a Path) -> Self {
        self.kubeconfig = kubeconfig;
        self
    }

    /// `netprobe run --from-node …` to its end.
    pub(super) fn measure(&self, arguments: &[&str]) -> Result<Answer> {
        self.run(&[&["run", "--from-node", "--format", "json"], arguments].concat())
    }

    /// Any command, to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Answer> {
        let mut command = self.command(arguments);
        let finished = match self.host {
            Some(host) => host.run(&mut command, BOUND)?,
            None => process::run(&mut command, BOUND)?,
        };
        Ok(Answer::read(finished))
    }

    /// Begins one that is not left alone.
    pub(super) fn begin(&self, arguments: &[&str]) -> Result<Running> {
        let mut command = self.command(&[&["run", "--from-node", "--format", "json"], arguments].concat());
        let begun = match self.host {
            Some(host) => host.begin(&mut command)?,
            None => process::begin(&mut command)?,
        };
        Ok(Running(begun))
    }

    /// Where the two reports of a run with `--output` go, the one from here and the node's: nothing is there yet.
    pub(super) fn fresh_reports(&self, name: &str, node: &str) -> Result<(PathBuf, PathBuf)> {
        let folder = self.home.join("reports");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir(&folder)?;
        Ok((folder.join(format!("{name}.jsonl")), folder.join(format!("{name}-{node}.jsonl"))))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command.args(arguments).current_dir(self.home).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("HOME", self.home).env("KUBECONFIG", self.kubeconfig);
        if let Some(image) = self.image {
            command.env("NETPROBE_IMAGE", image);
        }
        command
    }
}

/// One that goes on.
pub(super) struct Running(Begun);

impl Running {
    /// Sends it a signal.
    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        kill(Pid::from_raw(i32::try_from(self.0.id())?), signal)?;
        Ok(())
    }

    /// Waits for its end.
    pub(super) fn wait(self) -> Result<Answer> {
        Ok(Answer::read(process::finish(self.0, BOUND)?))
    }
}

/// How a run ended and what it said.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) finished: Finished,
    json: Value,
}

impl Answer {
    fn read(finished: Finished) -> Self {
        // What is no JSON shows itself by the exit code and the words on stderr, or by a column that is not there.
        let json = serde_json::from_str(&finished.stdout).unwrap_or_default();
        Self { finished, json }
    }

    /// The exit code.
    pub(super) fn code(&self) -> Option<i32> {
        self.finished.status.code()
    }

    /// That it ended with this code; else its last words are shown.
    pub(super) fn must_end_with(&self, code: i32, checks: &mut Checks) {
        let (status, stderr) = (self.finished.status, short(&self.finished.stderr));
        checks.so(format!("expected exit code {code}, seen {status}; on stderr: {stderr}"), self.code() == Some(code));
    }

    /// What it said to people.
    pub(super) fn stderr(&self) -> &str {
        &self.finished.stderr
    }

    /// Everything that it said.
    pub(super) fn everything(&self) -> String {
        format!("{}\n{}", self.json, self.finished.stderr)
    }

    /// The column from here.
    pub(super) fn here(&self) -> Option<Column<'_>> {
        self.column(|vantage| vantage["pod"].is_null())
    }

    /// The column from the node.
    pub(super) fn node(&self) -> Option<Column<'_>> {
        self.column(|vantage| !vantage["pod"].is_null())
    }

    /// Its comparison.
    pub(super) fn comparison(&self) -> &Value {
        &self.json["comparison"]
    }

    /// What the cluster says of the repository, as JSON.
    pub(super) fn symptom(&self) -> String {
        self.columns()
            .map(|column| &column["report"]["symptom"])
            .filter(|symptom| !symptom.is_null())
            .map(Value::to_string)
            .collect()
    }

    /// One alone stands by itself.
    fn columns(&self) -> impl Iterator<Item = &Value> {
        let several = self.json["columns"].as_array().into_iter().flatten();
        several.chain(std::iter::once(&self.json).filter(|json| !json["report"].is_null()))
    }

    fn column(&self, is: impl Fn(&Value) -> bool) -> Option<Column<'_>> {
        self.columns().find(|column| is(&column["report"]["vantage"])).map(Column)
    }
}

/// What one place has to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a>(&'a Value);

impl<'a> Column<'a> {
    pub(super) fn verdict(self) -> &'a str {
        self.0["diagnosis"]["verdict"].as_str().unwrap_or_default()
    }

    /// The rule of the first finding.
    pub(super) fn rule(self) -> &'a str {
        self.0["diagnosis"]["findings"][0]["rule"].as_str().unwrap_or_default()
    }

    /// What Flux comes to: `fits`, `hangs_silently` …
    pub(super) fn outcome(self) -> &'a str {
        self.0["diagnosis"]["flux"]["outcome"].as_str().unwrap_or_default()
    }

    /// Where Flux's clone dies.
    pub(super) fn dies_at(self) -> &'a str {
        self.0["diagnosis"]["flux"]["dies_at"].as_str().unwrap_or_default()
    }

    /// What Flux would write.
    pub(super) fn message(self) -> &'a str {
        self.0["diagnosis"]["flux"]["message"].as_str().unwrap_or_default()
    }

    /// Its report.
    pub(super) fn report(self) -> &'a Value {
        &self.0["report"]
    }

    /// How long its measuring took.
    pub(super) fn took(self) -> Duration {
        Duration::from_micros(self.0["report"]["took_us"].as_u64().unwrap_or_default())
    }
}

/// A fault on both sides costs a run of 30 s twice.
const BOUND: Duration = Duration::from_mins(2);
