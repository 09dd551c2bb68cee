//! The words of Flux's conditions: go-git's error for each place where waiting can end, and what Flux puts before it
//! (flux-git.md §1.2). It knows no times.

use model::{Stage, Target, Transport};

use super::clock::{Pass, SeenUntilThen};
use super::redirected;
use crate::trace::Trace;

/// The words for one run against one repository.
#[derive(Debug, Clone)]
pub(super) struct Wording {
    transport: Transport,
    url: String,
    /// Where requests go: behind a redirect, if there was one.
    base: String,
    /// The server offers one of the two multi-ack capabilities, so Flux asks for it (flux-git.md §1.4).
    multi_ack: bool,
}

const DEADLINE: &str = "context deadline exceeded";

impl Wording {
    pub(super) fn new(target: &Target, run: Trace<'_>) -> Self {
        let url = target.url();
        let base = redirected(run).and_then(|to| to.strip_suffix(INFO_REFS)).unwrap_or(&url).to_owned();
        let capabilities = run.advertisement().map(|(_, advertisement)| advertisement.capabilities.as_slice());
        // Canonical git offers both; where nothing is known of the server it is taken to be canonical.
        let multi_ack = capabilities.filter(|known| !known.is_empty()).is_none_or(|known| {
            known.iter().any(|capability| matches!(capability.as_str(), "multi_ack" | "multi_ack_detailed"))
        });
        Self { transport: target.transport, url, base, multi_ack }
    }

    /// The whole text of the condition.
    pub(super) fn condition(&self, pass: Pass, tail: &str) -> String {
        match pass {
            Pass::List => format!("{REVISION}unable to list remote for '{}': {tail}", self.url),
            Pass::Clone => format!("{REVISION}unable to clone '{}': {tail}", self.url),
        }
    }

    /// Words that Flux itself finds, without the repository in front.
    pub(super) fn own_words(tail: &str) -> String {
        format!("{REVISION}{tail}")
    }

    /// The form without a colon, for a repository that is absent or empty; the listing has the ordinary form.
    pub(super) fn not_there(&self, pass: Pass, what: &str) -> String {
        match pass {
            Pass::List => self.condition(pass, what),
            Pass::Clone => format!("{REVISION}unable to clone: {what}: git repository: '{}'", self.url),
        }
    }

    /// What go-git says where the deadline strikes while this stage is waited for.
    pub(super) fn deadline(&self, stage: Stage, seen: SeenUntilThen) -> String {
        let http = self.transport != Transport::Ssh;
        match stage {
            _ if http && stage <= Stage::AdvertisementWait && !seen.headers => self.get(DEADLINE),
            Stage::Request | Stage::ResponseWait if http && !seen.headers => self.post(DEADLINE),
            Stage::ShallowList => format!("{DECODING}{DEADLINE}"),
            Stage::Acknowledgment => format!("{}{DEADLINE}", self.acknowledging()),
            Stage::FirstPacket | Stage::PackStart if !seen.peeked => format!("{DECODING}{DEADLINE}"),
            _ => DEADLINE.to_owned(),
        }
    }

    /// An error of the GET: the name lookup, the dial and the TLS handshake are part of it.
    pub(super) fn get(&self, error: &str) -> String {
        format!("Get \"{}{INFO_REFS}\": {error}", self.base)
    }

    /// An error of the POST before its response.
    pub(super) fn post(&self, error: &str) -> String {
        format!("unexpected client error: Post \"{}/git-upload-pack\": {error}", self.base)
    }

    /// A status that go-git has no words of its own for.
    pub(super) fn status(&self, stage: Stage, status: u16) -> String {
        let path = if stage < Stage::Request { INFO_REFS } else { "/git-upload-pack" };
        format!("unexpected client error: unexpected requesting \"{}{path}\" status code: {status}", self.base)
    }

    /// What becomes of an IPv6 address in place of a name over SSH: go-git 5 puts it in brackets twice and dials nothing
    /// (go-git issue 1616; Flux's own client says it in these words).
    pub(super) fn address_in_brackets(target: &Target) -> Option<String> {
        let (over_ssh, host) = (target.transport == Transport::Ssh, &target.host);
        let port = target.port.unwrap_or(SSH_PORT);
        (over_ssh && host.contains(':'))
            .then(|| format!("dial tcp: address [[{host}]]:{port}: missing port in address"))
    }

    /// An error of the dial: over HTTP the GET is around it.
    pub(super) fn dialling(&self, error: &str) -> String {
        if self.transport == Transport::Ssh { error.to_owned() } else { self.get(error) }
    }

    /// What stands before an error at this stage of the response (flux-git.md §1.1, §1.4).
    pub(super) fn decoding(&self, stage: Stage) -> String {
        if stage == Stage::Acknowledgment { self.acknowledging() } else { DECODING.to_owned() }
    }

    fn acknowledging(&self) -> String {
        let infix = if self.multi_ack { "multi_ack and multi_ack_detailed are not supported: " } else { "" };
        format!("{DECODING}{infix}")
    }
}

const SSH_PORT: u16 = 22;
const REVISION: &str = "failed to checkout and determine revision: ";
const DECODING: &str = "error decoding upload-pack response: ";
const INFO_REFS: &str = "/info/refs?service=git-upload-pack";
