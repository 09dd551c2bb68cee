//! Stories about addresses and doors: what the probe that only connects saw beside the exchange.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use model::{
    ConnectAttempt, Door, Failure, FailureKind, Micros, Parameters, Parting, PartingEnd, Seen, Stage, Step,
    TcpConnectParameters, TcpHandshake,
};

use super::stories::{Sample, sample};
use super::{Story, Telling, V4, V6, calm, step};
use crate::Verdict;

/// Another address of the same family as [`V4`].
pub(crate) const SISTER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9));

/// What an attempt came to.
#[derive(Clone, Copy)]
pub(crate) enum Came {
    Connected { syns: u32 },
    Refused,
    Silent,
    NoRoute,
    Barred,
}

use Came::{Barred, Connected, NoRoute, Refused, Silent};

pub(crate) const AT_ONCE: Came = Connected { syns: 1 };

/// An attempt at the entrance.
pub(crate) fn at(address: IpAddr, came: Came) -> Seen {
    Seen::Connect(attempt("git.example", SocketAddr::new(address, 22), Door::Entrance, came))
}

/// An attempt at another door.
pub(crate) fn door(host: &str, peer: (IpAddr, u16), came: Came) -> Seen {
    Seen::Connect(attempt(host, peer.into(), Door::Other, came))
}

fn attempt(host: &str, peer: SocketAddr, door: Door, came: Came) -> ConnectAttempt {
    let silence = Micros::from_millis(2_200);
    let (took_us, syns, kind) = match came {
        Connected { syns: 1 } => (Micros::from_millis(20), 1, None),
        Connected { syns } => (Micros::from_millis(1_020), syns, None),
        Refused => (Micros::from_millis(20), 1, Some(FailureKind::Refused)),
        Silent => (silence, 2, Some(FailureKind::Stalled { silent_us: silence })),
        NoRoute => (Micros(30), 0, Some(FailureKind::Unreachable)),
        Barred => (Micros::from_millis(5), 1, Some(FailureKind::Prohibited)),
    };
    let connected = kind.is_none();
    let handshake =
        TcpHandshake { rtt_us: 20_000, advertised_mss_bytes: 1_448, snd_mss_bytes: 1_448, path_mtu_bytes: 1_500 };
    ConnectAttempt {
        host: host.to_owned(),
        peer,
        door,
        started_us: Micros(0),
        took_us,
        syns,
        problem: kind.map(|kind| Failure::new(kind, "connect").with(peer)),
        handshake: connected.then_some(handshake),
        parting: connected.then_some(Parting { end: PartingEnd::Answered, received: model::Bytes(21) }),
    }
}

/// The probe's parameters: so many connects, by the name or to these addresses.
pub(crate) fn connects(connects: u32, addresses: &[IpAddr]) -> Parameters {
    Parameters::TcpConnect(TcpConnectParameters {
        connects,
        addresses: addresses.to_vec(),
        also: Vec::new(),
        patience_us: Micros::from_millis(2_200),
    })
}

fn resolves(addresses: &[IpAddr]) -> Step {
    Step::Resolve { host: "git.example".into(), addresses: addresses.to_vec() }
}

/// The exchange went well at `alive`, one of `addresses`.
pub(crate) fn well(story: Story, addresses: &[IpAddr], alive: IpAddr) -> Story {
    story.run(|run: Telling| run.ask(|asked| asked.address = Some(alive)).good(resolves(addresses), 5).complete())
}

/// The exchange went to `dead`, the first of `addresses`, and hung.
pub(crate) fn hung(story: Story, addresses: &[IpAddr], dead: IpAddr) -> Story {
    story.run(|run| run.good(resolves(addresses), 5).stalls(step(Stage::Connect, dead), calm()))
}

pub(crate) fn connect() -> Vec<Sample> {
    let one = || connects(1, &[]);
    let healthy = |name, story| sample(name, Verdict::Healthy, &["healthy"], story);
    let warning = |name, story| sample(name, Verdict::Warning, &["address-family-broken"], story);
    let fault = |name, rules, story| sample(name, Verdict::Fault, rules, story);
    vec![
        healthy("both families answer", {
            well(Story::ssh(), &[V6, V4], V6).around(one(), [at(V6, AT_ONCE), at(V4, AT_ONCE)])
        }),
        healthy("no route for IPv6 from here", {
            well(Story::ssh(), &[V4, V6], V4).around(one(), [at(V4, AT_ONCE), at(V6, NoRoute)])
        }),
        healthy("a router bars IPv6, and nobody goes there", {
            well(Story::ssh(), &[V4, V6], V4).around(one(), [at(V4, AT_ONCE), at(V6, Barred)])
        }),
        healthy("IPv6 refuses, and comes last", {
            well(Story::ssh(), &[V4, V6], V4).around(one(), [at(V4, AT_ONCE), at(V6, Refused)])
        }),
        healthy("two SYNs without an answer are too few", {
            well(Story::ssh(), &[V6, V4], V6).around(one(), [at(V6, AT_ONCE), at(V4, Silent)])
        }),
        healthy("silent once, and then not", {
            well(Story::ssh(), &[V6, V4], V6)
                .around(one(), [at(V6, AT_ONCE), at(V4, Silent)])
                .around(connects(1, &[V4]), [at(V4, AT_ONCE)])
        }),
        warning("silent twice, and not tried first", {
            well(Story::ssh(), &[V6, V4], V6)
                .around(one(), [at(V6, AT_ONCE), at(V4, Silent)])
                .around(connects(1, &[V4]), [at(V4, Silent)])
        }),
        warning("one of two IPv4 addresses refuses", {
            well(Story::https(), &[V4, SISTER], V4).around(one(), [at(V4, AT_ONCE), at(SISTER, Refused)])
        }),
        fault("the first of two IPv4 addresses is silent", &["address-family-broken"], {
            hung(Story::https(), &[SISTER, V4], SISTER)
                .around(one(), [at(SISTER, Silent), at(V4, AT_ONCE)])
                .then(|run| run.to(V4).good(resolves(&[SISTER, V4]), 5).complete())
        }),
        sample("every fourth connection needs a second SYN", Verdict::Warning, &["connect-lossy"], {
            let seen = (0..20).map(|index| at(V4, if index % 4 == 0 { Connected { syns: 2 } } else { AT_ONCE }));
            well(Story::ssh(), &[V4], V4).around(connects(20, &[]), seen)
        }),
        healthy("two lost SYNs of twenty are chance", {
            let seen = (0..20).map(|index| at(V4, if index % 10 == 0 { Connected { syns: 2 } } else { AT_ONCE }));
            well(Story::ssh(), &[V4], V4).around(connects(20, &[]), seen)
        }),
        fault("no address answers", &["connect-silent"], {
            hung(Story::ssh(), &[V6, V4], V6).around(one(), [at(V6, Silent), at(V4, Silent)])
        }),
        fault("the port is filtered, another one of the same address answers", &["connect-silent"], {
            hung(Story::ssh(), &[V4], V4)
                .around(one(), [at(V4, Silent)])
                .around(connects(0, &[]), [door("192.0.2.1", (V4, 443), AT_ONCE)])
        }),
    ]
}
