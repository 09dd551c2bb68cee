//! An open connection to a git server over HTTP, with what this user may show there: headers and credentials go to the
//! server that they belong to, if it is who it says it is, and nowhere else.

use std::path::PathBuf;

use access::proxy::{Proxy, ProxyKind};
use access::{Access, HttpAccess, Secret, Surroundings};
use exchange::http::{Answer, Ask, Connection};
use exchange::{Halt, connect, proxy, resolve, tls};
use model::{Failure, FailureKind, Stage, Step};

use super::origin::Origin;
use crate::talk::Talk;

pub(super) struct Door<'a> {
    connection: Connection,
    origin: Origin,
    access: &'a Access<HttpAccess>,
    surroundings: &'a Surroundings,
    authorization: Option<Secret>,
    /// True where credentials may be shown: the user's own server, verified.
    welcome: bool,
    /// A proxy for plain HTTP takes the whole URL.
    absolute: bool,
    asked_helper: bool,
}

impl<'a> Door<'a> {
    /// Opens the user's own server.
    pub(super) async fn open(
        talk: &Talk<'_>,
        origin: &Origin,
        access: &'a Access<HttpAccess>,
        surroundings: &'a Surroundings,
    ) -> Result<Self, Halt> {
        let mut door = Self::connect(talk, origin, access, surroundings).await?;
        if door.welcome {
            door.authorization = access.way.credential.as_ref().map(|found| found.credential.authorization_header());
        }
        Ok(door)
    }

    /// Opens where a redirect leads. Another server gets no credential.
    pub(super) async fn open_further(
        talk: &Talk<'_>,
        from: &Origin,
        to: &Origin,
        access: &'a Access<HttpAccess>,
        surroundings: &'a Surroundings,
    ) -> Result<Self, Halt> {
        if from.is_same_server(to) {
            return Self::open(talk, to, access, surroundings).await;
        }
        let mut door = Self::connect(talk, to, access, surroundings).await?;
        door.welcome = false;
        Ok(door)
    }

    async fn connect(
        talk: &Talk<'_>,
        origin: &Origin,
        access: &'a Access<HttpAccess>,
        surroundings: &'a Surroundings,
    ) -> Result<Self, Halt> {
        let (timeline, clamp) = (talk.timeline, talk.parameters.mss_clamp_bytes);
        let (host, port) = match &access.proxy {
            Some(proxy) => (proxy.host.as_str(), proxy.port),
            None => (origin.host(), origin.port()),
        };
        let peer = resolve(timeline, host, port, talk.parameters.address).await?;
        let mut stream = connect(timeline, peer, clamp).await?;
        let absolute = access.proxy.as_ref().is_some_and(|proxy| forwards(proxy, origin));
        if let Some(proxy) = access.proxy.as_ref().filter(|_| !absolute) {
            stream = proxy::through(timeline, stream, proxy, origin.host(), origin.port()).await?;
        }
        let (opened, welcome) = if origin.is_tls() {
            let files: Vec<PathBuf> = access.way.ca_files.iter().map(|file| file.path.clone()).collect();
            let tls = tls::handshake(timeline, stream, origin.host(), &files).await?;
            (Connection::open(tls.stream, tls.http2, origin.authority()).await, tls.trusted)
        } else {
            (Connection::open(stream, false, origin.authority()).await, true)
        };
        let connection = opened.map_err(|problem| {
            timeline.enter(Stage::AdvertisementWait);
            timeline.fail(Step::AdvertisementWait { http_status: None }, problem);
            Halt
        })?;
        let (origin, authorization) = (origin.clone(), None);
        Ok(Self { connection, origin, access, surroundings, authorization, welcome, absolute, asked_helper: false })
    }

    /// The request target for a suffix of the repository's path.
    pub(super) fn uri(&self, suffix: &str) -> String {
        let path = self.origin.path(suffix);
        if self.absolute { format!("http://{}{path}", self.origin.authority()) } else { path }
    }

    /// Sends a request with what may be shown here.
    pub(super) async fn ask(&mut self, ask: Ask<'_>) -> Result<Answer, Failure> {
        let extra: &[_] = if self.welcome { &self.access.way.extra_headers } else { &[] };
        let authorization = self.authorization.as_ref().map(Secret::expose);
        self.connection.ask(Ask { authorization, extra, ..ask }).await
    }

    /// The server wants to know who asks. git's credential helper is asked once; what comes next shows whether it helped.
    pub(super) async fn log_in(&mut self, talk: &Talk<'_>, answer: Answer) -> Result<(), Halt> {
        let timeline = talk.timeline;
        timeline.end(Step::AdvertisementWait { http_status: Some(answer.status) });
        timeline.enter(Stage::Authenticate);
        let shown = self.authorization.is_some();
        let step = |attempted: &[&str]| Step::Authenticate {
            user: String::new(),
            attempted: attempted.iter().map(|method| (*method).to_owned()).collect(),
            offered: answer.challenges.clone(),
        };
        let fail = |step, kind, text: &str| {
            timeline.fail(step, Failure::new(kind, "authenticate").saying(text));
            Err(Halt)
        };
        if !self.welcome {
            let why = "this server is not the one that was named, or is not verified, so no credential was shown";
            return fail(step(&[]), FailureKind::NoCredential, why);
        }
        if shown {
            return fail(
                step(&["authorization"]),
                FailureKind::AuthenticationRefused,
                "the server refuses the credential",
            );
        }
        if self.asked_helper {
            return fail(step(&[]), FailureKind::NoCredential, "no credential is known for this server");
        }
        self.asked_helper = true;
        let found = timeline.watch(self.access.way.ask_git(self.surroundings)).await;
        match found {
            Ok(Ok(Some(found))) => {
                self.authorization = Some(found.credential.authorization_header());
                timeline.end(step(&["git credential helper"]));
                Ok(())
            }
            Ok(Ok(None)) => fail(step(&[]), FailureKind::NoCredential, "no credential is known for this server"),
            Ok(Err(why)) => fail(step(&[]), FailureKind::NoCredential, &why),
            Err(problem) => {
                timeline.fail(step(&[]), problem);
                Err(Halt)
            }
        }
    }
}

/// For targets in the clear an HTTP proxy takes the request itself instead of opening a tunnel.
fn forwards(proxy: &Proxy, origin: &Origin) -> bool {
    proxy.kind == ProxyKind::HttpConnect && !origin.is_tls()
}
