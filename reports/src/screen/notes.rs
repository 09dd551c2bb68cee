//! What is worth a few words about one stage, most telling first; the table shows as many as fit.

use std::net::IpAddr;

use model::{Advertisement, HostKey, HostKeyVerdict, PackProgress, Protocol, StageSeen, Step, Trailer};

use crate::{failure, number};

pub(super) fn of(seen: &StageSeen) -> Vec<String> {
    let mut notes: Vec<String> = seen.problem.iter().map(|problem| format!("◀ {}", failure::words(problem))).collect();
    notes.extend(particulars(seen));
    notes.retain(|note| !note.is_empty());
    notes
}

fn particulars(seen: &StageSeen) -> Vec<String> {
    match &seen.step {
        Step::Resolve { host, addresses } => resolve(host, addresses),
        Step::Connect { peer, mss_clamp_bytes, .. } => {
            let clamp = mss_clamp_bytes.map(|mss| format!("TCP_MAXSEG {mss}"));
            [Some(peer.to_string()), clamp].into_iter().flatten().collect()
        }
        Step::Proxy { kind, via } => vec![format!("{kind} by {via}")],
        Step::Greeting { server_ident, .. } => server_ident.iter().map(ToString::to_string).collect(),
        Step::KeyExchange { algorithms, host_key, .. } => {
            let names = algorithms.iter().flat_map(|names| [names.kex.clone(), names.cipher.clone()]);
            let key = host_key.iter().map(host_key_words);
            // A key that is not as it should be comes before the names.
            let trusted = host_key.as_ref().is_some_and(|key| key.verdict == HostKeyVerdict::Trusted);
            if trusted { names.chain(key).collect() } else { key.chain(names).collect() }
        }
        Step::Tls { version, cipher, group, alpn, trust, .. } => {
            let mut notes: Vec<String> = version.iter().cloned().collect();
            notes.extend(trust.as_ref().map(|trust| if trust.verified { "trusted" } else { "not trusted" }.to_owned()));
            notes.extend([group, alpn, cipher].into_iter().flatten().cloned());
            notes
        }
        Step::Authenticate { user, attempted, .. } => match attempted.last() {
            Some(method) => method_words(method).into_iter().chain([format!("as {user}")]).collect(),
            None => Vec::new(),
        },
        Step::Exec { server_window_bytes } => {
            // OpenSSH opens a session with an empty window and fills it when the command runs (sshd's `session.c`).
            let window = server_window_bytes.filter(|window| window.0 > 0);
            window.iter().map(|window| format!("server window {}", number::bytes(*window))).collect()
        }
        Step::AdvertisementWait { http_status } | Step::ResponseWait { http_status } => {
            http_status.iter().map(|status| format!("HTTP {status}")).collect()
        }
        Step::AdvertisementTransfer(advertisement) => refs(advertisement),
        Step::Request { size, wants, depth } => {
            let depth = depth.map_or_else(|| "whole history".to_owned(), |depth| format!("depth {depth}"));
            vec![number::counted(u64::from(*wants), "want"), depth, format!("{} sent", number::exact_bytes(size.sent))]
        }
        Step::ShallowList { entries } => vec![number::counted(u64::from(*entries), "entry")],
        Step::Acknowledgment { kind } => match kind {
            Some(model::AckKind::Ack) => vec!["ACK".to_owned()],
            Some(model::AckKind::NotInProtocol) => vec!["none in protocol v2".to_owned()],
            Some(model::AckKind::Nak) | None => Vec::new(),
        },
        Step::FirstPacket { band, payload, bytes_after_ack } => first_packet(seen, *band, *payload, *bytes_after_ack),
        Step::PackStart { keepalives, progress, objects, .. } => {
            let mut notes: Vec<String> =
                objects.iter().map(|objects| number::counted(u64::from(*objects), "object")).collect();
            notes.extend((*keepalives > 0).then(|| number::counted(u64::from(*keepalives), "keepalive")));
            notes.extend(progress.iter().map(|words| format!("server: “{words}”")));
            notes
        }
        Step::PackTransfer(progress) => pack(seen, progress),
        Step::End { exit_status } => exit_status.iter().map(|status| format!("exit status {status}")).collect(),
    }
}

fn resolve(host: &str, addresses: &[IpAddr]) -> Vec<String> {
    if host.parse::<IpAddr>().is_ok() {
        return vec!["an address was given".to_owned()];
    }
    let first = addresses.first().map(ToString::to_string);
    let more = addresses.len().saturating_sub(1);
    first.into_iter().chain((more > 0).then(|| format!("{more} more"))).collect()
}

/// `publickey TYPE PATH` as the method and the key file's name; where the file lies is in the report.
fn method_words(method: &str) -> Vec<String> {
    let mut words = method.splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some(way), Some(key), Some(source)) => {
            let file = source.rsplit('/').next().unwrap_or(source);
            vec![format!("{way} {key}"), file.to_owned()]
        }
        _ => vec![method.to_owned()],
    }
}

fn host_key_words(key: &HostKey) -> String {
    let verdict = match key.verdict {
        HostKeyVerdict::Trusted => "known",
        HostKeyVerdict::Unknown => "unknown",
        HostKeyVerdict::Changed => "changed",
        HostKeyVerdict::OtherTypesOnly => "known with other types only",
        HostKeyVerdict::Revoked => "revoked",
    };
    format!("{} {verdict}", key.key_type)
}

fn refs(advertisement: &Advertisement) -> Vec<String> {
    let protocol = advertisement.protocol.map(|protocol| match protocol {
        Protocol::V0 => "protocol v0".to_owned(),
        Protocol::V2 => "protocol v2".to_owned(),
    });
    let mut notes = vec![number::counted(u64::from(advertisement.refs), "ref")];
    notes.extend(protocol);
    notes.extend(advertisement.agent.iter().map(ToString::to_string));
    notes
}

fn first_packet(seen: &StageSeen, band: Option<u8>, payload: Option<model::Bytes>, after: model::Bytes) -> Vec<String> {
    let what = match (band, payload) {
        (Some(1), Some(model::Bytes(0))) => "keepalive",
        (Some(1), _) => "pack data",
        (Some(2), _) => "progress text",
        (Some(3), _) => "the server's last words",
        _ if seen.problem.is_some() => return vec![format!("{} behind the NAK", number::exact_bytes(after))],
        _ => return Vec::new(),
    };
    vec![what.to_owned()]
}

fn pack(seen: &StageSeen, progress: &PackProgress) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(number::bits_per_second(progress.pack, seen.took_us).map(number::rate));
    notes.push(match progress.objects_seen {
        Some(objects) if objects < progress.objects => {
            format!("{} of {} objects", number::count(objects.into()), number::count(progress.objects.into()))
        }
        _ => number::counted(progress.objects.into(), "object"),
    });
    notes.extend((progress.keepalives > 0).then(|| number::counted(progress.keepalives.into(), "keepalive")));
    match progress.trailer {
        Trailer::Verified => notes.push("checksum right".to_owned()),
        Trailer::Mismatch => notes.insert(0, "checksum wrong".to_owned()),
        Trailer::NotReached => {
            notes.extend(progress.estimated_pack.map(|whole| format!("whole pack ≈ {}", number::bytes(whole))));
        }
    }
    notes.push(format!("longest gap {}", number::duration(progress.longest_gap_us)));
    notes
}
