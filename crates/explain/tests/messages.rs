//! Each message letter by letter, as it was seen or as the sheets give it, and the entry that it must find. The names of the
//! groups say where it is known from.

use netprobe_explain::{Explanation, Nature, explain};

/// The one explanation of a text.
fn explained(text: &str) -> Explanation {
    let mut told = explain(text.as_bytes());
    assert_eq!(told.explanations.len(), 1, "{text}: {told:#?}");
    told.explanations.remove(0)
}

fn found(text: &str) -> &'static str {
    explained(text).id
}

/// Every form in which Flux's reason reaches a reader finds the same entry.
fn by_flux(url: &str, connection: &str, reason: &str, expected: &str) {
    let lead = match connection {
        "list" => format!("unable to list remote for '{url}': "),
        _ => format!("unable to clone '{url}': "),
    };
    let whole = format!("failed to checkout and determine revision: {lead}{reason}");
    let escaped = serde_json::to_string(&whole).unwrap();
    let quoted = whole.replace('\'', "''");
    for shape in [
        whole.clone(),
        format!("{lead}{reason}"),
        format!(r#"{{"level":"error","ts":"2026-03-01T10:00:00.000Z","msg":"Reconciler error","error":{escaped}}}"#),
        format!("2026-03-01T10:00:00.000Z error GitRepository/fleet.flux-system - {whole}"),
        format!("    Message:               {whole}"),
        format!("      message: '{quoted}'"),
        format!("        \"message\": {escaped},"),
        format!("Warning  GitOperationFailed  3m (x12 over 40m)  source-controller  {whole}"),
    ] {
        let told = explained(&shape);
        assert_eq!(told.id, expected, "{shape}");
        assert_eq!(told.repository.as_deref(), Some(url), "{shape}");
        assert_eq!(
            told.connection.map(|told| format!("{told:?}").to_lowercase()).as_deref(),
            Some(connection),
            "{shape}"
        );
    }
}

const SSH: &str = "ssh://git@git.example.org/org/repo";
const HTTPS: &str = "https://git.example.org/org/repo";

fn over_ssh(reason: &str, expected: &str) {
    by_flux(SSH, "clone", reason, expected);
}

fn over_https(reason: &str, expected: &str) {
    by_flux(HTTPS, "clone", &reason.replace("URL", HTTPS), expected);
}

/// flux-git.md §1.2, row by row.
#[test]
fn stalls_at_each_point() {
    for (url, first_packet) in [(SSH, "first-pack-packet-missing"), (HTTPS, "first-pack-packet-missing-https")] {
        by_flux(url, "clone", "error decoding upload-pack response: context deadline exceeded", first_packet);
        let multi_ack = "error decoding upload-pack response: multi_ack and multi_ack_detailed are not supported: context deadline exceeded";
        by_flux(url, "clone", multi_ack, "nak-missing");
    }
    over_ssh("context deadline exceeded", "deadline-ssh");
    over_https("context deadline exceeded", "deadline-https");
    over_https(r#"Get "URL/info/refs?service=git-upload-pack": context deadline exceeded"#, "deadline-before-headers");
    over_https(
        r#"unexpected client error: Post "URL/git-upload-pack": context deadline exceeded"#,
        "deadline-after-request",
    );
    by_flux(SSH, "list", "context deadline exceeded", "deadline-listing");
    by_flux(HTTPS, "list", "context deadline exceeded", "deadline-listing");
    assert_eq!(found("context deadline exceeded"), "deadline");
}

/// flux-git.md §1.3, last bullet, and what Flux's client was seen to say beside it.
#[test]
fn ends_in_place_of_stalls() {
    over_ssh("empty git-upload-pack given", "response-empty");
    for tail in ["invalid pkt-len found", "EOF", "unexpected EOF"] {
        over_ssh(&format!("error decoding upload-pack response: {tail}"), "response-cut");
    }
    over_ssh("error decoding upload-pack response: multi_ack and multi_ack_detailed are not supported: EOF", "nak-cut");
    over_ssh("invalid pkt-len found", "garbled-advertisement");
    over_ssh("unexpected EOF", "transfer-cut");
    over_ssh("unable to fetch packfile", "pack-never-began");
    over_https("invalid reset option: object not found", "response-empty");
    over_https(r#"Get "URL/info/refs?service=git-upload-pack": EOF"#, "http-connection-lost");
}

/// flux-git.md §1.5, row by row and the paragraph behind the table.
#[test]
fn what_the_client_said_under_faults() {
    over_https(
        r#"Get "URL/info/refs?service=git-upload-pack": net/http: TLS handshake timeout"#,
        "tls-handshake-timeout",
    );
    over_ssh("unexpected EOF", "transfer-cut");
    over_ssh("dial tcp 10.0.0.7:22: connect: connection refused", "connect-refused");
    over_ssh("dial tcp 10.0.0.7:22: connect: permission denied", "connect-prohibited");
    over_ssh("dial tcp 10.0.0.7:22: connect: no route to host", "connect-unreachable");
    over_ssh("dial tcp 10.0.0.7:22: connect: connection timed out", "connect-timed-out");
    over_ssh(
        "ssh: handshake failed: read tcp 10.1.0.3:41234->10.0.0.7:22: connection reset by peer",
        "ssh-handshake-reset",
    );
    over_ssh(
        "dial tcp: lookup git.example.org on 10.96.0.10:53: read udp 10.1.0.3:5353->10.96.0.10:53: i/o timeout",
        "name-server-silent",
    );
    over_ssh("dial tcp: lookup git.example.org on 10.96.0.10:53: server misbehaving", "name-server-failing");
    over_ssh("dial tcp: lookup git.example.org on 10.96.0.10:53: no such host", "name-not-found");
    over_ssh(
        "dial tcp: lookup git.example.org on 10.96.0.10:53: dial tcp 10.96.0.10:53: i/o timeout",
        "name-server-tcp",
    );
    over_https(r#"Get "URL/info/refs?service=git-upload-pack": context deadline exceeded"#, "deadline-before-headers");
    over_ssh("ssh: handshake failed: knownhosts: key mismatch", "host-key-changed");
    over_ssh("ssh: handshake failed: knownhosts: key is unknown", "host-key-unknown");
    over_ssh(
        "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
        "ssh-login-refused",
    );
    let absent = explained(&format!(
        "failed to checkout and determine revision: unable to clone: repository not found: git repository: '{SSH}'"
    ));
    assert_eq!((absent.id, absent.repository.as_deref()), ("repository-not-found", Some(SSH)));
    for (tail, expected) in [
        (
            "certificate has expired or is not yet valid: current time 2026-03-01T10:00:00Z is after 2026-02-01T00:00:00Z",
            "certificate-expired",
        ),
        ("certificate is valid for www.other.test, not git.example.org", "certificate-wrong-name"),
        ("certificate signed by unknown authority", "certificate-untrusted"),
    ] {
        let reason =
            format!(r#"Get "URL/info/refs?service=git-upload-pack": tls: failed to verify certificate: x509: {tail}"#);
        over_https(&reason, expected);
    }
    by_flux(SSH, "list", "dial tcp 10.0.0.7:22: connect: connection refused", "connect-refused");
    by_flux(SSH, "list", "dial tcp: lookup h on 10.96.0.10:53: no such host", "name-not-found");
    let reset = "ssh: handshake failed: read tcp 10.1.0.3:41234->10.0.0.7:22: read: connection reset by peer";
    by_flux(SSH, "list", reset, "ssh-handshake-reset");
    assert_eq!(found("reconciliation in progress"), "reconciliation-in-progress");
}

/// flux-git.md §3, row by row: the words behind `unable to clone`.
#[test]
fn reasons_of_the_parser_table() {
    over_ssh("dial tcp 10.0.0.7:22: i/o timeout", "connect-timed-out");
    over_ssh("dial tcp [2001:db8::7]:22: connect: network is unreachable", "connect-unreachable");
    over_ssh("socks connect tcp 10.0.0.9:1080->git.example.org:22: connection not allowed by ruleset", "proxy-failed");
    over_ssh("proxy: unknown scheme: http", "proxy-unusable");
    over_ssh(
        "ssh: handshake failed: read tcp 10.1.0.3:41234->10.0.0.7:22: read: connection timed out",
        "ssh-handshake-timed-out",
    );
    over_ssh("ssh: handshake failed: EOF", "ssh-handshake-eof");
    over_ssh(
        "ssh: handshake failed: ssh: no common algorithm for key exchange; client offered: [mlkem768x25519-sha256], server offered: [diffie-hellman-group1-sha1]",
        "ssh-no-common-algorithm",
    );
    over_ssh(
        "ssh: handshake failed: ssh: no common algorithm for host key; client offered: [ssh-rsa], server offered: [ssh-ed25519]",
        "ssh-no-common-algorithm",
    );
    over_ssh("ssh: handshake failed: knownhosts: key is revoked", "host-key-revoked");
    over_ssh("ssh: command git-upload-pack '/org/repo' failed", "exec-refused");
    over_ssh("unknown error: remote: Your account is suspended", "server-refused-in-words");
    over_ssh("timeout exceeded", "no-stdout");
    by_flux(SSH, "list", "timeout exceeded", "no-stdout");
    by_flux(SSH, "list", "unexpected EOF", "eof-listing");
    over_https("authentication required: Unauthorized", "http-login-wanted");
    over_https("authorization failed: Forbidden", "http-forbidden");
    over_https("repository not found: Not Found", "repository-not-found");
    for (status, expected) in
        [(429, "rate-limited"), (502, "http-server-error"), (504, "http-server-error"), (418, "http-status")]
    {
        for path in ["info/refs?service=git-upload-pack", "git-upload-pack"] {
            let reason = format!("unexpected client error: unexpected requesting \"URL/{path}\" status code: {status}");
            over_https(&reason, expected);
            let told = explained(&format!("unable to clone '{HTTPS}': {}", reason.replace("URL", HTTPS)));
            let stage = if path.starts_with("info") { "AdvertisementWait" } else { "ResponseWait" };
            assert!(format!("{:?}", told.place).contains(stage), "the path tells GET from POST: {told:?}");
        }
    }
    over_https("http redirect: too many redirects", "http-redirect");
    over_https("pkt-line 1: unexpected content", "garbled-advertisement");
    over_ssh("unexpected error: fatal: pack-objects died of signal 9", "server-gave-up");
    over_ssh("couldn't find remote ref \"refs/heads/master\"", "ref-not-found");
    over_ssh("remote repository is empty", "repository-empty");
    over_ssh("git repository is empty", "repository-empty");
    over_ssh("write /tmp/gitrepository-x/.git/objects/pack/tmp_pack_123: no space left on device", "disk-full");
    over_ssh("dial tcp: address [[2001:db8::7]]:22: missing port in address", "address-in-brackets");
}

/// flux-git.md §3, the rows that stand alone, without a repository before them.
#[test]
fn messages_without_a_repository() {
    for (text, expected) in [
        ("failed to get secret 'flux-system/flux-system': secrets \"flux-system\" not found", "secret-absent"),
        ("failed to configure authentication options: x", "secret-absent"),
        ("SSH identity key is encrypted but no 'password' was provided", "secret-key-encrypted"),
        ("failed to configure proxy options: x", "proxy-secret-unusable"),
        ("invalid 'ssh' auth option: 'identity' is required", "secret-incomplete"),
        ("invalid 'ssh' auth option: 'known_hosts' is required", "secret-incomplete"),
        ("unable to construct auth method with options: ssh: no key found", "secret-unreadable"),
        ("unable to resolve ref 'refs/heads/main' to a specific commit", "ref-not-found"),
        ("no match found for semver: >=2.0.0", "semver-no-match"),
        ("failed to create temporary working directory: mkdir /tmp/x: read-only file system", "no-working-directory"),
        ("error decoding upload-pack response: context deadline exceeded", "first-pack-packet-missing"),
        ("stored artifact for revision 'main@sha1:0123456789abcdef0123456789abcdef01234567'", "fetch-succeeded"),
        (
            "no changes since last reconciliation: observed revision 'main@sha1:0123456789abcdef0123456789abcdef01234567'",
            "fetch-succeeded",
        ),
        ("Source is not ready, artifact not found", "source-not-ready"),
    ] {
        assert_eq!(found(text), expected, "{text}");
        if explained(text).nature != Nature::Fine {
            assert_eq!(found(&format!("failed to checkout and determine revision: {text}")), expected, "{text}");
        }
    }
}

/// lab.md §2 and §3: what git, OpenSSH and libcurl printed under each fault.
#[test]
fn stock_clients() {
    for (text, expected) in [
        ("debug1: expecting SSH2_MSG_KEX_ECDH_REPLY", "openssh-kex-hangs"),
        ("debug1: SSH2_MSG_KEXINIT sent", "openssh-kex-hangs"),
        ("debug1: Local version string SSH-2.0-OpenSSH_9.2p1 Debian-2", "openssh-greeting-missing"),
        ("debug1: Server accepts key: /home/ada/.ssh/id_ed25519 ED25519 SHA256:x agent", "openssh-login-hangs"),
        ("kex_exchange_identification: read: Connection reset by peer", "openssh-ident-cut"),
        ("kex_exchange_identification: Connection closed by remote host", "openssh-ident-cut"),
        ("client_loop: send disconnect: Broken pipe", "openssh-connection-lost"),
        ("Permission denied (publickey).", "openssh-login-refused"),
        ("git@github.com: Permission denied (publickey).", "openssh-login-refused"),
        ("Host key verification failed.", "openssh-host-key"),
        ("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", "openssh-host-key-changed"),
        (
            "No ED25519 host key is known for git.lab.test and you have requested strict checking.",
            "openssh-host-key-unknown",
        ),
        ("Connection reset by 203.0.113.7 port 22", "openssh-connection-ended"),
        ("fatal: protocol error: bad line length character: <htm", "git-garbled"),
        ("curl: (56) CONNECT tunnel failed, response 407", "curl-proxy"),
        ("ssh: Could not resolve hostname git.lab.test: Temporary failure in name resolution", "openssh-name"),
        ("ssh: connect to host git.lab.test port 22: Connection timed out", "openssh-connect-timed-out"),
        ("ssh: connect to host git.lab.test port 22: Connection refused", "openssh-connect-refused"),
        ("ssh: connect to host git.lab.test port 22: No route to host", "openssh-connect-unreachable"),
        ("fetch-pack: unexpected disconnect while reading sideband packet", "git-transfer-cut"),
        ("fatal: early EOF", "git-pack-short"),
        ("fatal: fetch-pack: invalid index-pack output", "git-pack-short"),
        ("Killed by signal 15.", "git-killed"),
        ("fatal: Could not read from remote repository.", "git-could-not-read"),
        ("fatal: unable to access 'https://git.lab.test/r.git/': Could not resolve host: git.lab.test", "curl-name"),
        (
            "fatal: unable to access 'https://git.lab.test/r.git/': Recv failure: Connection reset by peer",
            "receive-failed",
        ),
        (
            "fatal: unable to access 'https://git.lab.test/r.git/': server certificate verification failed. CAfile: /etc/ssl/certs/ca-certificates.crt CRLfile: none",
            "certificate-unverified",
        ),
        (
            "fatal: unable to access 'https://git.lab.test/r.git/': SSL: certificate subject name (www.other.test) does not match target hostname 'git.lab.test'",
            "certificate-other-name",
        ),
        (
            "fatal: unable to access 'https://git.lab.test/r.git/': Failed to connect to git.lab.test port 443 after 130 ms: Couldn't connect to server",
            "curl-connect",
        ),
        (
            "fatal: unable to access 'https://git.lab.test/r.git/': The requested URL returned error: 429",
            "git-rate-limited",
        ),
        (
            "fatal: unable to access 'https://git.lab.test/r.git/': The requested URL returned error: 502",
            "git-http-server-error",
        ),
        ("error: RPC failed; curl 56 GnuTLS recv error (-54): Error in the pull function.", "transfer-closed-early"),
        ("error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)", "http2-stream-error"),
        ("error: RPC failed; curl 18 transfer closed with outstanding read data remaining", "transfer-closed-early"),
        ("error: RPC failed; HTTP 429 curl 22 The requested URL returned error: 429", "git-rate-limited"),
        ("error: RPC failed; HTTP 504 curl 22 The requested URL returned error: 504", "git-http-server-error"),
        ("fatal: Authentication failed for 'https://git.lab.test/r.git/'", "git-http-refused"),
        ("fatal: Remote branch nope not found in upstream origin", "git-branch-not-found"),
        ("ERROR: Repository not found.", "git-repository-not-found"),
        ("curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to git.lab.test:443", "curl-tls"),
        ("curl: (28) Operation timed out after 10001 milliseconds with 0 bytes received", "curl-too-slow"),
        ("curl: (60) SSL certificate problem: certificate has expired", "certificate-unverified"),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

/// What stands beside a message is as true of it as its first sentence.
#[test]
fn nothing_beside_a_message_says_what_did_not_happen() {
    let unmade = explained("failed to create temporary working directory: mkdir /tmp/x: no space left on device");
    assert_eq!(unmade.id, "no-working-directory", "no pack arrived");
    assert_eq!(found("write /tmp/x/objects/pack/tmp_pack_1: no space left on device"), "disk-full");
    for text in ["proxy: unknown scheme: http", "failed to configure proxy options: whatever"] {
        assert!(explained(text).worked.is_empty(), "{text}: no packet went out");
    }
    for text in ["authentication required: no", "authorization failed: no", "repository not found: Not Found"] {
        assert!(!explained(text).worked.contains(&"authentication"), "{text}");
    }
    let post = format!("unable to clone '{HTTPS}': Post \"{HTTPS}/git-upload-pack\": context deadline exceeded");
    assert!(!explained(&post).clock.unwrap().contains("SSH"), "{post}");
    assert!(explained("no match found for semver: >=9").worked.contains(&"pack transfer"), "the whole clone worked");
}
