//! TLS and certificates, in the words of Go's crypto/tls and crypto/x509 (flux-git.md §1.5, §2.5, §3).

use model::Stage;

use crate::entry::{Cause, Entry, Place, RUN, text};

const ARRIVED: &[&str] = &[
    "name and port",
    "an MTU black hole from server to client: a chain of several packets arrived",
    "login, repository, git",
];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "tls-handshake-timeout",
        place: Place::at(Stage::Tls),
        patterns: &[text("net/http: TLS handshake timeout"), text("TLS handshake timeout")],
        means: "TCP was connected, and the TLS handshake did not end within Go's 10 s.",
        clock: "10 s behind the connect, whatever spec.timeout.",
        rules_out: &[
            "name and port: the connect succeeded",
            "the certificate: it was not judged yet",
            "login, repository, git",
        ],
        causes: &[
            Cause::new(
                "MTU black hole, in either direction: the server's chain is several full packets, and Go's hello of some 1.5 KB is one",
                "the follow-up with segments of 1200 bytes passes",
            ),
            Cause::new(
                "a firewall that swallows long hellos, or those that name this server",
                "a classic or neutral hello passes (--thorough)",
            ),
            Cause::new(
                "the server, or a proxy in front of it, is overloaded",
                "the handshake is slow from every place",
            ),
            Cause::new(
                "many connects at a time run out of NAT ports or conntrack entries",
                "it comes and goes with the load",
            ),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "certificate-expired",
        place: Place::at(Stage::Tls),
        patterns: &[text("x509: certificate has expired or is not yet valid")],
        means: "The server's certificate, or one in its chain, is not valid at this machine's time.",
        rules_out: ARRIVED,
        causes: &[
            Cause::new("the certificate was not renewed", "both dates in the run; the same from every place"),
            Cause::new("this machine's clock is wrong", "the time in the message: Go prints its own `current time`"),
            Cause::new("an intercepting proxy with an old certificate", "the issuer in the run"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "certificate-wrong-name",
        place: Place::at(Stage::Tls),
        patterns: &[
            text("x509: certificate is valid for *, not "),
            text("is valid for *, not "),
            text("x509: certificate is not valid for any names"),
            text("x509: cannot validate certificate for "),
            text("x509: certificate relies on legacy Common Name field"),
        ],
        means: "The certificate is for other names than the one that was asked for.",
        rules_out: ARRIVED,
        causes: &[
            Cause::new(
                "the name leads to another machine here: wildcard domain with ndots, wrong record",
                "the address in the run against another place",
            ),
            Cause::new(
                "an address, or a name that the certificate leaves out, in spec.url",
                "the names in the message",
            ),
            Cause::new("a default certificate of an ingress or a portal", "the names belong to somebody else"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "certificate-untrusted",
        place: Place::at(Stage::Tls),
        patterns: &[
            text("certificate signed by unknown authority"),
            text("x509: certificate is not authorized to sign"),
            text("x509: unhandled critical extension"),
        ],
        means: "No authority that Flux trusts vouches for the certificate.",
        rules_out: ARRIVED,
        causes: &[
            Cause::new("a company's own authority, and no `ca.crt` in the secret", "the issuer in the run"),
            Cause::new("a proxy that intercepts TLS", "the issuer is the proxy's; another place shows another one"),
            Cause::new(
                "the server does not send its intermediate certificate",
                "the chain in the run; browsers fetch it, Go does not",
            ),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "not-tls",
        place: Place::at(Stage::Tls),
        patterns: &[
            text("server gave HTTP response to HTTPS client"),
            text("first record does not look like a TLS handshake"),
        ],
        means: "The port was reached, and does not speak TLS.",
        rules_out: &["name and port filters: the answer arrived"],
        causes: &[
            Cause::new("https:// in the URL and a port that speaks plain HTTP", "the port in the URL"),
            Cause::new("a portal or proxy that answers in clear", "the first bytes in the run"),
        ],
        ..Entry::FLUX
    },
    Entry {
        id: "tls-alert",
        place: Place::at(Stage::Tls),
        patterns: &[text("remote error: tls: ")],
        means: "The server refused the TLS handshake with an alert, whose name stands behind the words.",
        rules_out: &["name, port and path: the alert arrived"],
        causes: &[
            Cause::new(
                "no common version or cipher (`handshake failure`, `protocol version`)",
                "the run with --profile git, which offers others",
            ),
            Cause::new(
                "the server wants a client certificate (`certificate required`)",
                "`tls.crt` and `tls.key` in the secret",
            ),
            Cause::new("the server does not know the name (`unrecognized name`)", "the host in spec.url"),
        ],
        next: RUN,
        ..Entry::FLUX
    },
    Entry {
        id: "tls-failed",
        place: Place::at(Stage::Tls),
        patterns: &[text("x509: "), text(": tls: ")],
        means: "The TLS handshake or the check of the certificate failed; the reason stands behind the words.",
        rules_out: &["name and port: the connect succeeded"],
        causes: &[Cause::new("what the end of the message names", "chain, names and dates in the run")],
        next: RUN,
        ..Entry::FLUX
    },
];
