//! What each stage leaves behind when it goes well, for stories that do not care.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use model::{
    AckKind, Advertisement, Bytes, FlightSize, HostKey, HostKeyVerdict, Micros, PackProgress, Protocol, Stage, Step,
    Trailer,
};

pub(crate) const V4: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub(crate) const V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

/// Whether a plain clone passes this stage.
pub(super) fn is_passed(stage: Stage, ssh: bool) -> bool {
    match stage {
        Stage::Proxy => false,
        Stage::Tls => !ssh,
        Stage::Greeting | Stage::KeyExchange | Stage::Authenticate | Stage::Exec => ssh,
        _ => true,
    }
}

/// The stage's record when all is well.
pub(crate) fn step(stage: Stage, address: IpAddr) -> Step {
    match stage {
        Stage::Resolve => Step::Resolve { host: "git.example".into(), addresses: vec![address] },
        Stage::Connect => Step::Connect { peer: SocketAddr::new(address, 22), local: None, mss_clamp_bytes: None },
        Stage::Proxy => Step::Proxy { kind: "socks5".into(), via: "proxy.example:1080".into() },
        Stage::Greeting => Step::Greeting { client_ident: "SSH-2.0-netprobe".into(), server_ident: None },
        Stage::KeyExchange => key_exchange(HostKeyVerdict::Trusted),
        Stage::Tls => Step::Tls {
            version: None,
            cipher: None,
            group: None,
            alpn: None,
            client_flight: None,
            server_flight_bytes: Bytes(4_000),
            chain: Vec::new(),
            trust: None,
        },
        Stage::Authenticate => Step::Authenticate {
            user: "git".into(),
            attempted: vec!["publickey ssh-ed25519".into()],
            offered: Vec::new(),
        },
        Stage::Exec => Step::Exec { server_window_bytes: None },
        Stage::AdvertisementWait => Step::AdvertisementWait { http_status: Some(200) },
        Stage::AdvertisementTransfer => advertisement(3, Bytes(400)),
        Stage::Request => Step::Request {
            size: FlightSize { sent: Bytes(156), client: Some(Bytes(156)), why_different: None },
            wants: 1,
            depth: Some(1),
        },
        Stage::ResponseWait => Step::ResponseWait { http_status: Some(200) },
        Stage::ShallowList => Step::ShallowList { entries: 1 },
        Stage::Acknowledgment => Step::Acknowledgment { kind: Some(AckKind::Nak) },
        Stage::FirstPacket => {
            Step::FirstPacket { band: Some(1), payload: Some(Bytes(100)), bytes_after_ack: Bytes(105) }
        }
        Stage::PackStart => pack_start(0, Some(0)),
        Stage::PackTransfer => pack(320 * 1024, Trailer::Verified),
        Stage::End => Step::End { exit_status: Some(0) },
    }
}

pub(crate) fn key_exchange(verdict: HostKeyVerdict) -> Step {
    let host_key = HostKey {
        key_type: "ssh-ed25519".into(),
        fingerprint: "SHA256:abc".into(),
        verdict,
        source: "~/.ssh/known_hosts".into(),
    };
    Step::KeyExchange { algorithms: None, client_flight: None, server_kexinit_bytes: None, host_key: Some(host_key) }
}

pub(crate) fn advertisement(refs: u32, size: Bytes) -> Step {
    Step::AdvertisementTransfer(Advertisement {
        protocol: Some(Protocol::V0),
        size,
        refs,
        capabilities: vec!["multi_ack_detailed".into(), "side-band-64k".into()],
        reference: Some("refs/heads/main".into()),
        ..Advertisement::default()
    })
}

pub(crate) fn pack_start(keepalives: u32, peeked_at: Option<u64>) -> Step {
    Step::PackStart {
        keepalives,
        progress_packets: 0,
        progress: None,
        peeked_at_us: peeked_at.map(Micros::from_secs),
        objects: (keepalives == 0).then_some(3),
    }
}

pub(crate) fn pack(bytes: u64, trailer: Trailer) -> Step {
    Step::PackTransfer(PackProgress { pack: Bytes(bytes), objects: 3, trailer, ..PackProgress::default() })
}
