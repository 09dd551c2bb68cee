//! One trial: netprobe, stock git and Flux's own client, each over a path that nobody has used before.
//!
//! Knows how each is called and what is kept of its answer. Refuses to judge. The three run side by side, every one in
//! a bed of its own: nothing that one of them leaves in a cache or a queue is met by another.

mod clones;
mod netprobe;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use model::Transport;

use self::netprobe::Netprobe;
use crate::bed::Bed;
use crate::git;
use crate::oracle::FluxClone;
use crate::outcome::{FluxOutcome, GitOutcome};
use crate::process::{self, QUICK};
use crate::programs::{NGINX, SSH};
use crate::record::{Answer, Digest, Instruments, Key, Record, Seen};
use crate::repository::Repository;
use crate::scenario::Scenario;
use crate::stored::Study;

/// What takes part in every trial.
#[derive(Debug)]
pub struct Programs {
    netprobe: Netprobe,
    instruments: Instruments,
    flux: Option<FluxClone>,
    versions: BTreeMap<String, String>,
    repositories: Mutex<Vec<Arc<Repository>>>,
}

impl Programs {
    /// This netprobe, the stock git of this computer, and Flux's client where its sources are at hand.
    pub fn find(netprobe: &Path) -> Result<Self> {
        let program = fs::read(netprobe).with_context(|| format!("cannot read {}", netprobe.display()))?;
        let mut versions = BTreeMap::new();
        for (name, command) in [
            ("netprobe", Command::new(netprobe).arg("--version")),
            ("git", git::command()?.arg("--version")),
            ("ssh", Command::new(SSH.path()?).arg("-V")),
            ("nginx", Command::new(NGINX.path()?).arg("-v")),
            ("kernel", Command::new("uname").arg("-r")),
        ] {
            // Two of them tell it on stderr.
            let said = process::run(command, QUICK)?;
            let line = said.stdout.lines().chain(said.stderr.lines()).next().unwrap_or_default();
            versions.insert(name.to_owned(), line.to_owned());
        }
        let flux = FluxClone::find()?;
        versions.insert("flux-clone".to_owned(), flux.as_ref().map_or("not here".to_owned(), FluxClone::digest));
        // Not by its path: a build may have put another program there meanwhile.
        let laboratory = fs::read("/proc/self/exe")?;
        let others = Digest::of(format!("{} {versions:?}", Digest::of(&laboratory).as_str()).as_bytes());
        Ok(Self {
            instruments: Instruments { netprobe: Digest::of(&program), others },
            netprobe: Netprobe::copy(netprobe)?,
            flux,
            versions,
            repositories: Mutex::default(),
        })
    }

    /// What results have to be made with to be results of these programs.
    pub fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// What a trial of this scenario over this transport would be a trial of.
    pub fn key(&self, scenario: &Scenario, transport: Transport) -> Key {
        Key {
            scenario: scenario.name.clone(),
            transport,
            scenario_digest: scenario.digest.clone(),
            instruments: self.instruments.clone(),
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

    /// What this netprobe says today of what was seen once; what the clones did was so then. A study that is missing or
    /// of another scenario is void.
    pub fn judge_again(&self, scenario: &Scenario, transport: Transport) -> Record {
        self.judge_study(scenario, transport)
            .unwrap_or_else(|error| Record { void: Some(format!("{error:#}")), ..self.blank(scenario, transport) })
    }

    fn judge_study(&self, scenario: &Scenario, transport: Transport) -> Result<Record> {
        let study = Study::of(scenario, transport);
        let mut record = study.record(scenario)?;
        let mut command = Command::new(self.netprobe.path());
        command.args(["diagnose", "--format", "json"]).arg(study.document());
        let printed = process::run(&mut command, QUICK)?.success("netprobe diagnose")?;
        let seen = record.seen.as_mut().context("a study without an answer")?;
        seen.netprobe.answer = Some(Answer::parse(&printed)?);
        record.key = self.key(scenario, transport);
        let judged_by = self.versions.get("netprobe").cloned().unwrap_or_default();
        record.versions.insert("judged again by".to_owned(), judged_by);
        Ok(record)
    }

    fn try_out_and_keep(&self, scenario: &Scenario, transport: Transport, document: Option<&mut String>) -> Record {
        let mut record = self.blank(scenario, transport);
        match self.all_three(scenario, transport, &mut record, document) {
            Ok(seen) => record.seen = Some(seen),
            Err(error) => record.void = Some(format!("{error:#}")),
        }
        record
    }

    /// A record of which nothing is known but what it is to be of.
    fn blank(&self, scenario: &Scenario, transport: Transport) -> Record {
        Record {
            key: self.key(scenario, transport),
            at: now(),
            versions: self.versions.clone(),
            timeout_seconds: scenario.content.client.timeout.duration().as_secs_f64(),
            faults: Vec::new(),
            path: BTreeMap::new(),
            void: None,
            seen: None,
        }
    }

    fn all_three(
        &self,
        scenario: &Scenario,
        transport: Transport,
        record: &mut Record,
        document: Option<&mut String>,
    ) -> Result<Seen> {
        let met = Met::by(scenario, transport);
        thread::scope(|scope| {
            let git = scope
                .spawn(move || Bed::build(scenario, transport).and_then(|bed| clones::git(&bed, scenario, met.git)));
            let flux = scope.spawn(move || {
                let of =
                    |flux| Bed::build(scenario, transport).and_then(|bed| clones::flux(flux, &bed, scenario, met.flux));
                self.flux.as_ref().filter(|_| is_asked(scenario, transport)).map(of).transpose()
            });
            let bed = Bed::build(scenario, transport)?;
            self.keep(bed.repository());
            let (netprobe, printed) = self.netprobe.run(&bed, scenario)?;
            record.faults = bed.faults_in_force(met.netprobe).context("beside netprobe")?;
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
}

/// Whether Flux's own client has a word to say.
fn is_asked(scenario: &Scenario, transport: Transport) -> bool {
    scenario.content.expect.over(transport).is_none_or(|expected| expected.flux.asked)
}

/// Who has to meet the scenario's faults.
#[derive(Debug, Clone, Copy)]
struct Met {
    netprobe: bool,
    git: bool,
    flux: bool,
}

impl Met {
    /// Where something is broken, a client that gets through all the same may have passed it by: a hole for large packets
    /// on the way to the server is not met by one who sends none.
    fn by(scenario: &Scenario, transport: Transport) -> Self {
        let Some(expected) = scenario.content.expect.over(transport) else {
            return Self { netprobe: true, git: true, flux: true };
        };
        let all = !expected.spared;
        let works = expected.works();
        Self {
            netprobe: all && (works || !expected.finding_is_healthy()),
            git: all && (works || expected.git != GitOutcome::Clones),
            flux: all && (works || expected.flux.outcome != FluxOutcome::Fits),
        }
    }
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
