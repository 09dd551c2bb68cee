//! An open connection to a git server over HTTP, with what this user may show there: headers and credentials go to the
//! server that they belong to, if it is who it says it is, and nowhere else.

use access::proxy::{Proxy, ProxyCredential, ProxyKind};
use access::{Access, HttpAccess, Secret, Surroundings};
use exchange::http::{Answer, Ask, Connection};
use exchange::tls::{self, Hello, Trust};
use exchange::{Halt, Route};
use model::{Failure, FailureKind, Stage, Step};

use super::origin::Origin;
use crate::talk::Talk;

/// What every connection of one exchange needs.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) access: &'a Access<HttpAccess>,
    pub(super) surroundings: &'a Surroundings,
    pub(super) trust: &'a Trust,
}

pub(super) struct Door<'a> {
    connection: Connection,
    origin: Origin,
    means: Means<'a>,
    authorization: Option<Secret>,
    /// True where credentials may be shown: the user's own server, verified.
    welcome: bool,
    /// A proxy for plain HTTP takes the whole URL, and its own login with it.
    forwarded: bool,
    asked_helper: bool,
}

impl<'a> Door<'a> {
    /// Opens a connection to `origin`. Only the server that the user named gets to see a credential, however many
    /// redirects lie between.
    pub(super) async fn open(talk: &Talk<'_>, origin: &Origin, means: Means<'a>) -> Result<Self, Halt> {
        let home = Origin::of(&means.access.way.url);
        let at_home = home.trusts(origin);
        let (connection, verified) = Self::connect(talk, origin, means, at_home).await?;
        let welcome = at_home && verified;
        let given = means.access.way.credential.as_ref().filter(|_| welcome);
        Ok(Self {
            connection,
            origin: origin.clone(),
            means,
            authorization: given.map(|found| found.credential.authorization_header()),
            welcome,
            forwarded: means.access.proxy.as_ref().is_some_and(|proxy| forwards(proxy, origin)),
            asked_helper: false,
        })
    }

    /// Makes sure of an open connection: a server may close one behind each answer, and git just opens another.
    pub(super) async fn ensure_open(&mut self, talk: &Talk<'_>) -> Result<(), Halt> {
        if talk.timeline.watch(self.connection.is_open()).await == Ok(true) {
            return Ok(());
        }
        let (connection, verified) = Self::connect(talk, &self.origin, self.means, self.welcome).await?;
        self.connection = connection;
        if !verified {
            self.welcome = false;
            self.authorization = None;
        }
        Ok(())
    }

    /// The connection, and whether the server is who it says it is.
    async fn connect(
        talk: &Talk<'_>,
        origin: &Origin,
        means: Means<'_>,
        at_home: bool,
    ) -> Result<(Connection, bool), Halt> {
        let timeline = talk.timeline;
        let proxy = means.access.proxy.as_ref();
        let route = Route {
            host: origin.host(),
            port: origin.port(),
            proxy,
            tunnel: proxy.is_some_and(|proxy| !forwards(proxy, origin)),
            // The address that a run is pinned to is the named server's.
            address: talk.parameters.address.filter(|_| at_home),
            mss_clamp_bytes: talk.parameters.mss_clamp_bytes,
        };
        let stream = route.open(timeline).await?;
        let (opened, verified) = if origin.is_tls() {
            let tls = tls::handshake(timeline, stream, origin.host(), means.trust, Hello::default()).await?;
            (Connection::open(tls.stream, tls.http2, origin.authority()).await, tls.trusted)
        } else {
            (Connection::open(stream, false, origin.authority()).await, true)
        };
        let connection = opened.map_err(|problem| {
            timeline.enter(Stage::AdvertisementWait);
            timeline.fail(Step::AdvertisementWait { http_status: None }, problem);
            Halt
        })?;
        Ok((connection, verified))
    }

    /// Whether requests carry something that may let their sender in.
    pub(super) fn shows_a_credential(&self) -> bool {
        self.authorization.is_some() || self.welcome && !self.means.access.way.extra_headers.is_empty()
    }

    /// The request target for a suffix of the repository's path.
    pub(super) fn uri(&self, suffix: &str) -> String {
        let path = self.origin.path(suffix);
        if self.forwarded { format!("http://{}{path}", self.origin.authority()) } else { path }
    }

    /// Sends a request with what may be shown here.
    pub(super) async fn ask(&mut self, ask: Ask<'_>) -> Result<Answer, Failure> {
        let way = &self.means.access.way;
        let extra: &[_] = if self.welcome { &way.extra_headers } else { &[] };
        let login = self.means.access.proxy.as_ref().filter(|_| self.forwarded);
        let login = login.and_then(|proxy| proxy.credential.as_ref()).map(ProxyCredential::authorization_header);
        let authorization = self.authorization.as_ref();
        self.connection.ask(Ask { authorization, proxy_authorization: login.as_ref(), extra, ..ask }).await
    }

    /// The server wants to know who asks. git's credential helper is asked once; what comes next shows whether it helped.
    pub(super) async fn log_in(&mut self, talk: &Talk<'_>, answer: Answer) -> Result<(), Halt> {
        let timeline = talk.timeline;
        timeline.end(Step::AdvertisementWait { http_status: Some(answer.status) });
        timeline.enter(Stage::Authenticate);
        let offered = answer.challenges.clone();
        drop(answer);
        let step = |attempted: &[&str]| Step::Authenticate {
            user: String::new(),
            attempted: attempted.iter().map(|method| (*method).to_owned()).collect(),
            offered: offered.clone(),
        };
        let fail = |step, kind, text: &str| {
            timeline.fail(step, Failure::new(kind, "authenticate").saying(text));
            Err(Halt)
        };
        if !self.welcome {
            let why = "this server is not the one that was named, or is not verified, so no credential was shown";
            return fail(step(&[]), FailureKind::NoCredential, why);
        }
        if self.authorization.is_some() {
            let why = "the server refuses the credential";
            return fail(step(&["authorization"]), FailureKind::AuthenticationRefused, why);
        }
        if self.asked_helper {
            return fail(step(&[]), FailureKind::NoCredential, "no credential is known for this server");
        }
        self.asked_helper = true;
        match timeline.watch(self.means.access.way.ask_git(self.means.surroundings)).await {
            Ok(Ok(Some(found))) => {
                self.authorization = Some(found.credential.authorization_header());
                timeline.end(step(&["git credential helper"]));
                self.ensure_open(talk).await
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
