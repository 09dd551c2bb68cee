//! What both transports share: the parameters of one exchange, its caps, and how the errors of a conversation read in a
//! report.

use std::time::Duration;

use exchange::Halt;
use exchange::upload_pack::{AdvertisementReader, Ask, ObjectFormat, PackMeter, ResponseReader, Selection, Selector};
use exchange::upload_pack::{SelectionError, TalkError, fetch_v0, fetch_v2};
use measure::Timeline;
use model::{Bytes, Cap, Ended, Failure, FailureKind, FlightSize, GitRef, Profile, Protocol, Stage, Step};
use model::{Micros, UploadPackParameters, WireCount};

/// One exchange.
pub(crate) struct Talk<'a> {
    pub(crate) timeline: &'a Timeline,
    pub(crate) parameters: &'a UploadPackParameters,
}

impl<'a> Talk<'a> {
    pub(crate) fn new(timeline: &'a Timeline, parameters: &'a UploadPackParameters) -> Self {
        Self { timeline, parameters }
    }

    /// A reader for the advertisement.
    pub(crate) fn reader(&self, http: bool) -> AdvertisementReader {
        AdvertisementReader::new(Selector::new(self.timeline.context().git_ref.clone()), http)
    }

    /// True where protocol v2 is asked for.
    pub(crate) fn v2(&self) -> bool {
        self.parameters.protocol == Protocol::V2
    }

    /// The cap that is reached, if bytes go on flowing.
    pub(crate) fn cap_reached(&self) -> Option<Ended> {
        let caps = self.parameters.caps;
        let received = self.timeline.meter().map(|meter| meter.wire().received).unwrap_or_default();
        // A look-up that takes its time leaves the exchange all of its own.
        let now = self.timeline.context().clock.now();
        let took = self.timeline.connected_us().map_or(Micros(0), |connected_us| now.since(connected_us));
        if caps.received.is_some_and(|cap| received >= cap) {
            Some(Ended::Cut { cap: Cap::Bytes })
        } else if caps.time_us.is_some_and(|cap| took >= cap) {
            Some(Ended::Cut { cap: Cap::Time })
        } else {
            None
        }
    }

    /// What to ask for; if there is nothing, that is written down as the request's problem.
    pub(crate) fn select(&self, reader: &AdvertisementReader) -> Result<Selection, Halt> {
        reader.selector().select(self.parameters.depth).map_err(|error| {
            let kind = match error {
                SelectionError::Empty => FailureKind::RepositoryEmpty,
                SelectionError::NotFound(_) | SelectionError::Range(_) => FailureKind::RefNotFound,
            };
            let size = FlightSize { sent: Bytes(0), client: None, why_different: None };
            self.timeline.enter(Stage::Request);
            let problem = Failure::new(kind, "choose what to ask for").saying(error.to_string());
            self.timeline.fail(Step::Request { size, wants: 0, depth: None }, problem);
            Halt
        })
    }

    /// The request's bytes, and what they are in the report.
    pub(crate) fn request(&self, selection: &Selection, reader: &AdvertisementReader) -> (Vec<u8>, Step) {
        let profile = self.timeline.context().profile;
        let ask = Ask { progress: self.parameters.progress, filter: self.parameters.filter, profile };
        let server = reader.capabilities();
        let v2 = reader.protocol() == Some(Protocol::V2);
        let bytes = if v2 { fetch_v2(selection, ask, server) } else { fetch_v0(selection, ask, server) };
        if self.parameters.filter.is_some() && ask.effective_filter(server).is_none() {
            self.timeline.context().recorder.remark("the server knows no filters, so the whole pack was asked for");
        }
        let as_flux = profile == Profile::Flux && !v2 && !ask.progress && ask.filter.is_none();
        let sent = Bytes::of(&bytes);
        let size = FlightSize {
            sent,
            client: as_flux.then_some(sent),
            why_different: (!as_flux).then(|| "git's request depends on its version".to_owned()),
        };
        let wants = u32::try_from(selection.wants.len()).unwrap_or(u32::MAX);
        (bytes, Step::Request { size, wants, depth: selection.depth })
    }

