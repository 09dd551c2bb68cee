//! A cluster as `kubectl` shows it, in JSON.
//!
//! Knows how to ask, to apply, and to wait for something by watching it. Refuses to know what any object means.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use lab::process;
use serde_json::{Deserializer, Value};

/// A cluster, and as whom.
#[derive(Debug, Clone)]
pub(super) struct Kube {
    program: PathBuf,
    config: PathBuf,
}

impl Kube {
    pub(super) fn new(program: PathBuf, config: PathBuf) -> Self {
        Self { program, config }
    }

    /// The kubeconfig.
    pub(super) fn config(&self) -> &Path {
        &self.config
    }

    /// Runs kubectl and returns what it printed.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String> {
        process::run(&mut self.command(arguments), SHORT)?.success(&format!("kubectl {}", arguments.join(" ")))
    }

    /// The same for what is printed as JSON: `arguments` with `-o json`.
    pub(super) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let printed = self.run(&[arguments, &["-o", "json"]].concat())?;
        serde_json::from_str(&printed).with_context(|| format!("kubectl {} printed no JSON", arguments.join(" ")))
    }

    /// Makes or changes objects, given as YAML or JSON.
    pub(super) fn apply(&self, manifest: &str) -> Result<()> {
        let mut command = self.command(&["apply", "-f", "-"]);
        process::run_fed(&mut command, manifest, SHORT)?.success("kubectl apply").map(drop)
    }

    /// Names of the objects of these kinds in a namespace, as `kind/name`.
    pub(super) fn names(&self, namespace: &str, kinds: &str) -> Result<Vec<String>> {
        let printed = self.run(&["--namespace", namespace, "get", kinds, "--output", "name"])?;
        Ok(printed.lines().map(ToOwned::to_owned).collect())
    }

    /// Watches what `arguments` name until an object is as wanted, and returns that object.
    pub(super) fn watch(
        &self,
        arguments: &[&str],
        bound: Duration,
        mut wanted: impl FnMut(&Value) -> bool,
    ) -> Result<Value> {
        let what = arguments.join(" ");
        let deadline = Instant::now() + bound;
        let mut last = Value::Null;
        // A watch that the API server ends early is begun again: it starts with what is there.
        while Instant::now() < deadline {
            let mut child = self
                .command(&[&["get", "--watch", "-o", "json"], arguments].concat())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .context("cannot start kubectl")?;
            let output = BufReader::new(child.stdout.take().context("kubectl has no standard output")?);
            let (sender, came) = mpsc::channel();
            thread::spawn(move || {
                let objects = Deserializer::from_reader(output).into_iter::<Value>();
                objects.map_while(Result::ok).try_for_each(|object| sender.send(object))
            });
            let found = loop {
                match came.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                    Ok(object) if wanted(&object) => break Some(object),
                    Ok(object) => last = object,
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break None,
                }
            };
            process::kill_family(child.id());
            child.wait()?;
            if let Some(found) = found {
                return Ok(found);
            }
        }
        bail!("{what} was not as wanted within {bound:?}; at last its status was {}", last["status"])
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", &self.config).args(arguments);
        command
    }
}

/// More than any request takes, waiting for a namespace to be gone included.
const SHORT: Duration = Duration::from_mins(2);
