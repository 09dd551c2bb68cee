//! The real thing: stock git, and Flux's own client.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::bed::Bed;
use crate::git::{self, Protocol};
use crate::oracle::{FluxClone, FluxCloneArgs};
use crate::outcome::GitOutcome;
use crate::record::{self, FluxRan, GitRan};
use crate::scenario::Scenario;

/// `git clone`, as anybody types it.
pub(super) fn git(bed: &Bed, scenario: &Scenario, met: bool) -> Result<GitRan> {
    let mut command = git::client(&bed.access(), Protocol::V2)?;
    command.envs(&scenario.content.client.environment);
    command.args(["clone", "--bare", bed.url()]).arg(bed.home().join("clone.git"));
    let finished = bed.client().run(&mut command, scenario.content.client.timeout.duration())?;
    bed.faults_in_force(met).context("beside git")?;
    let outcome = match (finished.killed, finished.status.success()) {
        (true, _) => GitOutcome::Hangs,
        (false, true) => GitOutcome::Clones,
        (false, false) => GitOutcome::Fails,
    };
    Ok(GitRan { outcome, seconds: finished.took.as_secs_f64(), stderr: record::last_words(&finished.stderr) })
}

/// One reconciliation, as Flux makes it.
pub(super) fn flux(client: &FluxClone, bed: &Bed, scenario: &Scenario, met: bool) -> Result<FluxRan> {
    let timeout = scenario.content.client.timeout.duration();
    let mut environment = scenario.content.client.environment.clone();
    // It clones into a temporary folder, which it leaves behind when it is killed.
    environment.insert("TMPDIR".to_owned(), bed.home().display().to_string());
    let args = FluxCloneArgs {
        url: bed.url().to_owned(),
        reference: Some(("branch", scenario.content.client.branch.clone())),
        timeout,
        access: bed.access(),
        observed: None,
        environment,
        bound: timeout + GRACE,
    };
    let outcome = client.ask(&bed.client_place(), &args)?;
    bed.faults_in_force(met).context("beside Flux's client")?;
    Ok(outcome.map_or_else(|| FluxRan::hung(args.bound.as_secs_f64()), |outcome| FluxRan::answered(&outcome)))
}

/// How long Flux's client may be silent past its own deadline before it counts as hanging.
const GRACE: Duration = Duration::from_secs(5);
