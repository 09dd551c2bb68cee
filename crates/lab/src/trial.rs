//! One trial: netprobe, stock git and Flux's own client, each over a path that nobody has used before.
//!
//! Knows how each is called and what is kept of its answer. Refuses to judge. The three run side by side, every one in
//! a bed of its own: nothing that one of them leaves in a cache or a queue is met by another.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use model::Transport;

use crate::bed::{Bed, NOBODY};
use crate::git::{self, Protocol};
use crate::oracle::{FluxClone, FluxCloneArgs};
use crate::outcome::GitOutcome;
use crate::process;
use crate::record::{self, Answer, Digest, FluxRan, GitRan, Key, NetprobeRan, Record, Seen};
use crate::repository::Repository;
use crate::scenario::Scenario;
use crate::stored::Study;
use crate::workplace::Folder;

/// What takes part in every trial.
#[derive(Debug)]
pub struct Programs {
    netprobe: Executable,
    digest: Digest,
    flux: Option<FluxClone>,
    versions: BTreeMap<String, String>,
    repositories: Mutex<Vec<Arc<Repository>>>,
}

impl Programs {
    /// This netprobe, the stock git of this computer, and Flux's client where its sources are at hand.
    pub fn find(netprobe: PathBuf) -> Result<Self> {
        let program = fs::read(&netprobe).with_context(|| format!("cannot read {}", netprobe.display()))?;
        let mut versions = BTreeMap::new();
        for (name, command) in [
            ("netprobe", Command::new(&netprobe).arg("--version")),
            ("git", git::command()?.arg("--version")),
            ("kernel", Command::new("uname").arg("-r")),
        ] {
            let printed = process::run(command, QUICK)?.success(name)?;
            versions.insert(name.to_owned(), printed.lines().next().unwrap_or_default().to_owned());
        }
        Ok(Self {
            netprobe: Executable::copy(&netprobe)?,
            digest: Digest::of(&program),
            flux: FluxClone::find()?,
            versions,
            repositories: Mutex::default(),
        })
    }

    /// What a trial of this scenario over this transport would be a trial of.
    pub fn key(&self, scenario: &Scenario, transport: Transport) -> Key {
        Key {
            scenario: scenario.name.clone(),
            transport,
            scenario_digest: scenario.digest.clone(),
            netprobe_digest: self.digest.clone(),
        }
    }

    /// Runs all three. What the scenario broke too little to count is recorded as void, with the reason.
    pub fn try_out(&self, scenario: &Scenario, transport: Transport) -> Record {
        self.try_out_and_keep(scenario, transport, None)
    }

    /// Runs all three, and keeps everything as a study.
    pub fn store(&self, scenario: &Scenario, transport: Transport) -> Result<Record> {
        let mut document = String::new();
        let record = self.try_out_and_keep(scenario, transport, Some(&mut document));
        Study::of(scenario, transport).keep(&record, &document)?;
        Ok(record)
    }

    /// What this netprobe says today of what was seen once; what the clones did was so then.
    pub fn judge_again(&self, scenario: &Scenario, transport: Transport) -> Result<Record> {
        let study = Study::of(scenario, transport);
        let mut record = study.record(scenario)?;
        let mut command = Command::new(self.netprobe.path());
        command.args(["diagnose", "--format", "json"]).arg(study.document());
        let printed = process::run(&mut command, QUICK)?.success("netprobe diagnose")?;
        let seen = record.seen.as_mut().context("a study without an answer")?;
        seen.netprobe.answer = Some(Answer::parse(&printed)?);
        record.key = self.key(scenario, transport);
        Ok(record)
    }

    fn try_out_and_keep(&self, scenario: &Scenario, transport: Transport, document: Option<&mut String>) -> Record {
        let mut record = Record {
            key: self.key(scenario, transport),
            at: now(),
            versions: self.versions.clone(),
            timeout_seconds: scenario.content.client.timeout.duration().as_secs_f64(),
            faults: Vec::new(),
            path: BTreeMap::new(),
            void: None,
            seen: None,
        };
        match self.all_three(scenario, transport, &mut record, document) {
            Ok(seen) => record.seen = Some(seen),
            Err(error) => record.void = Some(format!("{error:#}")),
        }
        record
    }

    fn all_three(
        &self,
        scenario: &Scenario,
        transport: Transport,
        record: &mut Record,
        document: Option<&mut String>,
    ) -> Result<Seen> {
        let met = must_be_met(scenario, transport);
        thread::scope(|scope| {
            let git = scope.spawn(move || Bed::build(scenario, transport).and_then(|bed| clone(&bed, scenario, met)));
            let flux = scope.spawn(move || {
                let of = |flux| Bed::build(scenario, transport).and_then(|bed| ask(flux, &bed, scenario, met));
                self.flux.as_ref().map(of).transpose()
            });
            let bed = Bed::build(scenario, transport)?;
            self.keep(bed.repository());
            let (netprobe, printed) = self.probe(&bed, scenario)?;
            record.faults = bed.faults_in_force(met)?;
            record.path = bed.counters()?;
            let (git, flux) = (git.join().map_err(|_| panicked("git"))?, flux.join().map_err(|_| panicked("Flux"))?);
            if let Some(document) = document {
                *document = printed;
            }
            Ok(Seen { netprobe, git: git?, flux: flux? })
        })
    }

