//! What libcurl says, by itself or inside git (lab.md §2). Which TLS library is behind it changes the words: Debian's git has
//! `GnuTLS`, most others OpenSSL.

use model::Stage;

use crate::entry::{Cause, Entry, Place, Step, text};

const ARRIVED: &[&str] =
    &["name and port", "an MTU black hole from server to client: the chain of several packets arrived"];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "curl-name",
        place: Place::at(Stage::Resolve),
        patterns: &[
            text("Could not resolve host"),
            text("Could not resolve proxy"),
            text("Resolving timed out"),
            text("curl: (6)"),
        ],
        means: "The name could not be resolved. git and curl say the same for a name that does not exist, a failing name server \
                (SERVFAIL) and a silent one.",
        clock: "The time tells them apart: at once an answer, some 10 s silence.",
        rules_out: &["the git server, its port, and everything behind them: no packet went there"],
        causes: &[
            Cause::new(
                "the name server is silent or failing",
                "the run tells NXDOMAIN, SERVFAIL and silence apart, for each name server",
            ),
            Cause::new("a mistyped name, or one that only another resolver knows", "the name in the message"),
        ],
        ..Entry::LIBCURL
    },
    Entry {
        id: "curl-proxy",
        place: Place::at(Stage::Proxy),
        patterns: &[
            text("from proxy after CONNECT"),
            text("CONNECT tunnel failed"),
            text("Proxy CONNECT aborted"),
            text("cannot complete SOCKS"),
            text("curl: (97)"),
        ],
        means: "The connection goes through a proxy, and the proxy did not let it pass.",
        rules_out: &["the git server: the proxy was the last that was spoken to"],
        causes: &[
            Cause::new("the proxy wants a login (407)", "the status in the message"),
            Cause::new("the proxy refuses this host or port (403)", "another host passes, and so does port 443"),
        ],
        ..Entry::LIBCURL
    },
    Entry {
        id: "curl-connect",
        place: Place::at(Stage::Connect),
        patterns: &[
            text("Failed to connect to "),
            text("Connection timed out after"),
            text("Couldn't connect to server"),
            text("curl: (7)"),
        ],
        means: "No TCP connection came about. The words behind it tell a refusal (an answer) from a timeout (silence).",
        clock: "The time in the message tells: some milliseconds are a refusal, half a minute and more are silence.",
        rules_out: &["TLS, login, repository, git"],
        causes: &[
            Cause::new("a firewall drops the port (timeout)", "silent from here, open from another place"),
            Cause::new("the port is wrong or the service is down (refused)", "refused from every place"),
        ],
        ..Entry::LIBCURL
    },
    Entry {
        id: "certificate-unverified",
        place: Place::at(Stage::Tls),
        patterns: &[
            text("server certificate verification failed"),
            text("SSL certificate problem"),
            text("unable to get local issuer certificate"),
            text("curl: (60)"),
        ],
        means: "The certificate was not accepted. With GnuTLS (`server certificate verification failed. CAfile: …`) the text is the same for \
                an expired one and for an unknown authority; OpenSSL says which.",
        rules_out: ARRIVED,
        causes: &[
            Cause::new("the certificate has expired", "both dates in the run"),
            Cause::new(
                "a company's own authority, or a proxy that intercepts TLS",
                "the issuer in the run; another place shows another one",
            ),
            Cause::new("the server does not send its intermediate certificate", "the chain in the run"),
            Cause::new("this machine's clock is wrong", "the clock in the run"),
        ],
        ..Entry::LIBCURL
    },
    Entry {
        id: "certificate-other-name",
        place: Place::at(Stage::Tls),
        patterns: &[
            text("SSL: certificate subject name"),
            text("certificate subject name (* does not match"),
            text("no alternative certificate subject name matches"),
        ],
        means: "The certificate is for other names than the one that was asked for.",
        rules_out: ARRIVED,
        causes: &[
            Cause::new("the name leads to another machine here", "the address in the run against another place"),
            Cause::new("a default certificate of an ingress or a portal", "the names in the message"),
        ],
        ..Entry::LIBCURL
    },
    Entry {
        id: "curl-tls",
        place: Place::at(Stage::Tls),
        patterns: &[
            text("gnutls_handshake() failed"),
            text("SSL_connect: "),
            text("SSL_ERROR_SYSCALL"),
            text("SSL connection timeout"),
            text("OpenSSL/*: error:"),
            text("wrong version number"),
            text("curl: (35)"),
        ],
        means: "TCP was connected, and the TLS handshake broke off or was refused.",
        rules_out: &["name and port: the connect succeeded", "login, repository, git"],
        causes: &[
            Cause::new(
                "a reset by a firewall that reads the name in the hello (SNI)",
                "at once; a neutral hello passes (--thorough)",
            ),
            Cause::new(
                "MTU black hole: the server's chain is several full packets",
                "nothing for minutes, then a reset; the follow-up with segments of 1200 bytes passes",
            ),
            Cause::new(
                "no common version or cipher, or a port that speaks no TLS",
                "the first bytes of the answer in the run",
            ),
        ],
        next: &[Step::Run(""), Step::Run("--thorough")],
        ..Entry::LIBCURL
    },
    Entry {
        id: "http2-stream-error",
        place: Place::between(Stage::AdvertisementWait, Stage::PackTransfer),
        patterns: &[
            text("curl 92"),
            text("HTTP/2 stream * was not closed cleanly"),
            text("HTTP2 framing layer"),
            text("curl: (92)"),
            text("curl 16 "),
        ],
        means: "The HTTP/2 stream was ended by the other side before the answer was whole (curl error 92 or 16).",
        rules_out: &["name, port, TLS", "silence on the path: the other side spoke"],
        causes: &[
            Cause::new(
                "a proxy's limit of time or size (INTERNAL_ERROR, CANCEL)",
                "it comes after the same time or size",
            ),
            Cause::new("the server's git process died", "the same from every place, and a line in the server's log"),
            Cause::new("a defect of HTTP/2 on the way", "`git -c http.version=HTTP/1.1` passes"),
        ],
        next: &[Step::Run("--full --budget 5m")],
        ..Entry::LIBCURL
    },
    Entry {
        id: "transfer-closed-early",
        place: Place::between(Stage::AdvertisementTransfer, Stage::PackTransfer),
        patterns: &[
            text("curl 18"),
            text("transfer closed with outstanding read data"),
            text("curl: (18)"),
            text("GnuTLS recv error"),
            text("unexpected eof while reading"),
        ],
        means: "The answer ended before it was whole (curl error 18, or the TLS library's word for the same).",
        rules_out: &["name, port, TLS handshake", "silence on the path: the end of the connection arrived"],
        causes: &[
            Cause::new("a proxy or web server with a limit of time or size", "it comes after the same time or size"),
            Cause::new(
                "the server's git process died: out of memory, a time limit",
                "the same from every place, and a line in the server's log",
            ),
        ],
        next: &[Step::Run("--full --budget 5m")],
        ..Entry::LIBCURL
    },
    Entry {
        id: "receive-failed",
        place: Place::between(Stage::Tls, Stage::PackTransfer),
        patterns: &[
            text("Recv failure: "),
            text("curl 56"),
            text("curl: (56)"),
            text("Send failure: "),
            text("curl 55"),
            text("Empty reply from server"),
            text("curl: (52)"),
        ],
        means: "The connection was reset or closed while something was received (curl error 56): in the TLS handshake, or in the middle of an answer.",
        clock: "Behind `Cloning into` alone and within a second: a firewall by name. After some two minutes: packets were lost, and the \
                server gave up.",
        rules_out: &["name and port: the connect succeeded"],
        causes: &[
            Cause::new(
                "a firewall or proxy that resets: by name at once, by size or time later",
                "the stage and the byte at which the run ends",
            ),
            Cause::new(
                "an MTU black hole, ended by the server's own timeout",
                "minutes went by; the follow-up with segments of 1200 bytes passes",
            ),
            Cause::new("the server's process died", "the same from every place"),
        ],
        next: &[Step::Run(""), Step::Run("--full --budget 5m")],
        ..Entry::LIBCURL
    },
    Entry {
        id: "curl-too-slow",
        place: Place::between(Stage::Resolve, Stage::PackTransfer),
        patterns: &[text("Operation too slow"), text("Operation timed out after"), text("curl 28"), text("curl: (28)")],
        means: "A limit of the client struck: less than http.lowSpeedLimit for http.lowSpeedTime, or curl's --max-time.",
        causes: &[
            Cause::new(
                "the transfer froze or crawls",
                "`with N bytes received` tells whether anything came; the run sees a freeze within seconds",
            ),
            Cause::new("the limit is shorter than the server computes", "a keepalive every 5 s in the run"),
        ],
        next: &[Step::Run(""), Step::Run("--full --budget 5m")],
        ..Entry::LIBCURL
    },
];
