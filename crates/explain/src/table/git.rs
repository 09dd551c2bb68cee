//! What git itself says (git 2.47; lab.md §2). Much of it only follows from what ssh or curl said a line above.

use model::Stage;

use crate::entry::{Cause, Entry, Nature, Place, RUN, Step, text};

const LINE_ABOVE: &[Step] =
    &[Step::Say("Give the lines above as well: what ssh or curl said there is the reason."), Step::Run("")];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "git-rate-limited",
        place: Place::between(Stage::AdvertisementWait, Stage::ResponseWait),
        patterns: &[
            text("HTTP 429"),
            text("returned error: 429"),
            text("error: 429"),
            text("HTTP/2 429"),
            text("HTTP/1.1 429"),
        ],
        means: "The server has had too many requests (429).",
        rules_out: &["name, port, TLS, path: the server's answer arrived"],
        causes: &[Cause::new(
            "many clones from one address, or requests without a login",
            "it passes after a while; with a token it stays away",
        )],
        next: &[Step::Say("Ask less often, and with a token."), Step::Run("--no-follow-up")],
        ..Entry::GIT
    },
    Entry {
        id: "git-http-server-error",
        place: Place::between(Stage::AdvertisementWait, Stage::ResponseWait),
        patterns: &[
            text("RPC failed; HTTP 5").means(Place::at(Stage::ResponseWait)),
            text("The requested URL returned error: 5"),
        ],
        means: "The server, or a proxy in front of it, failed (5xx). 502 and 504 are a proxy's words about the server behind it.",
        rules_out: &["name, port, TLS, path: the server's answer arrived"],
        causes: &[
            Cause::new(
                "a proxy's limit is shorter than the server's work (504 behind 30 or 60 s)",
                "it comes after the same time, from every place",
            ),
            Cause::new("the git service behind the proxy is down", "the hoster's status page"),
        ],
        next: RUN,
        ..Entry::GIT
    },
    Entry {
        id: "git-http-refused",
        place: Place::between(Stage::AdvertisementWait, Stage::ResponseWait),
        patterns: &[
            text("Authentication failed for"),
            text("could not read Username"),
            text("could not read Password"),
            text("The requested URL returned error: 40"),
            text("RPC failed; HTTP 4"),
            text("Invalid username or"),
        ],
        means: "The server refused the request: no login or a wrong one (401), no right (403), or nothing there (404).",
        rules_out: &["name, port, TLS, path: the server's answer arrived"],
        causes: &[
            Cause::new("the token has expired or lacks the right to read", "the same URL with another credential"),
            Cause::new("no credential helper answers in this place", "`could not read Username` says so"),
        ],
        next: RUN,
        ..Entry::GIT
    },
    Entry {
        id: "git-repository-not-found",
        place: Place::at(Stage::AdvertisementWait),
        patterns: &[
            text("does not appear to be a git repository"),
            text("ERROR: Repository not found"),
            text("repository '*' not found"),
            text("The project you were looking for could not be found"),
            text("Repository not found"),
        ],
        means: "The server says that there is no such repository, or does not show it to whoever asks.",
        rules_out: &["name, port, path: the server's answer arrived"],
        causes: &[
            Cause::new("a mistyped path, or a repository that was moved or deleted", "its page in a browser"),
            Cause::new(
                "a private repository and a key or token without access",
                "the same URL with a credential that can read it",
            ),
        ],
        next: RUN,
        ..Entry::GIT
    },
    Entry {
        id: "git-garbled",
        place: Place::between(Stage::AdvertisementWait, Stage::PackTransfer),
        patterns: &[
            text("protocol error: bad line length"),
            text("invalid server response; got '"),
            text("not valid: is this a git repository"),
            text("expected flush after"),
            text("bad pack header"),
        ],
        means: "What came is no packet of git's: another page in place of the references, or text before them.",
        rules_out: &["silence on the path: something answered"],
        causes: &[
            Cause::new(
                "a proxy, portal or login page answers in place of git",
                "the run shows the first bytes: `<` is a page",
            ),
            Cause::new(
                "the SSH account prints a greeting before git speaks",
                "`ssh -T` to the same account prints text",
            ),
        ],
        next: RUN,
        ..Entry::GIT
    },
    Entry {
        id: "git-transfer-cut",
        place: Place::between(Stage::FirstPacket, Stage::PackTransfer),
        patterns: &[
            text("fetch-pack: unexpected disconnect while reading sideband packet"),
            text("the remote end hung up unexpectedly"),
            text("The remote end hung up unexpectedly"),
            text("error: *bytes of body are still expected"),
        ],
        nature: Nature::Echo,
        means: "The connection ended in the middle of the answer. The line alone holds no cause: a reset, a server that died and a client \
                that was killed all read so.",
        rules_out: &["a freeze that lasts: the connection ended"],
        causes: &[
            Cause::new(
                "a firewall or proxy that cuts after so many bytes or seconds",
                "the cut comes at the same size or time, from this place only",
            ),
            Cause::new(
                "the server's git process died: out of memory, a time limit",
                "the same from every place, and a line in the server's log",
            ),
            Cause::new("the client was killed, by a timeout around it", "a `Killed by signal` beside it"),
        ],
        next: LINE_ABOVE,
        ..Entry::GIT
    },
    Entry {
        id: "git-pack-short",
        nature: Nature::Echo,
        place: Place::between(Stage::FirstPacket, Stage::PackTransfer),
        patterns: &[
            text("early EOF"),
            text("index-pack failed"),
            text("invalid index-pack output"),
            text("fetch-pack: protocol error"),
            text("pack has * unresolved deltas"),
        ],
        means: "The pack was not whole. It follows from the end of the connection, which another line tells of.",
        rules_out: &["name, port, login, repository: the pack had begun"],
        causes: &[
            Cause::new("the connection was cut", "what ssh or curl said a line above"),
            Cause::new("the machine ran out of memory or disk while it unpacked", "`dmesg`, `df`"),
        ],
        next: LINE_ABOVE,
        ..Entry::GIT
    },
    Entry {
        id: "git-rpc-failed",
        place: Place::between(Stage::Request, Stage::PackTransfer),
        nature: Nature::Echo,
        patterns: &[text("RPC failed; ")],
        means: "The POST of a fetch failed; the reason stands behind the words.",
        rules_out: &["name, port, TLS, login: the references were listed"],
        causes: &[Cause::new("what the end of the line names", "the stage at which the run ends")],
        next: LINE_ABOVE,
        ..Entry::GIT
    },
    Entry {
        id: "git-killed",
        nature: Nature::Echo,
        place: Place::Untold,
        patterns: &[text("Killed by signal 15"), text("Killed by signal 9"), text("terminated by signal")],
        means: "The client was killed from outside, by a timeout around it or by a person. No cause is in the line.",
        causes: &[Cause::new(
            "it hung, and whoever waited had enough",
            "a run from the same place shows the stage at which it hangs",
        )],
        next: RUN,
        ..Entry::GIT
    },
    Entry {
        id: "git-could-not-read",
        nature: Nature::Echo,
        place: Place::between(Stage::Resolve, Stage::AdvertisementWait),
        patterns: &[
            text("Could not read from remote repository"),
            text("the remote end hung up upon initial contact"),
            text("Please make sure you have the correct access rights"),
            text("unable to access '"),
        ],
        means: "git got no references. It says so for every reason there is, from the name look-up to the login; the line above it is the \
                reason.",
        causes: &[Cause::new("what ssh or curl said a line above", "that line")],
        next: LINE_ABOVE,
        ..Entry::GIT
    },
];
