//! What Flux says where something fails at once. A part of the words that cannot be known from here (the port that Flux
//! would be given, the server's page) is never made up: then there is a caveat and no message. Cuts and refusals were
//! played to Flux's own client, which is the source where no section is named.

use model::{Failure, FailureKind, GitRef, HostKeyVerdict, Report, Stage, Step, Transport};

use super::clock::{Leg, Pass};
use super::names;
use super::told::Told;
use super::wording::Wording;
use crate::reach::{Answer, Reach};
use crate::trace::Trace;

pub(super) const OWN_SECRET: &str =
    "Flux reads known_hosts and the key from its secret; this holds where the secret has what was used here.";

/// What Flux says of this failure.
pub(super) fn tell(report: &Report, run: Trace<'_>, wording: &Wording, leg: Leg, failure: &Failure) -> Told {
    let say = |tail: &str| Told::words(wording.condition(leg.pass, tail));
    let host = &report.header.plan.target.host;
    if leg.stage == Stage::Connect && other_family_untried(report, run) {
        return Told::unknown(
            "Flux also tries the addresses of the other family, after 300 ms; they were not measured here.",
        );
    }
    match &failure.kind {
        kind @ (FailureKind::NameNotFound | FailureKind::NameServerFailure | FailureKind::Stalled { .. }) => {
            names::tell(report, run, wording, leg, kind)
        }
        FailureKind::Refused | FailureKind::Unreachable | FailureKind::Prohibited => dial(wording, leg, failure, run),
        FailureKind::Reset | FailureKind::Closed => cut(report, wording, leg, failure, run),
        FailureKind::HostKeyUnknown => say(of_key(HostKeyVerdict::Unknown)).but(OWN_SECRET),
        FailureKind::HostKeyRevoked => say(of_key(HostKeyVerdict::Revoked)).but(OWN_SECRET),
        FailureKind::HostKeyChanged if other_types_only(run) => Told::roughly(
            "The condition reads `ssh: handshake failed: ssh: no common algorithm for host key` with both sides' \
             lists, or `knownhosts: key mismatch` where known_hosts has the server's key type for another host.",
        )
        .but(OWN_SECRET),
        FailureKind::HostKeyChanged => say(of_key(HostKeyVerdict::Changed)).but(OWN_SECRET),
        FailureKind::NoCredential => {
            Told::unknown("Without a credential this run ends at the login; Flux has its own in the secret.")
        }
        FailureKind::AuthenticationRefused => refused_login(report, wording, leg),
        FailureKind::NoCommonAlgorithm => Told::roughly(
            "The condition reads `ssh: handshake failed: ssh: no common algorithm for` with the kind and both \
             sides' lists.",
        ),
        FailureKind::ExecRefused => exec_refused(report, wording, leg, failure),
        FailureKind::CertificateUntrusted => {
            say(&wording.get(&format!("{NOT_VERIFIED}certificate signed by unknown authority")))
                .but("This holds where Flux trusts the same authorities; its secret may add one (ca.crt).")
        }
        FailureKind::CertificateExpired => Told::roughly(format!(
            "The condition reads `{NOT_VERIFIED}certificate has expired or is not yet valid:` with the time of \
             the attempt."
        )),
        FailureKind::CertificateWrongName => wrong_name(wording, leg, host, run),
        FailureKind::HttpStatus { status } => http_status(wording, leg, *status),
        FailureKind::RepositoryNotFound => repository_not_found(report, wording, leg),
        FailureKind::RefNotFound => ref_not_found(report, wording, leg),
        FailureKind::RepositoryEmpty => repository_empty(report, wording, leg),
        // Go passes over lines before an identification, and tells only how the connection ended.
        FailureKind::RemoteError if leg.stage == Stage::Greeting => Told::roughly(
            "The condition ends in `ssh: handshake failed: EOF`, or in `connection reset by peer` behind `read tcp` with \
             both addresses where the close comes as a reset.",
        ),
        FailureKind::RemoteError => remote_error(report, wording, leg, failure, run),
        FailureKind::Malformed if is_page(failure.text.as_str()) && leg.stage < Stage::Request => {
            say("invalid pkt-len found")
        }
        FailureKind::Tls => tls(wording, leg, failure),
        FailureKind::Redirect => Told::roughly(
            "The condition reads `http redirect: too many redirects` where the address leads in a circle, `http \
             redirect: redirect on non-initial request to` where only the request for the pack is sent elsewhere.",
        ),
        FailureKind::TrailerMismatch => Told::unknown(
            "go-git does not compare the pack's checksum; a broken object would show as an error of the unpacking.",
        ),
        _ => Told::unknown(format!("How Flux words this failure at the stage `{}` is not known.", leg.stage.words())),
    }
}

