//! Answers of web servers to Flux's client, in go-git's words (flux-git.md §3). The path tells the GET (`info/refs`) from the
//! POST (`git-upload-pack`).

use model::Stage;

use crate::entry::{Cause, Connection, Entry, Pattern, Place, RUN, Step, text};

const ANSWERED: &[&str] = &["name, port, TLS, path: the server's answer arrived"];
const GET: Place = Place::at(Stage::AdvertisementWait);
const POST: Place = Place::at(Stage::ResponseWait);

const fn get(pattern: &'static str) -> Pattern {
    text(pattern).means(GET)
}

const fn post(pattern: &'static str) -> Pattern {
    text(pattern).means(POST)
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "http-login-wanted",
        place: GET,
        patterns: &[text("authentication required"), get("status code: 401")],
        means: "The server wants a login (401): there was none, or it was wrong.",
        rules_out: ANSWERED,
        causes: &[
            Cause::new("the token has expired or was revoked", "the same token by `curl -u` against the same URL"),
            Cause::new(
                "the secret is not named in spec.secretRef, or holds a `bearerToken` where the hoster wants basic",
                "the keys of the secret",
            ),
            Cause::new("a private repository, and no credential at all", "the words behind the message"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "http-forbidden",
        place: GET,
        patterns: &[text("authorization failed"), get("status code: 403")],
        means: "The server does not allow it (403): not to whom the credential belongs, or to nobody who comes from there.",
        rules_out: ANSWERED,
        causes: &[
            Cause::new(
                "the token lacks the right to read this repository (scopes, SSO)",
                "the page behind the message",
            ),
            Cause::new("a rate limit or an allow-list of addresses", "it works from another address, or later"),
            Cause::new(
                "a proxy or web firewall answers in the server's name",
                "the server header and the page in the run",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "repository-not-found",
        place: Place::at(Stage::AdvertisementWait),
        patterns: &[text("repository not found"), get("status code: 404")],
        means: "The server says that there is no such repository, or does not show it to whoever asks.",
        rules_out: &["name, port, path: the server's answer arrived"],
        causes: &[
            Cause::new("a mistyped path, or a repository that was moved or deleted", "its page in a browser"),
            Cause::new(
                "a private repository and a key or token without access: most hosters say `not found` then",
                "the same URL with a credential that can read it",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "rate-limited",
        place: Place::between(Stage::AdvertisementWait, Stage::ResponseWait),
        patterns: &[
            get("info/refs*status code: 429"),
            post("git-upload-pack*status code: 429"),
            text("status code: 429"),
        ],
        means: "The server has had too many requests (429).",
        rules_out: ANSWERED,
        causes: &[
            Cause::new(
                "many GitRepositories with short intervals, or many clusters behind one address",
                "interval times objects; it passes after a while",
            ),
            Cause::new("requests without a login, which have the smallest allowance", "a token in the secret cures it"),
        ],
        next: &[
            Step::Say("Ask less often: a longer spec.interval, a Receiver (webhook) for news, a token."),
            Step::Run("--no-follow-up"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "http-server-error",
        place: Place::between(Stage::AdvertisementWait, Stage::ResponseWait),
        patterns: &[get("info/refs*status code: 5"), post("git-upload-pack*status code: 5"), text("status code: 5")],
        means: "The server, or a proxy in front of it, failed (5xx). 502 and 504 are a proxy's words about the server behind it.",
        rules_out: ANSWERED,
        causes: &[
            Cause::new(
                "a proxy's limit is shorter than the server's work (504 behind 30 or 60 s)",
                "it comes after the same time, from every place",
            ),
            Cause::new(
                "the git service behind the proxy is down or restarting (502, 503)",
                "the hoster's status page; all repositories fail",
            ),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "http-status",
        place: Place::between(Stage::AdvertisementWait, Stage::ResponseWait),
        patterns: &[
            get("info/refs*status code: "),
            post("git-upload-pack*status code: "),
            text("unexpected requesting \""),
        ],
        means: "The server answered with a status that go-git has no words for.",
        rules_out: ANSWERED,
        causes: &[
            Cause::new("400: Azure DevOps and a request that it does not understand", "the host in the URL"),
            Cause::new(
                "a proxy, portal or web firewall answers in the server's name",
                "the server header and the page in the run",
            ),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "http-redirect",
        place: GET,
        patterns: &[text("http redirect: "), text("stopped after 10 redirects")],
        means: "The server sends the request elsewhere, in a way that go-git does not follow: in a circle, or only for the POST.",
        rules_out: ANSWERED,
        causes: &[
            Cause::new(
                "a renamed or moved repository, or http:// in place of https://",
                "the new address in the run: put it into spec.url",
            ),
            Cause::new("a login page or portal", "the address it leads to"),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "http-connection-lost",
        place: Place::between(Stage::Tls, Stage::ResponseWait),
        patterns: &[
            text("Get \"*: read: connection reset by peer").means(Place::between(Stage::Tls, Stage::AdvertisementWait)),
            text("Get \"*: EOF").means(Place::between(Stage::Tls, Stage::AdvertisementWait)),
            text("Post \"*: read: connection reset by peer").means(POST),
            text("Post \"*: EOF").means(POST),
            text("http2: "),
            text("stream error: stream ID"),
        ],
        means: "TCP was connected, and the connection was reset or closed before the answer's headers.",
        rules_out: &["name and port: the connect succeeded", "silence on the path: the end arrived"],
        causes: &[
            Cause::new(
                "a firewall that resets by the name in the hello (SNI)",
                "at once, in the TLS handshake; a neutral hello passes (--thorough)",
            ),
            Cause::new("a proxy or load balancer without a living server behind it", "the same from every place"),
            Cause::new(
                "a kept connection that the other side had closed already",
                "it happens once, behind a pause, and the next try works",
            ),
        ],
        next: &[Step::Run(""), Step::Run("--thorough")],
        ..Entry::FLUX
    },
    Entry {
        id: "connection-reset",
        place: Place::between(Stage::AdvertisementWait, Stage::PackTransfer),
        patterns: &[
            text("connection reset by peer")
                .on(Connection::List)
                .means(Place::between(Stage::AdvertisementWait, Stage::AdvertisementTransfer)),
            text("connection reset by peer"),
            text("write: broken pipe"),
            text("read: connection timed out"),
        ],
        means: "An open connection was reset, or fell silent until the kernel gave it up, while references or pack were read.",
        rules_out: &["name, port, handshake and login"],
        causes: &[
            Cause::new(
                "a firewall or NAT that forgot the connection or has a limit of volume or time",
                "it comes after the same time or size, from this place only",
            ),
            Cause::new(
                "the server, or its load balancer, was restarted",
                "it happens once, to all repositories at the same time",
            ),
        ],
        next: &[Step::Run("--full --budget 5m")],
        ..Entry::FLUX
    },
];
