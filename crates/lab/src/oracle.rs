//! What would Flux do? Asks Flux's own git client, which the project keeps beside the repository.
//!
//! Knows how to build it, call it and read its answer. Refuses to judge: an answer is compared by the test that asked.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::git::{self, Access};
use crate::place::Place;
use crate::process;
use crate::programs::announce;
use crate::record::Digest;

/// Flux's client, built and ready.
#[derive(Debug, Clone)]
pub struct FluxClone(PathBuf);

/// One reconciliation to try.
#[derive(Debug, Clone)]
pub struct FluxCloneArgs {
    /// `spec.url`.
    pub url: String,
    /// `spec.ref`: the flag of flux-clone (`branch`, `tag`, `semver`, `name`, `commit`) and its value.
    pub reference: Option<(&'static str, String)>,
    /// `spec.timeout`.
    pub timeout: Duration,
    /// What the secret holds.
    pub access: Access,
    /// Revision of the artifact that is already stored, such as `main@sha1:…`.
    pub observed: Option<String>,
    /// Variables that it finds beside its own.
    pub environment: BTreeMap<String, String>,
    /// When to kill it, should it ignore its own timeout.
    pub bound: Duration,
}

/// What the client says happened.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Outcome {
    /// Whether the repository was cloned.
    pub ok: bool,
    /// From the moment Flux starts its clock.
    pub seconds: f64,
    /// The commit that was cloned; empty if none was.
    #[serde(default)]
    pub commit: String,
    /// The text of the condition that source-controller would set; empty if the clone went well.
    #[serde(default)]
    pub message: String,
}

impl FluxClone {
    /// Builds the client, or says on stderr that it is not here and returns `None`.
    ///
    /// Only its absence is forgiven: where the sources are, a missing Go or a failing build is an error.
    pub fn find() -> Result<Option<Self>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/flux-clone");
        if !folder.exists() {
            announce("SKIPPED: no ../shared/flux-clone beside this repository, so Flux's own client was not asked");
            return Ok(None);
        }
        let mut build = Command::new(folder.join("build"));
        // Go keeps its caches there, and what runs jobs in CI may not set it.
        build.env("HOME", env::home_dir().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(OWN_HOME)));
        let printed = process::run(&mut build, BUILD)?.success("flux-clone/build")?;
        Ok(Some(Self(PathBuf::from(printed.trim()))))
    }

    /// Tells versions of the client apart.
    pub fn digest(&self) -> String {
        std::fs::read(&self.0)
            .map_or_else(|error| error.to_string(), |program| Digest::of(&program).as_str().to_owned())
    }

    /// The command that tries one reconciliation; it succeeds if Flux would.
    pub fn command(&self, args: &FluxCloneArgs) -> Command {
        let mut command = Command::new(&self.0);
        git::isolate(&mut command);
        command.envs(&args.environment);
        command.args(words(args));
        command
    }

    /// Tries one reconciliation. An error means that the client was called wrongly or did not answer.
    pub fn run(&self, args: &FluxCloneArgs) -> Result<Outcome> {
        self.ask(&Place::Machine, args)?
            .with_context(|| format!("flux-clone had not answered after {:?} and was killed", args.bound))
    }

    /// Tries one reconciliation from there; none if there was no answer within the bound.
    pub fn ask(&self, place: &Place, args: &FluxCloneArgs) -> Result<Option<Outcome>> {
        let finished = place.run(&mut self.command(args), args.bound)?;
        if finished.killed {
            return Ok(None);
        }
        let outcome = parse(&finished.stdout)
            .with_context(|| format!("flux-clone ended with {}: {}", finished.status, finished.stderr))?;
        Ok(Some(outcome))
    }
}

fn words(args: &FluxCloneArgs) -> Vec<String> {
    let mut words = vec![format!("-timeout={}ms", args.timeout.as_millis())];
    let mut file = |flag: &str, path: &Option<PathBuf>| {
        words.extend(path.iter().map(|path| format!("-{flag}={}", path.display())));
    };
    file("identity", &args.access.identity);
    file("known-hosts", &args.access.known_hosts);
    file("ca", &args.access.authority);
    words.extend(args.reference.iter().map(|(flag, value)| format!("-{flag}={value}")));
    words.extend(args.observed.iter().map(|revision| format!("-observed={revision}")));
    words.push(args.url.clone());
    words
}

fn parse(stdout: &str) -> Result<Outcome> {
    serde_json::from_str(stdout.trim()).with_context(|| format!("no outcome in {stdout:?}"))
}

/// A cold build fetches and compiles all of go-git.
const BUILD: Duration = Duration::from_mins(10);
/// The home of a user of whom this computer knows none. Not in a folder that others may write to: what is built is run.
const OWN_HOME: &str = "../../target/home";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_answer_are_read() {
        let good = parse("{\"ok\":true,\"seconds\":0.25,\"commit\":\"main@sha1:abc\"}\n").unwrap();
        assert_eq!((good.ok, good.commit.as_str(), good.message.as_str()), (true, "main@sha1:abc", ""));
        let bad = parse("{\"ok\":false,\"seconds\":15,\"message\":\"context deadline exceeded\"}").unwrap();
        assert_eq!((bad.ok, bad.message.as_str()), (false, "context deadline exceeded"));
        assert!(parse("").is_err());
    }

    #[test]
    fn the_address_comes_last_and_flags_carry_their_values() {
        let args = FluxCloneArgs {
            url: "ssh://git@host/r".into(),
            reference: Some(("branch", "main".into())),
            timeout: Duration::from_secs(15),
            access: Access { identity: Some("/k".into()), ..Access::default() },
            observed: None,
            environment: BTreeMap::new(),
            bound: BUILD,
        };
        assert_eq!(words(&args), ["-timeout=15000ms", "-identity=/k", "-branch=main", "ssh://git@host/r"]);
    }
}
