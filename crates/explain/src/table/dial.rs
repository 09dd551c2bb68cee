//! TCP connects and proxies of Flux's client, in Go's words (flux-git.md §1.5, §3).

use model::Stage;

use crate::entry::{Cause, Entry, Place, RUN, Step, text};

const BEYOND: &[&str] = &["everything behind the connect: SSH, TLS, login, repository"];
const REFUSAL: &[&str] = &["a silent drop or a black hole: an answer came", "login, repository, git"];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "proxy-unusable",
        place: Place::Configuration,
        patterns: &[text("proxy: unknown scheme"), text("unsupported proxy"), text("unsupported protocol scheme")],
        means: "The proxy's address has a scheme that this transport cannot use.",
        rules_out: &["the network: no packet went out"],
        causes: &[
            Cause::new(
                "an http:// proxy (proxySecretRef) for an ssh:// URL: Flux's SSH takes SOCKS5 only",
                "the scheme in the secret's `address`",
            ),
            Cause::new("a mistyped ALL_PROXY or proxy secret", "the environment of source-controller"),
        ],
        next: &[Step::Shell(
            "kubectl -n flux-system get deploy source-controller -o jsonpath='{.spec.template.spec.containers[0].env}'",
        )],
        ..Entry::FLUX
    },
    Entry {
        id: "proxy-failed",
        place: Place::at(Stage::Proxy),
        patterns: &[
            text("socks connect"),
            text("proxyconnect tcp"),
            text("Proxy Authentication Required"),
            text("proxy error"),
        ],
        means: "The connection goes through a proxy, and the proxy could not be reached or did not let it pass.",
        rules_out: &["the git server: the proxy was the last that was spoken to"],
        causes: &[
            Cause::new(
                "the proxy refuses this host or port (CONNECT to 22 is often forbidden)",
                "the proxy's answer in the run; port 443 passes",
            ),
            Cause::new("the proxy wants a login", "status 407, or an authentication method in the message"),
            Cause::new(
                "the proxy is down, or its name or port is wrong",
                "a run without it, with --proxy given by hand",
            ),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "address-in-brackets",
        place: Place::Configuration,
        patterns: &[text("dial tcp: address [[*missing port in address")],
        means: "go-git puts an IPv6 address of an ssh:// URL into brackets twice and dials nothing: a defect of go-git 5, not of \
                the network.",
        rules_out: &["the network: no packet went out"],
        causes: &[Cause::new("an IPv6 address in place of a name in spec.url", "the address in the message")],
        next: &[Step::Say("Give the server a name, or use https://."), Step::Run("")],
        ..Entry::FLUX
    },
    Entry {
        id: "connect-timed-out",
        place: Place::at(Stage::Connect),
        patterns: &[
            text("dial tcp *: connect: connection timed out"),
            text("dial tcp *: i/o timeout"),
            text("connect: operation timed out"),
        ],
        means: "The server's port did not answer: every SYN, or every answer to one, was lost.",
        clock: "`connection timed out` is the kernel's patience, some 2 min for each address; `i/o timeout` over HTTP is Go's 30 s. Over \
                SSH spec.timeout does not cut it, and until then Ready stays as it was.",
        rules_out: BEYOND,
        causes: &[
            Cause::new(
                "a firewall, security group or egress policy drops the port",
                "443 answers and 22 does not; another namespace or the node gets through",
            ),
            Cause::new(
                "no route back: NAT or SNAT ports exhausted, wrong source address",
                "some of many connects succeed",
            ),
            Cause::new(
                "the address is wrong or old, or the host is down",
                "nobody reaches it; compare the look-up from another place",
            ),
        ],
        next: &[Step::Run(""), Step::Say("For github.com and gitlab.com the run also tries SSH on port 443.")],
        ..Entry::FLUX
    },
    Entry {
        id: "connect-refused",
        place: Place::at(Stage::Connect),
        patterns: &[text("connect: connection refused"), text("connect: connection reset by peer")],
        means: "The port answered with a reset: nothing listens there, or something on the way refuses in its name.",
        rules_out: REFUSAL,
        causes: &[
            Cause::new("the port is wrong, or the service is down", "refused from every place"),
            Cause::new(
                "a firewall that rejects with a reset",
                "refused from here only; the reset comes sooner than the server's round trip",
            ),
            Cause::new(
                "the name resolves to another machine here (wildcard domain with ndots)",
                "the address in the message",
            ),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "connect-unreachable",
        place: Place::at(Stage::Connect),
        patterns: &[
            text("connect: no route to host"),
            text("connect: network is unreachable"),
            text("connect: host is unreachable"),
        ],
        means: "A router, or this machine itself, says that there is no way to the address.",
        rules_out: REFUSAL,
        causes: &[
            Cause::new(
                "only an IPv6 address is used, and there is no IPv6 route",
                "the address in the message has colons",
            ),
            Cause::new("a firewall that rejects with ICMP", "from here only"),
            Cause::new("the host or its network is down", "unreachable from every place"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "connect-prohibited",
        place: Place::at(Stage::Connect),
        patterns: &[text("connect: permission denied"), text("connect: operation not permitted")],
        means: "The connect is forbidden: by an ICMP answer (administratively prohibited), or by a rule on the node itself.",
        rules_out: REFUSAL,
        causes: &[
            Cause::new(
                "an egress policy of the cluster (CNI, eBPF, iptables REJECT)",
                "a pod in another namespace gets through",
            ),
            Cause::new("a router's access list", "the run names who answered"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "no-local-port",
        place: Place::at(Stage::Connect),
        patterns: &[text("connect: cannot assign requested address"), text("socket: too many open files")],
        means: "The client has no local port, address or file descriptor left for a connection.",
        rules_out: &["the network and the server: no packet went out"],
        causes: &[
            Cause::new("ephemeral ports or descriptors are used up", "`ss -s` in the pod's network namespace"),
            Cause::new("the pod has no address of this family", "`ip address` there"),
        ],
        next: RUN,
        ..Entry::FLUX
    },
];
