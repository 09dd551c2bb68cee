//! The git server outside: real OpenSSH, behind the cluster's way out.
//!
//! Knows where its keys lie and how a commit is added. Refuses to know who fetches.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use lab::process;

use super::bench::Bench;

/// The server of the bench, running.
#[derive(Debug)]
pub(super) struct GitServer {
    bench: Bench,
}

impl GitServer {
    /// Starts it where it does not run yet.
    pub(super) fn start(bench: &Bench) -> Result<Self> {
        if !bench.serves_git() {
            bench.quiet("gitserver", &["start"])?;
        }
        Ok(Self { bench: bench.clone() })
    }

    /// Ends it. The script's own end is a SIGTERM, which `unshare --fork` of util-linux 2.38 does not take.
    pub(super) fn stop(bench: &Bench) -> Result<()> {
        let number = fs::read_to_string(bench.file("git/pid")).ok().and_then(|text| text.trim().parse().ok());
        if let Some(number) = number {
            process::kill_family(number);
        }
        bench.quiet("gitserver", &["stop"]).map(drop)
    }

    /// Adds a commit with a file that does not compress, so large that a broken path breaks it.
    pub(super) fn commit(&self) -> Result<()> {
        self.bench.quiet("gitserver", &["commit", "300000"]).map(drop)
    }

    /// A GitRepository of this name and the Secret that it needs, as YAML.
    pub(super) fn objects(&self, name: &str, namespace: &str) -> Result<String> {
        self.bench.quiet("gitserver", &["objects", name, namespace, TIMEOUT])
    }

    /// A file of the server: `identity` or `known_hosts`.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.bench.file("git").join(name)
    }
}

/// What all objects name.
pub(super) const URL: &str = "ssh://git@git.outside.test/srv/git/bench.git";
/// `spec.timeout` of the objects: as short as a healthy sync on a busy machine allows.
const TIMEOUT: &str = "6s";
