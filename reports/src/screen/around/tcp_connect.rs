//! Which addresses answered, in how long: one line where each was tried once, else one line for each address.

use std::net::SocketAddr;

use model::{
    ConnectAttempt, Door, FailureKind, Measurement, Micros, RttHistogram, Seen, Stage, Step, TcpConnectParameters,
};

use crate::page::Page;
use crate::style::{Ink, Mark};
use crate::{failure, number};

pub(super) fn lines(page: &mut Page, measurement: &Measurement) {
    let attempts = attempts(measurement, Door::Entrance);
    let Some(first) = attempts.first() else { return };
    let lead = lead(first);
    let peers = peers(measurement, &attempts);
    if attempts.len() == peers.len() {
        let told: Vec<String> = peers.iter().filter_map(|peer| once(&of(&attempts, *peer))).collect();
        let (mark, ink) = mark(&attempts);
        page.marked(mark, ink, &format!("{lead}{}", told.join(" · ")));
        return;
    }
    for peer in peers {
        let of_peer = of(&attempts, peer);
        let (mark, ink) = mark(&of_peer);
        page.marked(mark, ink, &format!("{} · {}", peer.ip(), often(measurement, peer, &of_peer)));
    }
}

/// What a follow-up of this kind asks.
pub(super) fn manner(asked: &TcpConnectParameters) -> String {
    match (asked.connects, asked.also.as_slice()) {
        (0, [door]) => format!("TCP connect to port {} of {}", door.port, door.host),
        (0, _) => "TCP connect, other doors".to_owned(),
        (1, _) => "TCP connect, each address".to_owned(),
        (times, _) => format!("TCP connect, each address {times} times"),
    }
}

/// What came of a follow-up of this kind.
pub(super) fn answer(measurement: &Measurement) -> (String, Mark) {
    let mut attempts = attempts(measurement, Door::Entrance);
    attempts.extend(self::attempts(measurement, Door::Other));
    let alone = attempts.len() == 1;
    let told = attempts.iter().map(|attempt| match (alone, attempt.connected()) {
        (true, true) => format!("answers in {}", number::duration(attempt.took_us)),
        (true, false) => came(attempt),
        (false, _) if attempt.host == attempt.peer.ip().to_string() => format!("{} {}", attempt.peer, came(attempt)),
        (false, _) => format!("{} ({}) {}", attempt.peer, attempt.host, came(attempt)),
    });
    let told: Vec<String> = told.collect();
    let mark = if attempts.iter().any(|attempt| attempt.connected()) { Mark::GOOD } else { Mark::BAD };
    if told.is_empty() { ("nothing was tried".to_owned(), Mark::OPEN) } else { (told.join(" · "), mark) }
}

fn attempts(measurement: &Measurement, door: Door) -> Vec<&ConnectAttempt> {
    let seen = measurement.observations.iter().filter_map(|observation| match &observation.seen {
        Seen::Connect(attempt) if attempt.door == door => Some(attempt),
        _ => None,
    });
    seen.collect()
}

/// Whose addresses these are: behind a proxy or a jump host not the server's.
fn lead(attempt: &ConnectAttempt) -> String {
    let (host, port) = (&attempt.host, attempt.peer.port());
    if *host == attempt.peer.ip().to_string() { format!("port {port}: ") } else { format!("{host} port {port}: ") }
}

/// Every address that was tried, in the resolver's order.
fn peers(measurement: &Measurement, attempts: &[&ConnectAttempt]) -> Vec<SocketAddr> {
    let resolved = match measurement.stage(Stage::Resolve).map(|seen| &seen.step) {
        Some(Step::Resolve { addresses, .. }) => addresses.as_slice(),
        _ => &[],
    };
    let place = |peer: &SocketAddr| resolved.iter().position(|address| *address == peer.ip()).unwrap_or(usize::MAX);
    let mut peers: Vec<SocketAddr> = attempts.iter().map(|attempt| attempt.peer).collect();
    peers.sort_by_key(|peer| (place(peer), *peer));
    peers.dedup();
    peers
}

