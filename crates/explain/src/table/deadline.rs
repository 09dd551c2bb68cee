//! Plain deadlines and plain ends of Flux's client: the words without `error decoding`, at each place where go-git gives
//! them (flux-git.md §1.2, §1.5, §3).

use model::{Stage, Transport};

use crate::entry::{Cause, Connection, Entry, Nature, Place, RUN, Step, text};

const ON_TIME: &str = "It comes when spec.timeout (60 s without one) runs out.";
const EXPIRED: &str = "It comes when spec.timeout (60 s without one) runs out. Later means over SSH that a slow handshake, which the \
                       deadline does not cut, used it up.";

const TOO_SLOW: Cause = Cause::new(
    "the repository is too large or the path too slow for spec.timeout",
    "the pack flows all the time; rate times budget is less than its size, and a longer spec.timeout cures it",
);
const THROTTLED: Cause = Cause::new(
    "throttling, policing, loss or a small TCP window",
    "rate and retransmissions of the run, compared with another place or transport",
);
const FREEZE: Cause = Cause::new(
    "the transfer froze: an MTU black hole behind packets that still fitted, or a firewall that forgot the connection",
    "bytes stop for good; the follow-up with segments of 1200 bytes passes (black hole) or freezes as well (firewall)",
);
const LIMIT: Cause = Cause::new(
    "the transfer froze: a firewall or proxy that forgot the connection, or has a limit",
    "bytes stop for good, after the same time or size",
);
const MANY_REFS: Cause = Cause::new(
    "very many references: Flux speaks protocol v0, and the server lists every one on every connection",
    "size and time of the list in the run; protocol v2 is fast",
);
const SLOW_HANDSHAKE: Cause = Cause::new(
    "a slow SSH handshake or login used up the deadline, which is noticed at the first read behind it",
    "greeting, key exchange or authentication take most of the time in the table of stages",
);
const SLOW_SERVER: Cause = Cause::new(
    "the server computes for long: cold repository, busy host, no bitmaps",
    "the first pack byte comes late, with a keepalive every 5 s, equally from every place",
);

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "deadline-before-headers",
        place: Place::between(Stage::Resolve, Stage::AdvertisementWait),
        patterns: &[text("Get \"*\": context deadline exceeded"), text("Get *: context deadline exceeded")],
        means: "Over HTTP the whole way up to the server's first headers is one request, and the deadline struck within it: \
                look-up, connect, TLS handshake or the server's answer to `info/refs`.",
        clock: "A connect alone ends after 30 s and a TLS handshake after 10 s with words of their own: with a longer spec.timeout \
                the look-up or the server's answer is the likelier.",
        causes: &[
            Cause::new(
                "name servers that answer late or lose questions (ndots:5 asks six times)",
                "the look-ups of the run, each by itself",
            ),
            Cause::new(
                "the server is slow to list its references",
                "the wait for the advertisement is long from every place",
            ),
            Cause::new("packets to the port are dropped", "the connect of the run stays silent"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "deadline-after-request",
        place: Place::between(Stage::Request, Stage::ResponseWait),
        patterns: &[
            text("Post \"*/git-upload-pack\": context deadline exceeded"),
            text("Post *: context deadline exceeded"),
        ],
        means: "The list of references came whole over HTTP, the request went out, and no headers of the answer came.",
        clock: ON_TIME,
        rules_out: &[
            "name, port, certificate, login, repository",
            "an MTU black hole from server to client, if the list was longer than one packet",
        ],
        causes: &[
            Cause::new(
                "a proxy or web server that waits for the whole answer before it passes on the headers",
                "the run shows the headers late, and then all at once",
            ),
            Cause::new("the server computes before its first byte", "headers equally late from every place"),
            Cause::new(
                "an MTU black hole from client to server: a request with many wants does not fit (semver, commit)",
                "a run with --ref branch=NAME, which sends 156 bytes, passes",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "deadline-listing",
        place: Place::between(Stage::AdvertisementWait, Stage::AdvertisementTransfer),
        patterns: &[text("^context deadline exceeded$").on(Connection::List)],
        means: "The listing of references, Flux's first connection, did not end before the deadline: no byte of the list came, \
                or not all of it.",
        clock: EXPIRED,
        rules_out: &["a large pack: none was asked for on this connection"],
        causes: &[
            MANY_REFS,
            Cause::new(
                "MTU black hole from server to client: over SSH a list longer than a packet or two stalls (over HTTPS the handshake would have)",
                "the follow-up with segments of 1200 bytes passes",
            ),
            SLOW_HANDSHAKE,
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "deadline-ssh",
        place: Place::between(Stage::AdvertisementWait, Stage::PackTransfer),
        patterns: &[text("^context deadline exceeded$").over(Transport::Ssh)],
        means: "The deadline struck over SSH while the references, the first byte of the answer or the pack itself were read. It \
                was not between shallow list and first pack packet: that has words of its own.",
        clock: EXPIRED,
        rules_out: &[
            "name, port, host key, login: a handshake that hangs is not cut by this deadline, and logs nothing",
        ],
        causes: &[TOO_SLOW, FREEZE, SLOW_SERVER, THROTTLED, MANY_REFS, SLOW_HANDSHAKE],
        next: &[Step::Run(""), Step::Run("--full --budget 5m")],
        ..Entry::FLUX
    },
    Entry {
        id: "deadline-https",
        place: Place::between(Stage::AdvertisementTransfer, Stage::PackTransfer),
        patterns: &[
            text("^context deadline exceeded$").over(Transport::Https),
            text("^context deadline exceeded$").over(Transport::Http),
            text("context deadline exceeded (Client.Timeout or context cancellation while reading body)"),
        ],
        means: "The deadline struck over HTTP while a body was read: the list of references or, likelier, the pack. The headers \
                had come.",
        clock: ON_TIME,
        rules_out: &[
            "name, port, certificate",
            "an MTU black hole between these two ends: the TLS handshake would have hung",
        ],
        causes: &[TOO_SLOW, SLOW_SERVER, THROTTLED, LIMIT, MANY_REFS],
        next: &[Step::Run(""), Step::Run("--full --budget 5m")],
        ..Entry::FLUX
    },
    Entry {
        id: "deadline",
        place: Place::between(Stage::AdvertisementWait, Stage::PackTransfer),
        patterns: &[text("^context deadline exceeded$")],
        means: "Flux's deadline struck: while references or pack were read, if this is the end of a message about a clone. It was \
                not between shallow list and first pack packet: that has words of its own.",
        clock: EXPIRED,
        rules_out: &["over SSH, a handshake that hangs: it is not cut by this deadline, and logs nothing"],
        causes: &[TOO_SLOW, FREEZE, SLOW_SERVER, THROTTLED, MANY_REFS, SLOW_HANDSHAKE],
        next: &[Step::Say("Give the whole line: what stands before these words says where it was."), Step::Run("")],
        ..Entry::FLUX
    },
    Entry {
        id: "no-stdout",
        place: Place::at(Stage::AdvertisementWait),
        patterns: &[text("^timeout exceeded$")],
        means: "The server started the command and sent nothing for 10 s, neither references nor an error (go-git's own limit \
                once its output had ended).",
        clock: "10 s behind the start of the command, whatever spec.timeout.",
        causes: &[
            Cause::new(
                "the server's git or its wrapper hangs: slow storage, a lock, a hook",
                "the wait for references is long from every place",
            ),
            Cause::new(
                "the session goes through a forced command or a jump host that does not pass on the output",
                "`ssh -T` to the same account",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "eof-listing",
        place: Place::at(Stage::AdvertisementWait),
        patterns: &[text("^unexpected EOF$").on(Connection::List), text("^EOF$").on(Connection::List)],
        means: "The server took the login and the command, and closed without a word: no references, no error text.",
        rules_out: &["silence on the path: the end of the connection arrived"],
        causes: &[
            Cause::new(
                "the server's git process was killed or is missing",
                "the same end from every place, and a line in the server's log",
            ),
            Cause::new("a limit on sessions or connections at the server", "it comes and goes with the load"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "transfer-cut",
        place: Place::between(Stage::AdvertisementWait, Stage::PackTransfer),
        patterns: &[text("^unexpected EOF$"), text("^EOF$")],
        means: "The connection ended or was reset before everything had come: in the list of references, or in the pack.",
        rules_out: &["silence on the path: the end of the connection arrived"],
        causes: &[
            Cause::new(
                "a firewall or proxy cuts after so many bytes or seconds",
                "the cut comes at the same size or time, from this place only",
            ),
            Cause::new(
                "the server's git process died: out of memory, killed, a time limit",
                "the same from every place, and a line in the server's log",
            ),
            Cause::new(
                "the server's SSH service or load balancer was restarted",
                "it happens once, to all repositories at the same time",
            ),
        ],
        next: &[Step::Run("--full --budget 5m")],
        ..Entry::FLUX
    },
    Entry {
        id: "garbled-advertisement",
        place: Place::between(Stage::AdvertisementTransfer, Stage::PackTransfer),
        patterns: &[
            text("^pkt-line *: "),
            text("^invalid pkt-len found$"),
            text("first line * is not a *service"),
            text("missing initial whitespace"),
        ],
        means: "What came is no packet of git's: in place of the references another page, a cut in the middle of a packet's \
                length, or a cut pack.",
        causes: &[
            Cause::new(
                "a proxy, portal or login page answers in place of git",
                "the run shows the first bytes: `<` is a page",
            ),
            Cause::new(
                "the connection was cut inside a packet's length",
                "the run ends early, and says after how many bytes",
            ),
            Cause::new(
                "the SSH account prints a greeting before git speaks",
                "`ssh -T` to the same account prints text",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "cancelled",
        nature: Nature::Fault,
        place: Place::Reconciliation,
        patterns: &[text("context canceled"), text("operation was canceled")],
        means: "Flux stopped the work by itself: the controller was shut down, or the object changed or was deleted meanwhile.",
        rules_out: &["a deadline: that reads `context deadline exceeded`"],
        causes: &[
            Cause::new("source-controller was restarted, evicted or upgraded", "its pod's age and its last state"),
            Cause::new("a new version of the object cancelled the reconciliation", "the object's generation"),
        ],
        next: &[Step::Shell("kubectl -n flux-system get pods -l app=source-controller")],
        ..Entry::FLUX
    },
    Entry {
        id: "http-client-error",
        place: Place::between(Stage::Resolve, Stage::ResponseWait),
        patterns: &[text("unexpected client error: ")],
        means: "The request failed before an answer of HTTP; the reason stands behind the words.",
        causes: &[Cause::new("what the end of the message names", "the run shows each stage")],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "deadline-elsewhere",
        place: Place::Untold,
        patterns: &[text("context deadline exceeded")],
        means: "A deadline of Go's struck; the words around it say what was waited for, and this table does not know them.",
        causes: &[Cause::new(
            "whatever stands before the words did not answer in time",
            "a run against the repository, to see whether the fetch is at fault",
        )],
        next: RUN,
        ..Entry::FLUX
    },
];
