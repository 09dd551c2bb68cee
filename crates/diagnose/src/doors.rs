//! The other doors of a host at which no connection was to be had: which ones are worth a try, what came of that, and the
//! way around through an open one.

use model::{Endpoint, FailureKind, Hoster, Target, Transport};

use crate::Evidence;
use crate::case::Case;
use crate::command::quoted;
use crate::figures::time;
use crate::reach::{Reach, Try};

/// The tries at other doors.
#[derive(Debug)]
pub(crate) struct Doors<'a> {
    case: &'a Case<'a>,
    tries: Vec<Try<'a>>,
}

impl<'a> Doors<'a> {
    pub(crate) fn of(case: &'a Case<'a>) -> Self {
        Self { case, tries: Reach::of(case.report).doors().collect() }
    }

    /// What is worth a try after no connection was had in this case: another port of the same address, and the hoster's other
    /// SSH door. A proxy's other ports tell nothing.
    pub(crate) fn worth_a_try(case: &Case<'_>) -> Vec<Endpoint> {
        let target = &case.report.header.plan.target;
        let Some(peer) = case.subject.peer() else { return Vec::new() };
        let name = case.subject.detour(target).unwrap_or(&target.host);
        let hoster = Hoster::of(name);
        if case.subject.detour(target).is_some() && hoster.is_none() {
            return Vec::new();
        }
        let other_port = match target.transport {
            Transport::Ssh => HTTPS_PORT,
            Transport::Https | Transport::Http => SSH_PORT,
        };
        let same_host = Endpoint { host: peer.ip().to_string(), port: other_port };
        let same_host = Some(same_host).filter(|_| peer.port() != other_port);
        let other_ssh = hoster.and_then(|hoster| hoster.also_ssh).filter(|_| target.transport == Transport::Ssh);
        let other_ssh = other_ssh.map(|(host, port)| Endpoint { host: host.to_owned(), port });
        same_host.into_iter().chain(other_ssh).collect()
    }

    /// The open port of the very address that gave no connection.
    pub(crate) fn open_at_same_address(&self) -> Option<Try<'a>> {
        let address = self.case.subject.peer()?.ip();
        self.tries.iter().copied().find(|one| one.problem.is_none() && one.peer.ip() == address)
    }

    /// Another port of the very address that gave no connection, at which it answers: with a connection or with a reset.
    pub(crate) fn answers_at_same_address(&self) -> Option<Try<'a>> {
        let address = self.case.subject.peer()?.ip();
        let answers = |one: &Try<'_>| one.problem.is_none_or(|problem| problem.kind == FailureKind::Refused);
        self.open_at_same_address().or(self.tries.iter().copied().find(|one| one.peer.ip() == address && answers(one)))
    }

    /// What was seen at each.
    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        let say = |one: &Try<'_>| {
            let (peer, took) = (one.peer, time(one.took_us));
            one.shows(match one.problem.map(|problem| &problem.kind) {
                None => format!("{peer} answered in {took}"),
                Some(FailureKind::Stalled { .. }) => format!("{peer} did not answer either, in {took}"),
                Some(FailureKind::Refused) => format!("{peer} refused in {took}"),
                Some(_) => format!("{peer} gave no connection either, after {took}"),
            })
        };
        self.tries.iter().map(say).collect()
    }

    /// How to go around through what is open, the hoster's SSH door first: the credential stays the same.
    pub(crate) fn ways_around(&self) -> Vec<String> {
        let target = &self.case.report.header.plan.target;
        let mut ways = Vec::new();
        if let Some((host, port)) = self.open_ssh() {
            let url = beside(target, host, port);
            ways.push(format!("Go through the hoster's other SSH door, {host} at port {port}. From here:"));
            ways.push(format!("git ls-remote {}", quoted(&url)));
            ways.push(format!(
                "In Flux set `spec.url: {url}`, and give the secret's known_hosts the lines of `[{host}]:{port}` beside \
                 those of {}; compare them with the keys that the hoster publishes:",
                target.host
            ));
            ways.push(format!("ssh-keyscan -p {port} {host}"));
        }
        let https = self.open_at_same_address().filter(|one| one.peer.port() == HTTPS_PORT);
        if https.is_some() && target.transport == Transport::Ssh {
            let path = target.path.trim_start_matches('/');
            ways.push(format!(
                "Or go over HTTPS with a token, if the server serves git there: `https://{}/{path}` in `spec.url`.",
                target.host
            ));
        }
        ways
    }

    fn open_ssh(&self) -> Option<(&'static str, u16)> {
        let (host, port) = Hoster::of(&self.case.report.header.plan.target.host)?.also_ssh?;
        let is_it = |one: &&Try<'_>| one.attempt().is_some_and(|seen| seen.host == host && seen.peer.port() == port);
        self.tries.iter().find(is_it).filter(|one| one.problem.is_none()).map(|_| (host, port))
    }
}

/// The same repository at another host and port, as a URL: Flux takes nothing else.
fn beside(target: &Target, host: &str, port: u16) -> String {
    let user = target.user.as_deref().unwrap_or("git");
    format!("ssh://{user}@{host}:{port}/{}", target.path.trim_start_matches('/'))
}

const SSH_PORT: u16 = 22;
const HTTPS_PORT: u16 = 443;