fn of<'a>(attempts: &[&'a ConnectAttempt], peer: SocketAddr) -> Vec<&'a ConnectAttempt> {
    attempts.iter().copied().filter(|attempt| attempt.peer == peer).collect()
}

fn once(attempts: &[&ConnectAttempt]) -> Option<String> {
    attempts.first().map(|attempt| format!("{} {}", attempt.peer.ip(), came(attempt)))
}

/// `20.1 ms`, `1.02 s (2 SYNs)`, `no answer to 2 SYNs`, `connection refused`.
fn came(attempt: &ConnectAttempt) -> String {
    match &attempt.problem {
        None if attempt.syns > 1 => format!("{} ({} SYNs)", number::duration(attempt.took_us), attempt.syns),
        None => number::duration(attempt.took_us),
        Some(problem) if is_silence(&problem.kind) => {
            format!("no answer to {}", number::counted(attempt.syns.into(), "SYN"))
        }
        Some(_) if attempt.syns == 0 => "no route from here".to_owned(),
        Some(problem) => failure::words(problem),
    }
}

/// `20 of 20 · round trip p50 20.1 ms · p90 20.4 ms · max 24.0 ms`.
fn often(measurement: &Measurement, peer: SocketAddr, attempts: &[&ConnectAttempt]) -> String {
    let connected = attempts.iter().filter(|attempt| attempt.connected()).count();
    let failed = attempts.iter().find(|attempt| !attempt.connected());
    if let (0, Some(failed)) = (connected, failed) {
        return came(failed);
    }
    let mut words = vec![format!("{connected} of {}", attempts.len())];
    words.extend(histogram(measurement, peer).map(|rtt| {
        let [p50, p90, max] = [rtt.p50_us, rtt.p90_us, rtt.max_us].map(|time: Micros| number::duration(time));
        format!("round trip p50 {p50} · p90 {p90} · max {max}")
    }));
    let again = attempts.iter().filter(|attempt| attempt.connected() && attempt.syns > 1).count();
    if again > 0 {
        words.push(format!("{again} needed more than one SYN"));
    }
    words.extend(failed.map(|failed| came(failed)));
    words.join(" · ")
}

fn histogram(measurement: &Measurement, peer: SocketAddr) -> Option<&RttHistogram> {
    measurement.observations.iter().find_map(|observation| match &observation.seen {
        Seen::ConnectRtt(rtt) if rtt.peer == peer => Some(rtt),
        _ => None,
    })
}

/// An address without a route from here is usual.
fn mark(attempts: &[&ConnectAttempt]) -> (Mark, Ink) {
    let amiss = attempts.iter().any(|attempt| !attempt.connected() && attempt.syns > 0);
    if amiss { (Mark::CAUTION, Ink::Caution) } else { (Mark::NONE, Ink::Plain) }
}

const fn is_silence(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::Stalled { .. } | FailureKind::OutOfTime)
}

#[cfg(test)]
mod tests {
    use model::{
        Bytes, Ended, Failure, Observation, Parameters, Parting, PartingEnd, Purpose, Run, RunId, StageSeen,
        TcpHandshake, WireCount,
    };

    use super::*;
    use crate::Style;

    const V4: &str = "192.0.2.1:22";
    const V6: &str = "[2001:db8::2]:22";

    fn attempt(peer: &str, syns: u32, problem: Option<FailureKind>) -> Seen {
        let peer: SocketAddr = peer.parse().unwrap();
        let connected = problem.is_none();
        Seen::Connect(ConnectAttempt {
            host: "git.example".into(),
            peer,
            door: Door::Entrance,
            started_us: Micros(0),
            took_us: if syns > 1 { Micros::from_millis(1_020) } else { Micros(20_100) },
            syns,
            problem: problem.map(|kind| Failure::new(kind, "connect").with(peer)),
            handshake: connected.then_some(TcpHandshake {
                rtt_us: 20_100,
                advertised_mss_bytes: 1_448,
                snd_mss_bytes: 1_448,
                path_mtu_bytes: 1_500,
            }),
            parting: connected.then_some(Parting { end: PartingEnd::Answered, received: Bytes(0) }),
        })
    }