/// What Flux says of a host key that it does not take.
pub(super) const fn of_key(verdict: HostKeyVerdict) -> &'static str {
    match verdict {
        HostKeyVerdict::Unknown => "ssh: handshake failed: knownhosts: key is unknown",
        HostKeyVerdict::Revoked => "ssh: handshake failed: knownhosts: key is revoked",
        _ => "ssh: handshake failed: knownhosts: key mismatch",
    }
}

fn dial(wording: &Wording, leg: Leg, failure: &Failure, run: Trace<'_>) -> Told {
    // Go prints the error number's own words (errno(3)).
    let words = match (&failure.kind, failure.errno) {
        (FailureKind::Refused, _) => "connection refused",
        (_, Some(101)) => "network is unreachable",
        (_, Some(113)) => "no route to host",
        (_, Some(1)) => "operation not permitted",
        (_, Some(13)) => "permission denied",
        _ => return Told::roughly("The condition names the address behind `dial tcp` and the kernel's word."),
    };
    match run.peer().or(failure.peer) {
        Some(peer) => {
            Told::words(wording.condition(leg.pass, &wording.dialling(&format!("dial tcp {peer}: connect: {words}"))))
        }
        None => Told::roughly(format!("The condition names the address behind `dial tcp` and `connect: {words}`.")),
    }
}

/// The connection ended where more was due.
fn cut(report: &Report, wording: &Wording, leg: Leg, failure: &Failure, run: Trace<'_>) -> Told {
    let say = |tail: &str| Told::words(wording.condition(leg.pass, tail));
    let ssh = report.header.plan.target.transport == Transport::Ssh;
    let reset = failure.kind == FailureKind::Reset;
    match leg.stage {
        Stage::Greeting | Stage::KeyExchange | Stage::Authenticate if ssh && !reset => {
            say("ssh: handshake failed: EOF")
        }
        _ if reset && (!ssh || leg.stage.is_handshake()) => Told::roughly(
            "The condition ends in `connection reset by peer` behind `read tcp` with both addresses; Flux's own \
             port cannot be known.",
        ),
        Stage::AdvertisementWait if ssh => say("unexpected EOF"),
        Stage::AdvertisementWait if !headers_seen(run, leg.stage) => say(&wording.get("EOF")),
        Stage::Request | Stage::ResponseWait if !ssh && !headers_seen(run, leg.stage) => say(&wording.post("EOF")),
        // go-git takes no bytes for "nothing to fetch" and then lacks the commit.
        Stage::Request | Stage::ResponseWait if on_branch(&report.header.plan.git_ref) => {
            say("invalid reset option: object not found")
        }
        Stage::FirstPacket if bytes_after_ack(run) >= 7 => say("unexpected EOF"),
        Stage::FirstPacket if ssh && bytes_after_ack(run) == 0 => say("unable to fetch packfile"),
        Stage::PackTransfer => say("unexpected EOF")
            .but("Where the cut falls into a packet's length, it says `invalid pkt-len found` instead."),
        _ => Told::roughly(format!(
            "The condition depends on the byte at which the {} was cut: `unexpected EOF` inside a packet, \
             `invalid pkt-len found` inside its length, other words between two packets.",
            leg.stage.words()
        )),
    }
}

fn refused_login(report: &Report, wording: &Wording, leg: Leg) -> Told {
    if report.header.plan.target.transport == Transport::Ssh {
        let tail = "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no \
                    supported methods remain";
        return Told::words(wording.condition(leg.pass, tail)).but(OWN_SECRET);
    }
    Told::roughly(
        "The condition reads `authentication required: ` (status 401) or `authorization failed: ` (403) and then \
         the server's page.",
    )
    .but(OWN_SECRET)
}

fn http_status(wording: &Wording, leg: Leg, status: u16) -> Told {
    let words = match status {
        401 => "authentication required: ",
        403 => "authorization failed: ",
        404 => "repository not found: ",
        _ => return Told::words(wording.condition(leg.pass, &wording.status(leg.stage, status))),
    };
    Told::roughly(format!("The condition reads `{words}` and then the server's page, word by word."))
}