    /// A reader for the response to that request.
    pub(crate) fn response(&self, selection: &Selection, reader: &AdvertisementReader) -> ResponseReader {
        let server = reader.capabilities();
        let sha256 = server.value("object-format") == Some("sha256");
        let format = if sha256 { ObjectFormat::Sha256 } else { ObjectFormat::Sha1 };
        let may_be_cut = self.parameters.caps.received.is_some() || self.parameters.caps.time_us.is_some();
        let pack = PackMeter::new(format, may_be_cut);
        let protocol = reader.protocol().unwrap_or(Protocol::V0);
        ResponseReader::new(protocol, selection.depth.is_some(), server.has("side-band-64k"), pack)
    }
}

/// Returns once so many bytes have gone to the kernel: russh and hyper write in tasks of their own, so the counter has to
/// be looked at.
pub(crate) async fn written(timeline: &Timeline, sent: Bytes) {
    let missing = || timeline.meter().is_some_and(|meter| meter.wire().sent < sent);
    // They write when it is their turn; a timer would be late by more than that takes.
    for _ in 0..TURNS {
        if !missing() {
            return;
        }
        tokio::task::yield_now().await;
    }
    while missing() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The request under way has gone to the kernel, where `before` had been counted before it.
pub(crate) fn sent(timeline: &Timeline, step: Step, before: WireCount) {
    let left = timeline.meter().map_or(timeline.began_us(), |meter| meter.last_sent());
    // The answer may be here already; it is not the request's.
    let gone = WireCount { sent: timeline.wire().sent, received: before.received };
    timeline.end_at(step, left.max(timeline.began_us()), gone);
}

/// When what is handed in now had come, at the latest. Hashing and inflating what came before it is not the network's.
pub(crate) fn came(timeline: &Timeline) -> Micros {
    let now = timeline.context().clock.now();
    timeline.meter().map_or(now, |meter| meter.last_received()).max(timeline.began_us()).min(now)
}

/// Of other tasks, more than any of them needs to pass a request on.
const TURNS: u32 = 16;

/// What went wrong in the conversation, in the report's words.
pub(crate) fn problem(error: &TalkError, operation: &str) -> Failure {
    let kind = match error {
        TalkError::Malformed(_) => FailureKind::Malformed,
        TalkError::Remote(text) if means_absent(text.as_str()) => FailureKind::RepositoryNotFound,
        TalkError::Remote(_) => FailureKind::RemoteError,
        TalkError::TooLarge(_) => FailureKind::TooLarge,
    };
    Failure::new(kind, operation).saying(error.to_string())
}

/// How git, GitHub, GitLab, Gitea and Bitbucket say that a repository is not there, or not for this key.
pub(crate) fn means_absent(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let absent = ["not found", "does not appear to be a git repository", "could not be found", "does not exist"];
    absent.iter().any(|words| text.contains(words)) && !text.contains("command not found")
}

/// Prefixes that `ls-refs` is limited to: what this reference needs.
pub(crate) fn prefixes(wanted: &GitRef) -> Vec<String> {
    match wanted {
        GitRef::Head => vec!["HEAD".to_owned()],
        GitRef::Branch(branch) | GitRef::Commit { branch: Some(branch), .. } => vec![format!("refs/heads/{branch}")],
        GitRef::Tag(tag) => vec![format!("refs/tags/{tag}")],
        GitRef::Name(name) => vec![name.clone(), "refs/heads/".to_owned()],
        GitRef::Semver(_) => vec!["refs/heads/".to_owned(), "refs/tags/".to_owned()],
        GitRef::Commit { branch: None, .. } => vec!["refs/heads/".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absence_is_recognised_in_the_hosters_words() {
        for text in [
            "ERROR: Repository not found.",
            "fatal: '/srv/nope.git' does not appear to be a git repository",
            "remote: The project you were looking for could not be found.",
        ] {
            assert!(means_absent(text), "{text}");
        }
        assert!(!means_absent("bash: git-upload-pack: command not found"));
        assert!(!means_absent("fatal: unable to create thread"));
    }
}