    fn door(mut seen: Seen) -> Seen {
        if let Seen::Connect(attempt) = &mut seen {
            attempt.door = Door::Other;
        }
        seen
    }

    fn measured(seen: Vec<Seen>) -> Measurement {
        let addresses = [V6, V4].map(|peer| peer.parse::<SocketAddr>().unwrap().ip()).to_vec();
        let resolved = Seen::Stage(StageSeen {
            started_us: Micros(0),
            took_us: Micros(1_000),
            step: Step::Resolve { host: "git.example".into(), addresses },
            problem: None,
            wire: WireCount::default(),
            tcp: None,
        });
        let asked = TcpConnectParameters {
            connects: 1,
            addresses: Vec::new(),
            also: Vec::new(),
            patience_us: Micros::from_millis(2_200),
        };
        let seen = std::iter::once(resolved).chain(seen);
        Measurement {
            run: Run { id: RunId(2), purpose: Purpose::Asked, parameters: Parameters::TcpConnect(asked) },
            started_us: Micros(0),
            took_us: Micros::from_millis(80),
            ended: Ended::Complete,
            observations: seen.map(|seen| Observation { at_us: Micros(0), seen }).collect(),
        }
    }

    fn told(seen: Vec<Seen>) -> String {
        let mut page = Page::new(Style { width: 80, ..Style::default() });
        lines(&mut page, &measured(seen));
        page.finished()
    }

    const SILENT: Option<FailureKind> = Some(FailureKind::Stalled { silent_us: Micros::from_millis(2_200) });

    #[test]
    fn health_is_one_line_in_the_resolvers_order() {
        let well = told(vec![attempt(V4, 1, None), attempt(V6, 1, None)]);
        assert_eq!(well, "  git.example port 22: 2001:db8::2 20.1 ms · 192.0.2.1 20.1 ms\n");
        let no_route = told(vec![attempt(V4, 1, None), attempt(V6, 0, Some(FailureKind::Unreachable))]);
        assert_eq!(no_route, "  git.example port 22: 2001:db8::2 no route from here · 192.0.2.1 20.1 ms\n");
        let dead = told(vec![attempt(V4, 2, None), attempt(V6, 3, SILENT)]);
        assert_eq!(dead, "! git.example port 22: 2001:db8::2 no answer to 3 SYNs · 192.0.2.1 1.02 s (2\n  SYNs)\n");
    }

    #[test]
    fn repeats_are_a_line_for_each_address() {
        let rtt = RttHistogram {
            peer: V4.parse().unwrap(),
            count: 2,
            p50_us: Micros(20_100),
            p90_us: Micros(20_400),
            max_us: Micros(24_000),
            hdr_v2_base64: String::new(),
        };
        let seen = vec![
            attempt(V4, 1, None),
            attempt(V4, 1, None),
            attempt(V4, 2, None),
            Seen::ConnectRtt(rtt),
            attempt(V6, 3, SILENT),
        ];
        let several = "192.0.2.1 · 3 of 3 · round trip p50 20.1 ms · p90 20.4 ms · max 24.0 ms";
        let expected = format!("! 2001:db8::2 · no answer to 3 SYNs\n  {several} · 1\n  needed more than one SYN\n");
        assert_eq!(told(seen), expected);
    }

    #[test]
    fn a_follow_up_answers_its_question() {
        let answer = |seen| answer(&measured(seen)).0;
        assert_eq!(answer(vec![door(attempt(V4, 1, None))]), "answers in 20.1 ms");
        assert_eq!(answer(vec![door(attempt(V4, 1, Some(FailureKind::Refused)))]), "connection refused");
        assert_eq!(answer(Vec::new()), "nothing was tried");
        let two = answer(vec![door(attempt(V4, 1, None)), door(attempt(V6, 2, SILENT))]);
        assert_eq!(two, "192.0.2.1:22 (git.example) 20.1 ms · [2001:db8::2]:22 (git.example) no answer to 2 SYNs");
    }
}