fn repository_not_found(report: &Report, wording: &Wording, leg: Leg) -> Told {
    match report.header.plan.target.transport {
        Transport::Ssh => Told::words(wording.not_there(leg.pass, "repository not found")),
        _ => http_status(wording, leg, 404),
    }
}

fn ref_not_found(report: &Report, wording: &Wording, leg: Leg) -> Told {
    let missing = |name: &str| {
        let tail = format!("couldn't find remote ref \"{name}\"");
        Told::words(wording.condition(Pass::Clone, &tail))
    };
    match &report.header.plan.git_ref {
        GitRef::Branch(name) | GitRef::Commit { branch: Some(name), .. } => missing(&format!("refs/heads/{name}")),
        GitRef::Tag(name) => missing(&format!("refs/tags/{name}")),
        GitRef::Name(name) => {
            Told::words(Wording::own_words(&format!("unable to resolve ref '{name}' to a specific commit")))
        }
        GitRef::Semver(range) => Told::words(Wording::own_words(&format!("no match found for semver: {range}")))
            .but("Flux finds that out only after it has cloned every branch and tag."),
        GitRef::Head | GitRef::Commit { branch: None, .. } => {
            Told::unknown(format!("How Flux words this at the stage `{}` is not known.", leg.stage.words()))
        }
    }
}

fn repository_empty(report: &Report, wording: &Wording, leg: Leg) -> Told {
    match (leg.pass, &report.header.plan.git_ref) {
        // Flux makes an empty repository of its own then, and words the condition by itself (flux-git.md §3).
        (Pass::Clone, GitRef::Head | GitRef::Branch(_)) => {
            Told::roughly("The condition says `git repository is empty`.")
        }
        _ => Told::words(wording.not_there(leg.pass, "remote repository is empty")),
    }
}

/// `ERR` lines, band 3 and stderr are worded differently, and over SSH the first and the last look alike before the
/// advertisement.
fn remote_error(report: &Report, wording: &Wording, leg: Leg, failure: &Failure, run: Trace<'_>) -> Told {
    let text = failure.text.as_str();
    if text.is_empty() || text.ends_with('…') {
        return Told::roughly("The condition repeats the server's own words.");
    }
    let say = |tail: String| {
        Told::words(wording.condition(leg.pass, &tail)).but("A line break behind the server's words is left out.")
    };
    let band_3 = run
        .mark(Stage::FirstPacket)
        .is_some_and(|mark| matches!(mark.seen.step, Step::FirstPacket { band: Some(3), .. }));
    match leg.stage {
        stage if band_3 || stage >= Stage::PackStart => say(format!("unexpected error: {text}")),
        Stage::ShallowList | Stage::Acknowledgment => say(format!("{}{text}", wording.decoding(leg.stage))),
        stage if stage < Stage::Request && report.header.plan.target.transport != Transport::Ssh => {
            say(text.to_owned())
        }
        _ => Told::roughly(
            "The condition repeats the server's own words, behind `unknown error: ` if they came as text beside \
             the protocol.",
        ),
    }
}

/// The server refuses the session, the command, or starts something that is not git.
fn exec_refused(report: &Report, wording: &Wording, leg: Leg, failure: &Failure) -> Told {
    let say = |tail: &str| Told::words(wording.condition(leg.pass, tail));
    if leg.stage > Stage::Exec {
        return match failure.text.as_str().lines().next() {
            // go-git repeats the first line of stderr.
            Some(line) if !line.ends_with('…') => say(&format!("unknown error: {line}")),
            Some(_) => Told::roughly("The condition repeats the server's own words behind `unknown error: `."),
            None => say("unexpected EOF"),
        };
    }
    if !failure.text.as_str().is_empty() {
        return Told::roughly(
            "The condition reads `ssh: rejected:` with the server's reason where it opens no session, and `ssh: \
             command git-upload-pack` with the path, and `failed`, where it refuses the command.",
        );
    }
    let path = &report.header.plan.target.path;
    if path.contains(['\'', '!']) {
        return Told::roughly("The condition reads `ssh: command git-upload-pack` with the path, and `failed`.");
    }
    // Flux takes URLs only: the path always begins with a slash.
    let slash = if path.starts_with('/') { "" } else { "/" };
    Told::words(wording.condition(leg.pass, &format!("ssh: command git-upload-pack '{slash}{path}' failed")))
}

