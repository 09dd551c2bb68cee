//! The advertisement's two stages, from bytes that either transport hands in.

use exchange::Halt;
use exchange::upload_pack::{AdvertisementReader, Progress};
use model::{Failure, FailureKind, RemoteText, Stage, Step};

use crate::talk::{Talk, means_absent, problem};

/// Writes down the waiting and the transfer as they pass.
pub(crate) struct Advertising<'a> {
    talk: &'a Talk<'a>,
    pub(crate) reader: AdvertisementReader,
    http: bool,
    http_status: Option<u16>,
    begun: bool,
}

impl<'a> Advertising<'a> {
    /// The waiting begins.
    pub(crate) fn start(talk: &'a Talk<'a>, http: bool) -> Self {
        talk.timeline.enter(Stage::AdvertisementWait);
        Self { talk, reader: talk.reader(http), http, http_status: None, begun: false }
    }

    /// Something came.
    pub(crate) const fn has_begun(&self) -> bool {
        self.begun
    }

    /// The HTTP headers came.
    pub(crate) fn headers(&mut self, status: u16) {
        self.http_status = Some(status);
    }

    /// Bytes came. On a channel nothing may stand behind a complete advertisement, since nothing was asked for yet; the
    /// rest of a body is nobody's.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<Progress, Failure> {
        self.talk.timeline.works();
        if !self.begun && !bytes.is_empty() {
            self.begun = true;
            self.talk.timeline.end(Step::AdvertisementWait { http_status: self.http_status });
            self.talk.timeline.enter(Stage::AdvertisementTransfer);
        }
        let progress = self.reader.feed(&mut bytes).map_err(|error| problem(&error, READ))?;
        if progress == Progress::More || self.http || bytes.is_empty() {
            return Ok(progress);
        }
        let more = format!("more came behind the list of references: \"{}\"", RemoteText::from_bytes(bytes));
        Err(Failure::new(FailureKind::Malformed, READ).saying(more))
    }

    /// References are known.
    pub(crate) fn end(&self) {
        let selected = self.reader.selector().select(self.talk.parameters.depth).ok();
        let mut summary = self.reader.summary();
        summary.reference = selected.as_ref().map(|selection| selection.reference.clone());
        summary.object_id = selected.map(|selection| selection.object_id);
        self.talk.timeline.end(Step::AdvertisementTransfer(summary));
    }

    /// It did not come to that.
    pub(crate) fn fail(&self, problem: Failure) -> Halt {
        let step = if self.begun {
            Step::AdvertisementTransfer(self.reader.summary())
        } else {
            Step::AdvertisementWait { http_status: self.http_status }
        };
        self.talk.timeline.fail(step, problem);
        Halt
    }
}

/// The remote command ended where its first words were due: by its exit status and what it said, it may not have been git.
pub(crate) fn ended(exit_status: Option<u32>, said: RemoteText) -> Failure {
    let not_git = match exit_status {
        // What a shell that found no such command, or none that it may run, ends with (POSIX, section 2.8.2).
        Some(126 | 127) => true,
        // git says why it ends. One that is killed has no exit status.
        Some(_) => said.as_str().is_empty(),
        None => false,
    };
    if not_git { Failure::new(FailureKind::ExecRefused, READ).saying(said) } else { closed(said) }
}

/// The other side closed in the middle; `said` is what it had to say, if anything.
pub(crate) fn closed(said: RemoteText) -> Failure {
    let kind = match said.as_str() {
        "" => FailureKind::Closed,
        text if means_absent(text) => FailureKind::RepositoryNotFound,
        _ => FailureKind::RemoteError,
    };
    Failure::new(kind, READ).saying(said)
}

const READ: &str = "read the ref advertisement";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_not_git_is_told_from_git_that_fails() {
        let kind = |exit_status, said: &str| ended(exit_status, said.into()).kind;
        assert_eq!(kind(Some(127), "sh: 1: git-upload-pack: not found"), FailureKind::ExecRefused);
        assert_eq!(kind(Some(1), ""), FailureKind::ExecRefused, "git would have said why");
        assert_eq!(kind(None, ""), FailureKind::Closed);
        let absent = "fatal: '/srv/x' does not appear to be a git repository";
        assert_eq!(kind(Some(128), absent), FailureKind::RepositoryNotFound);
        assert_eq!(kind(Some(128), "fatal: out of memory"), FailureKind::RemoteError);
    }
}
