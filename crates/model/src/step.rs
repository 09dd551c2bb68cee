//! What each stage of a fetch leaves behind besides its time: one variant a stage, everything in it optional that a
//! stalled stage may not have got to see.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, Certificate, Micros, Protocol, RemoteText, Stage, TlsTrust};

/// The particulars of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Step {
    /// See [`Stage::Resolve`].
    Resolve {
        /// The name that was looked up, or the address that stood in its place.
        host: String,
        /// Every address, in the resolver's order.
        addresses: Vec<IpAddr>,
    },
    /// See [`Stage::Connect`].
    Connect {
        /// The one address that was tried.
        peer: SocketAddr,
        /// Our end, once connected.
        local: Option<SocketAddr>,
        /// `TCP_MAXSEG` set before the SYN, if any.
        mss_clamp_bytes: Option<u16>,
    },
    /// See [`Stage::Proxy`].
    Proxy {
        /// `socks5`, `http connect` or `ssh jump`.
        kind: String,
        /// The proxy's host and port.
        via: String,
    },
    /// See [`Stage::Greeting`].
    Greeting {
        /// What this side called itself.
        client_ident: String,
        /// What the server called itself.
        server_ident: Option<RemoteText>,
    },
    /// See [`Stage::KeyExchange`].
    KeyExchange {
        /// What was agreed on.
        algorithms: Option<SshAlgorithms>,
        /// Our identification and KEXINIT, against what the client in force sends.
        client_flight: Option<FlightSize>,
        /// The server's KEXINIT packet.
        server_kexinit_bytes: Option<Bytes>,
        /// The key the server showed.
        host_key: Option<HostKey>,
    },
    /// See [`Stage::Tls`].
    Tls {
        /// `TLSv1.3` or `TLSv1.2`.
        version: Option<String>,
        /// Cipher suite.
        cipher: Option<String>,
        /// Key exchange group.
        group: Option<String>,
        /// Protocol chosen by ALPN.
        alpn: Option<String>,
        /// Our ClientHello, against what the client in force sends.
        client_flight: Option<FlightSize>,
        /// What the server sent until the handshake was done: the first multi-segment flight towards the client.
        server_flight_bytes: Bytes,
        /// The served chain, leaf first, at most eight certificates.
        chain: Vec<Certificate>,
        /// Whether the chain was accepted.
        trust: Option<TlsTrust>,
    },
    /// See [`Stage::Authenticate`].
    Authenticate {
        /// User name for the server.
        user: String,
        /// Methods tried, in order: `none`, `publickey ssh-ed25519`, `basic` …
        attempted: Vec<String>,
        /// Methods that the server would have taken.
        offered: Vec<RemoteText>,
    },
    /// See [`Stage::Exec`].
    Exec {
        /// The server's channel window, in bytes that we may send.
        server_window_bytes: Option<Bytes>,
    },
    /// See [`Stage::AdvertisementWait`].
    AdvertisementWait {
        /// HTTP status, once the headers were there.
        http_status: Option<u16>,
    },
    /// See [`Stage::AdvertisementTransfer`].
    AdvertisementTransfer(Advertisement),
    /// See [`Stage::Request`].
    Request {
        /// Our request, against what the client in force sends.
        size: FlightSize,
        /// Tips that were asked for.
        wants: u32,
        /// `deepen` value; none means the whole history.
        depth: Option<u32>,
    },
    /// See [`Stage::ResponseWait`].
    ResponseWait {
        /// HTTP status, once the headers were there.
        http_status: Option<u16>,
    },
    /// See [`Stage::ShallowList`].
    ShallowList {
        /// Shallow and unshallow lines.
        entries: u32,
    },
    /// See [`Stage::Acknowledgment`].
    Acknowledgment {
        /// What closed the negotiation.
        kind: Option<AckKind>,
    },
    /// See [`Stage::FirstPacket`].
    FirstPacket {
        /// Side-band of the first packet: 1 pack or keepalive, 2 progress, 3 fatal.
        band: Option<u8>,
        /// Its payload after the band byte; 0 on band 1 is a keepalive.
        payload: Option<Bytes>,
        /// How many bytes behind the acknowledgement have arrived; go-git peeks at the first seven.
        bytes_after_ack: Bytes,
    },
    /// See [`Stage::PackStart`].
    PackStart {
        /// Empty band-1 packets before the pack began: the server is alive and computing.
        keepalives: u32,
        /// Packets of progress text before the pack began.
        progress_packets: u32,
        /// The last word of the server's progress.
        progress: Option<RemoteText>,
        /// When the seventh byte behind the acknowledgement arrived: from then on Flux words a timeout differently.
        peeked_at_us: Option<Micros>,
        /// Objects that the pack's header announces.
        objects: Option<u32>,
    },
    /// See [`Stage::PackTransfer`].
    PackTransfer(PackProgress),
    /// See [`Stage::End`].
    End {
        /// The remote command's exit status over SSH.
        exit_status: Option<u32>,
    },
}

