//! go-git reading the answer to its request: from the shallow list to the first packet of the pack (go-git 5.7 to 5.19,
//! `plumbing/protocol/packp`; flux-git.md §1.1 to §1.4). Only here does it say `error decoding upload-pack response`.

use model::{Stage, Transport};

use crate::entry::{Cause, Entry, Place, RUN, Step, text};

const WAITING: &str =
    "It comes when spec.timeout (60 s without one) runs out; what was seen last says where the time went.";

/// One for each of the first causes.
const STEPS: &[Step] = &[Step::Run(""), Step::Run("--server-progress"), Step::Run("--patience 60s --budget 2m")];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "nak-missing",
        place: Place::at(Stage::Acknowledgment),
        patterns: &[text("multi_ack and multi_ack_detailed are not supported: context deadline exceeded")],
        means: "The list of shallow commits came whole, and the server's NAK behind it did not before the deadline. It is a \
                stall, and no complaint about the protocol: go-git puts these words before every error of this read.",
        clock: WAITING,
        rules_out: &[
            "a server without multi_ack, whatever the words say",
            "name, port, host key, login, repository: all of it was accepted",
        ],
        causes: &[
            Cause::new(
                "earlier stages ate the budget, and the deadline struck by chance here",
                "the table of stages: the NAK comes late, and soon",
            ),
            Cause::new(
                "large packets from the server are lost: the segment that holds the NAK holds more",
                "the follow-up with segments of 1200 bytes passes",
            ),
            Cause::new(
                "the server is slow to answer between shallow list and NAK",
                "the NAK comes late from everywhere",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "nak-cut",
        place: Place::at(Stage::Acknowledgment),
        patterns: &[text("multi_ack and multi_ack_detailed are not supported: ")],
        means: "The connection ended or broke where the server's NAK was due. It is no complaint about the protocol: go-git \
                puts these words before every error of this read.",
        rules_out: &["a server without multi_ack, whatever the words say"],
        causes: &[
            Cause::new(
                "the server's git process died or was killed",
                "the same cut from every place, and a line in the server's log",
            ),
            Cause::new(
                "a proxy, firewall or load balancer closed the connection",
                "the cut comes after the same time, from this place only",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "first-pack-packet-missing-https",
        place: Place::at(Stage::FirstPacket),
        patterns: &[
            text("error decoding upload-pack response: context deadline exceeded").over(Transport::Https),
            text("error decoding upload-pack response: context deadline exceeded").over(Transport::Http),
        ],
        means: "Everything up to and including the server's NAK worked over HTTP, and the first packet of the pack never came.",
        clock: WAITING,
        rules_out: &[
            "name, port, certificate, login, repository, revision",
            "a pack that is too large or too slow: not one packet of it arrived (that reads `context deadline exceeded` alone)",
            "mostly, an MTU black hole from the server: over HTTPS it stops the TLS handshake, after 10 s and in other words",
        ],
        causes: &[
            Cause::new(
                "a proxy or gateway holds the answer back, or forgot the idle connection while the server computed",
                "the same run with --server-progress passes, or the pack comes late and all at once",
            ),
            Cause::new(
                "the server computes for long and sends no keepalives (uploadpack.keepAlive off, or a server other than git's)",
                "with more patience the first packet comes, equally late from every place",
            ),
            Cause::new(
                "earlier stages ate the budget: slow look-up, huge list of references, a listing before the clone",
                "the table of stages: the NAK comes within the last 10 s of spec.timeout",
            ),
            Cause::new(
                "an MTU black hole that the handshake escaped: another way since then, or another machine behind the address",
                "the follow-up with segments of 1200 bytes passes",
            ),
        ],
        next: STEPS,
        ..Entry::FLUX
    },
    Entry {
        id: "first-pack-packet-missing",
        place: Place::at(Stage::FirstPacket),
        patterns: &[text("error decoding upload-pack response: context deadline exceeded")],
        means: "Everything up to and including the server's NAK worked, and the first packet of the pack never came. (A deadline \
                inside the shallow list, some 56 bytes before, reads the same and is rare.)",
        clock: WAITING,
        rules_out: &[
            "name, port, firewall rule for SSH or HTTPS, host key or certificate, login, repository, revision",
            "a pack that is too large or too slow: not one packet of it arrived (that reads `context deadline exceeded` alone)",
            "a canonical git server that only computes: two of its keepalives, one every 5 s, would have changed the words",
        ],
        causes: &[
            Cause::new(
                "MTU black hole from server to client: full-size packets vanish, and nobody tells the server",
                "the follow-up with segments of 1200 bytes (TCP_MAXSEG) passes; a list of references of several packets that comes \
                 promptly refutes it",
            ),
            Cause::new(
                "a gateway, NAT or firewall forgot the idle connection while the server computed (its limit is below 5 s)",
                "the same run with --server-progress, which keeps the connection busy, passes",
            ),
            Cause::new(
                "the server computes for long and sends no keepalives (uploadpack.keepAlive off, or a server other than git's)",
                "with more patience the first packet comes, equally late from every place",
            ),
            Cause::new(
                "earlier stages ate the budget: slow handshake, huge list of references, a listing before the clone",
                "the table of stages: the NAK comes within the last 10 s of spec.timeout",
            ),
        ],
        next: STEPS,
        ..Entry::FLUX
    },
    Entry {
        id: "response-cut",
        place: Place::between(Stage::ShallowList, Stage::FirstPacket),
        patterns: &[
            text("error decoding upload-pack response: invalid pkt-len found"),
            text("error decoding upload-pack response: EOF"),
            text("error decoding upload-pack response: unexpected EOF"),
        ],
        means: "The server answered the request, and the connection ended before the pack began: inside a packet, or inside its \
                length (`invalid pkt-len found`).",
        rules_out: &["silence on the path: the end of the connection arrived"],
        causes: &[
            Cause::new(
                "the server's git process died: out of memory, killed, a time limit of its own",
                "the same cut from every place, and a line in the server's log",
            ),
            Cause::new(
                "a proxy or load balancer closed the connection in the middle",
                "the cut comes after the same time, from this place only",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "response-empty",
        place: Place::at(Stage::ResponseWait),
        patterns: &[text("empty git-upload-pack given"), text("invalid reset option: object not found")],
        means: "The server took the request and closed the connection without a byte of an answer.",
        rules_out: &["silence on the path: the end of the connection arrived", "login, repository and revision"],
        causes: &[
            Cause::new(
                "Azure DevOps or CodeCommit, and a client that does not ask for multi_ack",
                "the address; current versions of Flux ask for it",
            ),
            Cause::new(
                "the server's git process died or refused the request; over HTTP its words are lost",
                "the same end from every place, and a line in the server's log",
            ),
            Cause::new("a proxy or load balancer closed the connection", "it works from a place without the proxy"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "pack-never-began",
        place: Place::at(Stage::FirstPacket),
        patterns: &[text("unable to fetch packfile")],
        means: "The server said NAK and closed the connection in place of the pack.",
        rules_out: &["silence on the path: the end of the connection arrived"],
        causes: &[
            Cause::new(
                "the server's pack-objects died: out of memory, killed, a damaged repository",
                "the same end from every place, and a line in the server's log",
            ),
            Cause::new("a proxy or load balancer closed the connection", "it works from another place"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "response-unreadable",
        place: Place::between(Stage::ShallowList, Stage::FirstPacket),
        patterns: &[text("error decoding upload-pack response: ")],
        means: "The answer to the request could not be read; what stands behind the words is the reason.",
        causes: &[
            Cause::new(
                "the connection broke while the answer was read",
                "words such as reset or broken pipe at the end",
            ),
            Cause::new(
                "something other than git answered: a proxy's or a portal's page",
                "the run shows the first bytes",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "server-gave-up",
        place: Place::between(Stage::FirstPacket, Stage::PackTransfer),
        patterns: &[text("unexpected error: ")],
        means: "The server itself says what went wrong, on side-band 3; its words stand behind `unexpected error`.",
        worked_before: Some(Stage::FirstPacket),
        rules_out: &["the path: the server's words arrived"],
        causes: &[
            Cause::new(
                "pack-objects died on the server: out of memory, killed",
                "the server's log at that time; the same from every place",
            ),
            Cause::new("a damaged repository on the server", "`git fsck` there"),
        ],
        next: RUN,
        ..Entry::FLUX
    },
];
