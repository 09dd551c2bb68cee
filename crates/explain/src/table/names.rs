//! Name look-ups by Go's resolver inside Flux (flux-git.md §1.5, §3).

use model::Stage;

use crate::entry::{Cause, Entry, Place, RUN, Step, text};

const UP_TO_HERE: &[&str] = &["the git server, its port, and everything behind them: no packet went there"];
const FIND_PODS: Step = Step::Shell("kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide");

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "name-server-tcp",
        place: Place::at(Stage::Resolve),
        patterns: &[text("lookup * dial tcp *:53: i/o timeout"), text("lookup * dial tcp *:53: connect:")],
        means: "The name server's answer was too long for UDP, and it cannot be reached over TCP for the whole of it.",
        rules_out: UP_TO_HERE,
        causes: &[
            Cause::new(
                "a policy or firewall lets UDP port 53 pass and TCP not",
                "the run asks each name server over both",
            ),
            Cause::new("the name server does not serve TCP", "the same from every place"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "name-server-silent",
        place: Place::at(Stage::Resolve),
        patterns: &[text("lookup *: i/o timeout")],
        means: "The name server did not answer.",
        clock: "10 s: two questions of 5 s each; longer with several name servers or search domains.",
        rules_out: UP_TO_HERE,
        causes: &[
            Cause::new(
                "a NetworkPolicy or firewall drops the questions",
                "the run asks each name server by itself, over UDP and TCP; a pod in another namespace gets answers",
            ),
            Cause::new("CoreDNS, or its path to the next name server, is down", "names of the cluster fail as well"),
            Cause::new(
                "cross-node UDP is broken (VXLAN checksum offload, wrong service range)",
                "a CoreDNS pod on the same node answers",
            ),
        ],
        next: &[Step::Run(""), FIND_PODS],
        ..Entry::FLUX
    },
    Entry {
        id: "name-server-failing",
        place: Place::at(Stage::Resolve),
        patterns: &[
            text("lookup *: server misbehaving"),
            text("lookup *: read: connection refused"),
            text("lookup *: connection refused"),
        ],
        means: "The name server answered with a failure (SERVFAIL or REFUSED), or nothing listens where it should be.",
        rules_out: UP_TO_HERE,
        causes: &[
            Cause::new(
                "CoreDNS cannot reach the name servers it forwards to",
                "names of the cluster work, names outside do not",
            ),
            Cause::new("the zone is broken (DNSSEC, lame delegation)", "another resolver fails as well"),
        ],
        next: &[Step::Run(""), FIND_PODS],
        ..Entry::FLUX
    },
    Entry {
        id: "name-not-found",
        place: Place::at(Stage::Resolve),
        patterns: &[text("lookup *: no such host"), text("no such host")],
        means: "The name server says that there is no such name.",
        rules_out: UP_TO_HERE,
        causes: &[
            Cause::new("the name is spelled wrongly in spec.url", "the name in the message, letter by letter"),
            Cause::new(
                "an internal name, and a resolver that does not know the zone",
                "it resolves on the workstation or in the VPN, and not in the pod",
            ),
            Cause::new("a name server that answers wrongly for a short time", "it comes and goes"),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "name-look-up-failed",
        place: Place::at(Stage::Resolve),
        patterns: &[text("dial tcp: lookup ")],
        means: "The name of the git server could not be resolved.",
        rules_out: UP_TO_HERE,
        causes: &[Cause::new("the name server, or the path to it", "the run asks each name server by itself")],
        next: RUN,
        ..Entry::FLUX
    },
];