/// Go speaks TLS by itself: of what the server does not like in a hello, only what is the same in every hello holds for
/// both.
fn tls(wording: &Wording, leg: Leg, failure: &Failure) -> Told {
    let text = failure.text.as_str();
    let alert = ALERTS.iter().find(|(ours, _)| text.strip_prefix(ALERT).is_some_and(|alert| alert == *ours));
    match alert {
        Some((_, words)) => {
            Told::words(wording.condition(leg.pass, &wording.get(&format!("remote error: tls: {words}"))))
        }
        None if text == "what came is not TLS" => Told::roughly(
            "The condition ends in `http: server gave HTTP response to HTTPS client` where HTTP is spoken there, else \
             in `tls: first record does not look like a TLS handshake`.",
        ),
        None => Told::unknown("Flux's TLS offers other versions and ciphers than this one, and may get further."),
    }
}

/// What rustls says of an alert, and Go's words for it (crypto/tls, alert.go).
const ALERT: &str = "received fatal alert: ";
const ALERTS: [(&str, &str); 5] = [
    ("ProtocolVersion", "protocol version not supported"), // Both speak 1.2 and 1.3.
    ("UnrecognisedName", "unrecognized name"),
    ("AccessDenied", "access denied"),
    ("InternalError", "internal error"),
    ("CertificateRequired", "certificate required"),
];

/// A page in the place of packets, as it stands in the report: by itself or behind the status and its type.
fn is_page(text: &str) -> bool {
    text.starts_with('<') || text.starts_with("HTTP 200 ") && text.contains(" <")
}

fn wrong_name(wording: &Wording, leg: Leg, host: &str, run: Trace<'_>) -> Told {
    let names: Vec<&str> = match run.mark(Stage::Tls).map(|mark| &mark.seen.step) {
        Some(Step::Tls { chain, .. }) => chain.first().map_or(Vec::new(), |leaf| {
            leaf.names
                .iter()
                .map(model::RemoteText::as_str)
                .filter(|name| name.parse::<std::net::IpAddr>().is_err())
                .collect()
        }),
        _ => Vec::new(),
    };
    // Sixteen names are as many as a report keeps: there may be more, and Go prints them all.
    if names.is_empty() || names.len() >= 16 || host.parse::<std::net::IpAddr>().is_ok() {
        return Told::roughly(format!(
            "The condition reads `{NOT_VERIFIED}certificate is valid for` its names, `not {host}`."
        ));
    }
    let tail = format!("{NOT_VERIFIED}certificate is valid for {}, not {host}", names.join(", "));
    Told::words(wording.condition(leg.pass, &wording.get(&tail)))
}

const NOT_VERIFIED: &str = "tls: failed to verify certificate: x509: ";

/// Whether the other family may still save the dial: none of its addresses is known to give no connection, and none was
/// gone to with the whole exchange.
fn other_family_untried(report: &Report, run: Trace<'_>) -> bool {
    let Some(tried) = run.address() else { return false };
    let reach = Reach::of(report);
    let mut others = run.addresses().iter().filter(|address| address.is_ipv4() != tried.is_ipv4()).peekable();
    let settled = |address: &std::net::IpAddr| {
        reach.met_by_an_exchange(*address) || !matches!(reach.answer(*address), None | Some(Answer::Connects(_)))
    };
    others.peek().is_some() && !others.all(settled)
}

fn other_types_only(run: Trace<'_>) -> bool {
    match run.mark(Stage::KeyExchange).map(|mark| &mark.seen.step) {
        Some(Step::KeyExchange { host_key: Some(key), .. }) => key.verdict == HostKeyVerdict::OtherTypesOnly,
        _ => false,
    }
}

fn headers_seen(run: Trace<'_>, stage: Stage) -> bool {
    match run.mark(stage).map(|mark| &mark.seen.step) {
        Some(Step::AdvertisementWait { http_status } | Step::ResponseWait { http_status }) => http_status.is_some(),
        _ => false,
    }
}

fn bytes_after_ack(run: Trace<'_>) -> u64 {
    match run.mark(Stage::FirstPacket).map(|mark| &mark.seen.step) {
        Some(Step::FirstPacket { bytes_after_ack, .. }) => bytes_after_ack.0,
        _ => 0,
    }
}

const fn on_branch(git_ref: &GitRef) -> bool {
    matches!(git_ref, GitRef::Head | GitRef::Branch(_))
}