impl Step {
    /// The stage this belongs to.
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Resolve { .. } => Stage::Resolve,
            Self::Connect { .. } => Stage::Connect,
            Self::Proxy { .. } => Stage::Proxy,
            Self::Greeting { .. } => Stage::Greeting,
            Self::KeyExchange { .. } => Stage::KeyExchange,
            Self::Tls { .. } => Stage::Tls,
            Self::Authenticate { .. } => Stage::Authenticate,
            Self::Exec { .. } => Stage::Exec,
            Self::AdvertisementWait { .. } => Stage::AdvertisementWait,
            Self::AdvertisementTransfer(_) => Stage::AdvertisementTransfer,
            Self::Request { .. } => Stage::Request,
            Self::ResponseWait { .. } => Stage::ResponseWait,
            Self::ShallowList { .. } => Stage::ShallowList,
            Self::Acknowledgment { .. } => Stage::Acknowledgment,
            Self::FirstPacket { .. } => Stage::FirstPacket,
            Self::PackStart { .. } => Stage::PackStart,
            Self::PackTransfer(_) => Stage::PackTransfer,
            Self::End { .. } => Stage::End,
        }
    }
}

/// How large a first flight is here, and how large the imitated client's is: a smaller one can pass a path on which the
/// real client hangs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlightSize {
    /// What was sent.
    pub sent: Bytes,
    /// What the client that the profile names would have sent; none where that is not known.
    pub client: Option<Bytes>,
    /// Why the two differ, where they do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why_different: Option<String>,
}

/// The names that SSH negotiation settled on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the field names are RFC 4253's own")]
pub struct SshAlgorithms {
    pub kex: String,
    pub host_key: String,
    pub cipher: String,
    pub mac: String,
}

/// The server's host key, and what `known_hosts` says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostKey {
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256` …
    pub key_type: String,
    /// `SHA256:…` as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// What `known_hosts` says.
    pub verdict: HostKeyVerdict,
    /// Where the verdict comes from: file and line, or why there is none.
    pub source: String,
}

/// What `known_hosts` says of a host key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostKeyVerdict {
    /// A line has this very key, or a certificate authority that signed it.
    Trusted,
    /// No line names this host.
    Unknown,
    /// Lines name this host with another key of the same type.
    Changed,
    /// Lines name this host, but only with keys of other types.
    OtherTypesOnly,
    /// A line revokes this key.
    Revoked,
}

/// The ref advertisement, or capability advertisement plus `ls-refs` in protocol v2.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Advertisement {
    /// The protocol that the server chose; it may answer v0 to who asks for v2.
    pub protocol: Option<Protocol>,
    /// Bytes, packet-line framing included.
    pub size: Bytes,
    /// References.
    pub refs: u32,
    /// Capabilities that matter here, as the server spells them.
    pub capabilities: Vec<RemoteText>,
    /// The server's agent string.
    pub agent: Option<RemoteText>,
    /// The reference that was taken, in full.
    pub reference: Option<RemoteText>,
    /// Its object id.
    pub object_id: Option<RemoteText>,
}

/// What closed the negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AckKind {
    /// `NAK`, the answer to a clone.
    Nak,
    /// `ACK`.
    Ack,
    /// Protocol v2 with `done`: there is no such section, the pack follows at once.
    NotInProtocol,
}

/// The pack as far as it came. Its bytes are hashed and counted, never kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackProgress {
    /// Pack bytes received, side-band framing taken off.
    pub pack: Bytes,
    /// Objects announced.
    pub objects: u32,
    /// Objects seen whole; none where they were not counted.
    pub objects_seen: Option<u32>,
    /// Side-band packets with pack data.
    pub data_packets: u32,
    /// Keepalives between them.
    pub keepalives: u32,
    /// Progress packets between them.
    pub progress_packets: u32,
    /// Longest time without a pack byte.
    pub longest_gap_us: Micros,
    /// Pack bytes that had arrived when the longest gap began.
    pub longest_gap_after: Bytes,
    /// The checksum over the whole pack.
    pub trailer: Trailer,
    /// Estimate of the whole pack where it was cut: seen objects' mean size times the objects announced.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub estimated_pack: Option<Bytes>,
}

/// What the pack's trailing checksum says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trailer {
    /// The pack did not arrive whole.
    #[default]
    NotReached,
    /// It matches.
    Verified,
    /// It does not.
    Mismatch,
}