    /// The next trials need not make it again.
    fn keep(&self, repository: &Arc<Repository>) {
        let mut kept = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.iter().any(|one| Arc::ptr_eq(one, repository)) {
            kept.push(Arc::clone(repository));
        }
    }

    /// Without any rights, as netprobe is to be run.
    fn probe(&self, bed: &Bed, scenario: &Scenario) -> Result<(NetprobeRan, String)> {
        let mut command = Command::new(self.netprobe.path());
        command.uid(NOBODY).gid(NOBODY);
        command.env_clear().env("HOME", bed.home()).envs(git::NEUTRAL.iter().copied()).env("PATH", PATH);
        command.args(["run", "--flux-version", ORACLE_VERSION, "--format", "json", "--no-report"]);
        command.args(["--ref", &format!("branch={}", scenario.content.client.branch)]);
        command.args(["--timeout", &format!("{}ms", scenario.content.client.timeout.duration().as_millis())]);
        let access = bed.access();
        for (flag, file) in
            [("--identity", &access.identity), ("--known-hosts", &access.known_hosts), ("--ca-file", &access.authority)]
        {
            command.args(file.iter().flat_map(|file| [OsStr::new(flag), file.as_os_str()]));
        }
        command.args(&scenario.content.client.options).arg(bed.url());
        let finished = bed.client().run(&mut command, NETPROBE_BOUND)?;
        let answer = Answer::parse(&finished.stdout).ok();
        let stderr = if answer.is_some() { String::new() } else { record::last_words(&finished.stderr) };
        let ran =
            NetprobeRan { exit_code: finished.status.code(), seconds: finished.took.as_secs_f64(), answer, stderr };
        Ok((ran, finished.stdout))
    }
}

/// A copy of a program where anybody can start it, whoever may read the folder that it was built in.
#[derive(Debug)]
struct Executable(Folder);

impl Executable {
    fn copy(program: &Path) -> Result<Self> {
        let folder = Folder::new("netprobe")?;
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        let own = Self(folder);
        fs::copy(program, own.path()).with_context(|| format!("cannot copy {}", program.display()))?;
        fs::set_permissions(own.path(), Permissions::from_mode(0o755))?;
        Ok(own)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("netprobe")
    }
}

/// Whether this transport has to meet the scenario's faults.
fn must_be_met(scenario: &Scenario, transport: Transport) -> bool {
    scenario.content.expect.over(transport).is_none_or(|expected| !expected.spared)
}

/// `git clone`, as anybody types it.
fn clone(bed: &Bed, scenario: &Scenario, met: bool) -> Result<GitRan> {
    let mut command = git::client(&bed.access(), Protocol::V2)?;
    command.args(["clone", "--bare", bed.url()]).arg(bed.home().join("clone.git"));
    let finished = bed.client().run(&mut command, scenario.content.client.timeout.duration())?;
    bed.faults_in_force(met)?;
    let outcome = match (finished.killed, finished.status.success()) {
        (true, _) => GitOutcome::Hangs,
        (false, true) => GitOutcome::Clones,
        (false, false) => GitOutcome::Fails,
    };
    Ok(GitRan { outcome, seconds: finished.took.as_secs_f64(), stderr: record::last_words(&finished.stderr) })
}

/// One reconciliation, as Flux makes it.
fn ask(flux: &FluxClone, bed: &Bed, scenario: &Scenario, met: bool) -> Result<FluxRan> {
    let timeout = scenario.content.client.timeout.duration();
    let args = FluxCloneArgs {
        url: bed.url().to_owned(),
        reference: Some(("branch", scenario.content.client.branch.clone())),
        timeout,
        access: bed.access(),
        observed: None,
        bound: timeout + GRACE,
    };
    let outcome = flux.ask(&bed.client_place(), &args)?;
    bed.faults_in_force(met)?;
    Ok(outcome.map_or_else(|| FluxRan::hung(args.bound.as_secs_f64()), |outcome| FluxRan::answered(&outcome)))
}

/// The day, as folders of results are named: `2026-11-23`.
pub fn today() -> String {
    Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// Day and time in UTC, as names of folders have it: `2026-11-23T20-41-07`.
pub fn moment() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H-%M-%S").to_string()
}

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn panicked(who: &str) -> anyhow::Error {
    anyhow!("the thread of {who} panicked")
}

/// The release of Flux that the oracle is (its README).
const ORACLE_VERSION: &str = "2.9";
/// git's credential helpers and ssh are looked up here by netprobe.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// netprobe's default budget is 30 s, and it promises to end within a second after it.
const NETPROBE_BOUND: Duration = Duration::from_secs(45);
/// How long Flux's client may be silent past its own deadline before it counts as hanging.
const GRACE: Duration = Duration::from_secs(5);
const QUICK: Duration = Duration::from_secs(20);
