//! What the OpenSSH client says, by itself or under git (OpenSSH 9.2; lab.md §2, §3). It has no deadline of its own, tries
//! addresses one after the other, and marks its packets (IPQoS): it can fail where Flux works, and the other way round.

use model::Stage;

use crate::entry::{Cause, Entry, Nature, Place, Step, text};

const NOT_FLUX: Step = Step::Say(
    "OpenSSH is not Flux: a run with --profile flux tells what source-controller's client would meet from the same place.",
);

const KEY_ARRIVED: &[&str] = &[
    "name, port, firewall: the server's key arrived",
    "an MTU black hole, mostly: the key exchange carries 1.2 to 1.5 KB",
];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "openssh-name",
        place: Place::at(Stage::Resolve),
        patterns: &[text("Could not resolve hostname")],
        means: "The name could not be resolved. `Temporary failure` is said for silence (10 s) and for SERVFAIL (at once) alike; `Name or \
                service not known` is the name server's no.",
        clock: "At once: an answer. Some 10 s: silence.",
        rules_out: &["the git server, its port, and everything behind them: no packet went there"],
        causes: &[
            Cause::new("the name server is silent or failing", "the run asks each name server by itself"),
            Cause::new("a mistyped name, or one that only another resolver knows", "the name in the message"),
        ],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-connect-timed-out",
        place: Place::at(Stage::Connect),
        patterns: &[
            text("ssh: connect to host * port *: Connection timed out"),
            text("ssh: connect to host * port *: Operation timed out"),
        ],
        means: "The server's port did not answer.",
        clock: "Some 135 s for each address, one after the other: IPv6 first, then IPv4.",
        rules_out: &["login, repository, git"],
        causes: &[
            Cause::new("a firewall drops the port", "port 443 answers and 22 does not"),
            Cause::new(
                "a dead IPv6: OpenSSH waits it out, Flux and curl go on after 0.3 s",
                "the families apart in the run",
            ),
            Cause::new("something drops packets with OpenSSH's DSCP mark", "`ssh -o IPQoS=none` gets through"),
        ],
        next: &[Step::Run(""), NOT_FLUX],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-connect-refused",
        place: Place::at(Stage::Connect),
        patterns: &[text("ssh: connect to host * port *: Connection refused")],
        means: "The port answered with a reset: nothing listens there, or a firewall refuses in its name.",
        rules_out: &["a silent drop or a black hole: an answer came"],
        causes: &[
            Cause::new("the port is wrong, or the service is down", "refused from every place"),
            Cause::new("a firewall that rejects with a reset", "from here only"),
        ],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-connect-unreachable",
        place: Place::at(Stage::Connect),
        patterns: &[
            text("ssh: connect to host * port *: No route to host"),
            text("ssh: connect to host * port *: Network is unreachable"),
            text("ssh: connect to host * port *: Permission denied"),
        ],
        means: "A router, a firewall or this machine itself says that there is no way to the address.",
        rules_out: &["a silent drop or a black hole: an answer came"],
        causes: &[
            Cause::new(
                "a firewall that rejects with ICMP (Linux says `No route to host` for administratively prohibited)",
                "from here only",
            ),
            Cause::new("an IPv6 address and no IPv6 route", "the address in the message"),
        ],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-ident-cut",
        place: Place::at(Stage::Greeting),
        patterns: &[
            text("kex_exchange_identification: "),
            text("ssh_exchange_identification: "),
            text("Connection closed by remote host"),
            text("banner line contains invalid characters"),
        ],
        means: "TCP was connected, and the connection ended before, or in place of, the server's greeting.",
        rules_out: &["name and port: the connect succeeded", "host key, login, git"],
        causes: &[
            Cause::new(
                "MaxStartups or another limit on connections at the server",
                "some of several connects in a row get a greeting",
            ),
            Cause::new("a firewall that knows SSH by its content", "always; SSH on 443 or HTTPS works"),
            Cause::new(
                "a load balancer without a living server behind it, or an address ban (fail2ban)",
                "the same address from another place",
            ),
        ],
        next: &[Step::Run(""), Step::Run("--thorough")],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-kex-hangs",
        place: Place::at(Stage::KeyExchange),
        patterns: &[
            text("expecting SSH2_MSG_KEX"),
            text("SSH2_MSG_KEXINIT sent"),
            text("Connection * port *timed out during key exchange"),
        ],
        means: "The greeting passed, and the key exchange hangs: its packets of 1.2 to 1.5 KB are the first large ones.",
        clock: "As the last line of `ssh -v` it means something only if nothing follows for seconds.",
        rules_out: &["name, port, firewall rule: small packets pass both ways"],
        causes: &[
            Cause::new("MTU black hole, in either direction", "the follow-up with segments of 1200 bytes passes"),
            Cause::new(
                "something drops larger packets for their checksum (offload, VXLAN)",
                "it hangs from the same size on; even small segments do not help below it",
            ),
            Cause::new(
                "the post-quantum exchange is too large for something on the way",
                "`ssh -o KexAlgorithms=curve25519-sha256` passes",
            ),
        ],
        next: &[Step::Run(""), Step::Run("--thorough"), NOT_FLUX],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-greeting-missing",
        place: Place::at(Stage::Greeting),
        patterns: &[text("Local version string SSH-2.0"), text("Connection timed out during banner exchange")],
        means: "TCP is connected, the client's greeting went out, and the server's does not come.",
        clock: "As the last line of `ssh -v` it means something only if nothing follows for seconds.",
        rules_out: &["name and port: the connect succeeded"],
        causes: &[
            Cause::new("a firewall swallows SSH by its content", "SSH on 443 or HTTPS works"),
            Cause::new("a sidecar that waits for the client to speak first", "some 10 s, then the greeting"),
            Cause::new("a slow server: reverse look-ups (UseDNS), load", "the greeting comes late from every place"),
        ],
        next: &[Step::Run("--budget 2m --patience 60s")],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-host-key-changed",
        place: Place::at(Stage::KeyExchange),
        patterns: &[text("REMOTE HOST IDENTIFICATION HAS CHANGED"), text("host key for * has changed")],
        means: "The server showed another host key than the one that known_hosts has for it.",
        rules_out: KEY_ARRIVED,
        causes: &[
            Cause::new(
                "the server's key was rotated",
                "the hoster publishes the new fingerprint; it is the same from every place",
            ),
            Cause::new(
                "the name leads to another machine here, or somebody is in between",
                "address and key differ between places",
            ),
        ],
        next: &[Step::Run("--thorough"), NOT_FLUX],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-host-key-unknown",
        place: Place::at(Stage::KeyExchange),
        patterns: &[text("No * host key is known for")],
        means: "known_hosts has no key of this type for this host and port.",
        rules_out: KEY_ARRIVED,
        causes: &[
            Cause::new("no line for this host, or not for this port (`[host]:port`)", "`ssh-keygen -F` finds none"),
            Cause::new("only keys of other types", "every type of host key in the run"),
        ],
        next: &[Step::Run("--thorough"), NOT_FLUX],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-host-key",
        nature: Nature::Echo,
        place: Place::at(Stage::KeyExchange),
        patterns: &[text("Host key verification failed")],
        means: "The server's host key is unknown here, or is not the one that is known: this line is the same for both.",
        rules_out: KEY_ARRIVED,
        causes: &[
            Cause::new(
                "no line for this host and port in known_hosts, and nobody to ask",
                "no warning stands above the line",
            ),
            Cause::new(
                "the key was rotated, or somebody is in between",
                "`REMOTE HOST IDENTIFICATION HAS CHANGED` stands above the line",
            ),
        ],
        next: &[Step::Run("--thorough"), NOT_FLUX],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-no-common-algorithm",
        place: Place::at(Stage::KeyExchange),
        patterns: &[text("Unable to negotiate with * no matching")],
        means: "Client and server share no algorithm of one kind; the message lists the server's.",
        rules_out: &["name, port, firewall, path: both offers arrived"],
        causes: &[Cause::new(
            "an old server (ssh-rsa with SHA-1, group1), or a hardened one",
            "the list in the message",
        )],
        next: &[Step::Run(""), NOT_FLUX],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-login-refused",
        place: Place::at(Stage::Authenticate),
        patterns: &[
            text("Permission denied (publickey"),
            text("Permission denied, please try again"),
            text("Too many authentication failures"),
            text(": Permission denied ("),
        ],
        means: "The server lets nobody in with the keys that were offered.",
        rules_out: &["name, port, path, host key: all of it was accepted"],
        causes: &[
            Cause::new("no key was offered, or not the registered one", "`ssh -v` lists `Offering public key`"),
            Cause::new("the key is registered for another repository or account", "the hoster's list"),
        ],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-login-hangs",
        place: Place::at(Stage::Authenticate),
        patterns: &[text("Server accepts key"), text("timed out during authentication")],
        means: "The server knows the key and does not finish the login.",
        clock: "As the last line of `ssh -v` it means something only if nothing follows for seconds.",
        rules_out: &["name, port, path, host key"],
        causes: &[Cause::new(
            "a slow key look-up at the server (AuthorizedKeysCommand, directory, reverse DNS)",
            "equally slow from every place; HTTPS is fast",
        )],
        next: &[Step::Run("--budget 2m --patience 60s")],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-connection-lost",
        place: Place::between(Stage::Authenticate, Stage::PackTransfer),
        patterns: &[
            text("client_loop: send disconnect: "),
            text("packet_write_wait: "),
            text("Connection to * closed by remote host"),
            text("Timeout, server * not responding"),
            text("Read from remote host *: "),
        ],
        means: "An open SSH connection was reset or closed: in the login or in the middle of the transfer.",
        rules_out: &["name and port", "a silent freeze: the end of the connection arrived"],
        causes: &[
            Cause::new(
                "a firewall or proxy that cuts after so many bytes or seconds",
                "it comes at the same size or time, from this place only",
            ),
            Cause::new(
                "the server closed: a limit, a restart, its git process died",
                "the same from every place, and a line in the server's log",
            ),
        ],
        next: &[Step::Run("--full --budget 5m"), NOT_FLUX],
        ..Entry::OPENSSH
    },
    Entry {
        id: "openssh-connection-ended",
        nature: Nature::Echo,
        place: Place::between(Stage::Greeting, Stage::PackTransfer),
        patterns: &[
            text("Connection reset by * port"),
            text("Connection closed by * port"),
            text("Disconnected from "),
        ],
        means: "An SSH connection was reset or closed by the other side, or in its name. The line does not say when.",
        rules_out: &["name and port: the connect succeeded", "silence on the path: the end arrived"],
        causes: &[
            Cause::new(
                "a limit on connections at the server, before its greeting",
                "some of several connects in a row get a greeting",
            ),
            Cause::new(
                "a firewall or proxy that cuts: by content at once, by size or time later",
                "the stage and the byte at which the run ends",
            ),
            Cause::new(
                "the server closed: a restart, its git process died",
                "the same from every place, and a line in the server's log",
            ),
        ],
        next: &[Step::Run(""), Step::Run("--full --budget 5m")],
        ..Entry::OPENSSH
    },
];
