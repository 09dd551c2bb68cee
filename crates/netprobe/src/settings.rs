//! What was typed, together with the environment and the configuration of ssh and git, becomes what will be done.

mod address;
mod notes;
mod report_file;
pub(crate) mod repository;
mod way;

use std::path::PathBuf;

use access::Surroundings;
use access::git_config::GitConfig;
use cluster::GitRepository;
use engine::{JournalFile, Wish};
use measure::Way;
use model::{Micros, Note};

use crate::args::run::RunArgs;
use notes::Notes;

/// Everything that `netprobe run` needs to know. Holds secrets, in `way` only.
#[derive(Debug)]
pub(crate) struct RunSettings {
    /// What is asked for.
    pub(crate) wish: Wish,
    /// How the repository is reached.
    pub(crate) way: Way,
    /// What the reader should know.
    pub(crate) notes: Vec<Note>,
    /// Where the report goes; none where none is kept.
    pub(crate) report: Option<PathBuf>,
}

impl RunSettings {
    /// Settles it all: reads configuration, keys and known hosts. Nothing is connected to, but git may be asked for its
    /// settings. `repository` is what the cluster or a manifest says; the command line has the last word.
    pub(crate) async fn resolve(args: &RunArgs, repository: Option<&GitRepository>) -> anyhow::Result<Self> {
        let surroundings = Surroundings::of_this_process();
        let git = GitConfig::read(&surroundings).await;
        let mut notes = Notes::default();
        let address = match repository {
            Some(repository) => address::of_repository(repository, &mut notes)?,
            None => address::resolve(args.target.as_deref(), &git, &mut notes)?,
        };
        let wish = wish(args, address.target.clone(), repository);
        let report = report_file::place(&args.report, &wish.target.host, &surroundings.environment)?;
        let way = way::resolve(surroundings, &git, &args.access, &wish, &address, &mut notes)?;
        Ok(Self { wish, way, notes: notes.into_notes(), report })
    }

    /// Makes the report's file, so that a wrong place for it costs no measurement.
    pub(crate) fn journal(&self) -> anyhow::Result<Option<JournalFile>> {
        Ok(self.report.as_deref().map(JournalFile::create).transpose()?)
    }
}

fn wish(args: &RunArgs, target: model::Target, repository: Option<&GitRepository>) -> Wish {
    let (question, cost) = (&args.question, &args.cost);
    let git_ref = question.git_ref.clone().or_else(|| Some(repository?.git_ref.clone()));
    let timeout = cost.timeout.or_else(|| repository?.timeout);
    Wish {
        target,
        git_ref: git_ref.unwrap_or_default(),
        profile: question.profile.into(),
        flux_version: question.flux_version,
        artifact_stored: question.artifact_stored || repository.is_some_and(|repository| repository.has_artifact),
        timeout_us: timeout.unwrap_or(FLUX_TIMEOUT),
        budget_us: cost.budget,
        patience_us: cost.patience,
        protocol: question.protocol.into(),
        depth: question.depth.into(),
        progress: question.server_progress,
        full: cost.full,
        mss_clamp_bytes: question.mss_clamp,
        filter: question.filter.map(Into::into),
        around: !cost.no_follow_up,
        thorough: cost.thorough,
    }
}

/// `spec.timeout` where none is set (GitRepository v1).
const FLUX_TIMEOUT: Micros = Micros::from_secs(60);
