//! The SSH handshake, login and start of the command, in the words of Go's x/crypto and go-git (flux-git.md §2.4, §3). Flux's
//! deadline does not cut any of it.

use model::Stage;

use crate::entry::{Cause, Entry, Place, RUN, Step, text};

const UNCUT: &str = "spec.timeout does not cut an SSH handshake: until TCP gives up, after minutes or never, nothing is logged and Ready \
                     stays as it was.";

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "ssh-no-common-algorithm",
        place: Place::at(Stage::KeyExchange),
        patterns: &[text("ssh: no common algorithm")],
        means: "Client and server share no algorithm of one kind; the message lists both sides.",
        rules_out: &["name, port, firewall, path: both offers arrived"],
        causes: &[
            Cause::new("an old server (ssh-rsa with SHA-1, group1), or a hardened one", "the lists in the message"),
            Cause::new(
                "known_hosts names only types that the server does not have: Flux offers no others",
                "`host key` in the message",
            ),
        ],
        next: &[Step::Run("--thorough"), Step::Say("source-controller takes --ssh-kex-algos and --ssh-hostkey-algos.")],
        ..Entry::FLUX
    },
    Entry {
        id: "ssh-login-refused",
        place: Place::at(Stage::Authenticate),
        patterns: &[text("ssh: unable to authenticate")],
        means: "The server knows neither the key nor the user, or does not let it in. `[none]` alone means that no key was offered.",
        rules_out: &["name, port, path, host key: all of it was accepted"],
        causes: &[
            Cause::new(
                "the deploy key is not registered for this repository, or was removed",
                "`identity.pub` of the secret against the hoster's list",
            ),
            Cause::new("the secret holds another key than meant", "its fingerprint"),
            Cause::new("the user in the URL is not `git`", "spec.url"),
        ],
        next: &[
            Step::Shell(
                "kubectl -n {namespace} get secret SECRET -o jsonpath='{.data.identity}' | base64 -d | ssh-keygen -yf /dev/stdin",
            ),
            Step::Run(""),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "ssh-handshake-timed-out",
        place: Place::between(Stage::Greeting, Stage::Authenticate),
        patterns: &[text("ssh: handshake failed: *connection timed out"), text("ssh: handshake failed: *i/o timeout")],
        means: "TCP was connected, and then the path fell silent in the greeting, the key exchange or the login until the kernel \
                gave up.",
        clock: UNCUT,
        rules_out: &["name and port: the connect succeeded", "a refusal: silence is no answer"],
        causes: &[
            Cause::new(
                "MTU black hole: the key exchange carries packets of 1.2 to 1.5 KB",
                "the follow-up with segments of 1200 bytes passes",
            ),
            Cause::new(
                "a firewall drops SSH by its content once it sees the greeting",
                "no greeting on 22, SSH on 443 or HTTPS works",
            ),
            Cause::new(
                "the post-quantum exchange is too large for something on the way",
                "the classic exchange alone passes (--thorough)",
            ),
        ],
        next: &[Step::Run(""), Step::Run("--thorough")],
        ..Entry::FLUX
    },
    Entry {
        id: "ssh-handshake-reset",
        place: Place::between(Stage::Greeting, Stage::Authenticate),
        patterns: &[
            text("ssh: handshake failed: *connection reset by peer"),
            text("ssh: handshake failed: *broken pipe"),
        ],
        means: "TCP was connected, and the connection was reset in the greeting, the key exchange or the login.",
        clock: "At once: a limit of the server, or a firewall. After minutes: packets were lost, and the server gave up; until then \
                nothing was logged (spec.timeout does not cut an SSH handshake).",
        rules_out: &["name and port: the connect succeeded"],
        causes: &[
            Cause::new(
                "MaxStartups or another limit on connections at the server",
                "some of several connects in a row get a greeting",
            ),
            Cause::new(
                "a firewall resets SSH by its content",
                "always, right behind the greeting; SSH on 443 or HTTPS works",
            ),
            Cause::new(
                "an MTU black hole, ended by the server's LoginGraceTime (120 s)",
                "minutes went by; the follow-up with segments of 1200 bytes passes",
            ),
        ],
        next: &[Step::Run(""), Step::Run("--thorough")],
        ..Entry::FLUX
    },
    Entry {
        id: "ssh-handshake-eof",
        place: Place::between(Stage::Greeting, Stage::Authenticate),
        patterns: &[text("ssh: handshake failed: EOF")],
        means: "TCP was connected, and the other side closed in an orderly way before the login was through.",
        rules_out: &["name and port: the connect succeeded", "silence on the path: the end arrived"],
        causes: &[
            Cause::new(
                "MaxStartups or another limit on connections at the server",
                "some of several connects in a row get a greeting",
            ),
            Cause::new("a load balancer without a living server behind it", "no greeting, from every place"),
            Cause::new(
                "a sidecar or proxy that expects the client to speak first",
                "a pod without the sidecar gets the greeting",
            ),
        ],
        next: &[Step::Run(""), Step::Run("--thorough")],
        ..Entry::FLUX
    },
    Entry {
        id: "ssh-bytes-damaged",
        place: Place::between(Stage::Greeting, Stage::PackTransfer),
        patterns: &[
            text("ssh: invalid packet length"),
            text("ssh: MAC failure"),
            text("ssh: overflow reading version string"),
            text("ssh: *message authentication failed"),
        ],
        means: "What came over the connection is no SSH, or was damaged on its way.",
        causes: &[
            Cause::new("another service answers on this port", "the greeting in the run"),
            Cause::new(
                "a device changes bytes and mends the checksum",
                "it comes at random sizes; another path is clean",
            ),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "ssh-handshake-failed",
        place: Place::between(Stage::Greeting, Stage::Authenticate),
        patterns: &[text("ssh: handshake failed: ")],
        means: "TCP was connected, and the SSH handshake or login failed; the reason stands behind the words.",
        clock: UNCUT,
        rules_out: &["name and port: the connect succeeded"],
        causes: &[Cause::new(
            "what the end of the message names",
            "the run shows greeting, key exchange and login apart",
        )],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "exec-refused",
        place: Place::at(Stage::Exec),
        patterns: &[
            text("ssh: command git-upload-pack * failed"),
            text("ssh: rejected: "),
            text("ssh: could not start shell"),
        ],
        means: "The login worked, and the server refused to open a session or to start git-upload-pack.",
        rules_out: &["the path, the host key and the login"],
        causes: &[
            Cause::new(
                "the account may not run git (forced command, shell access off)",
                "`ssh -T` to the same account",
            ),
            Cause::new("a limit on sessions of one connection or user", "it comes and goes"),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "server-refused-in-words",
        place: Place::between(Stage::Exec, Stage::AdvertisementWait),
        patterns: &[text("unknown error: ")],
        means: "The server sent an error text in place of references; go-git repeats its first line.",
        rules_out: &["the path, the host key and the login"],
        causes: &[
            Cause::new(
                "the hoster says why: no access, suspended, limit reached, maintenance",
                "its words, and its status page",
            ),
            Cause::new("the path in the URL is wrong", "the repository's own page"),
        ],
        next: RUN,
        ..Entry::FLUX
    },
];
