//! The stages of a fetch, from the name to the last pack byte, in the order in which they happen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One separately timed part of the upload-pack exchange. SSH passes `Greeting`, `KeyExchange`, `Authenticate` and
/// `Exec` where HTTPS passes `Tls`; what follows is the same conversation over either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Name to addresses.
    Resolve,
    /// SYN to SYN-ACK.
    Connect,
    /// The proxy or jump host between here and the server.
    Proxy,
    /// TCP connected to the server's SSH identification line.
    Greeting,
    /// KEXINIT to NEWKEYS.
    KeyExchange,
    /// ClientHello to the end of the TLS handshake.
    Tls,
    /// User authentication: SSH service request to success.
    Authenticate,
    /// Channel open to the server's word that the command runs.
    Exec,
    /// Command or GET sent, to the first advertisement byte.
    AdvertisementWait,
    /// First advertisement byte to its closing flush.
    AdvertisementTransfer,
    /// First want to the end of the request.
    Request,
    /// End of the request to the first response byte.
    ResponseWait,
    /// The list of shallow commits, if a depth was asked for.
    ShallowList,
    /// To the NAK or final ACK.
    Acknowledgment,
    /// NAK to the first side-band packet, a keepalive included.
    FirstPacket,
    /// To the first byte of the pack itself.
    PackStart,
    /// First to last byte of the pack.
    PackTransfer,
    /// The closing flush, exit status and close.
    End,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 18] = [
        Self::Resolve,
        Self::Connect,
        Self::Proxy,
        Self::Greeting,
        Self::KeyExchange,
        Self::Tls,
        Self::Authenticate,
        Self::Exec,
        Self::AdvertisementWait,
        Self::AdvertisementTransfer,
        Self::Request,
        Self::ResponseWait,
        Self::ShallowList,
        Self::Acknowledgment,
        Self::FirstPacket,
        Self::PackStart,
        Self::PackTransfer,
        Self::End,
    ];

    /// The stage in a few plain words, as a table or a sentence names it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Resolve => "name lookup",
            Self::Connect => "TCP connect",
            Self::Proxy => "proxy",
            Self::Greeting => "SSH greeting",
            Self::KeyExchange => "SSH key exchange",
            Self::Tls => "TLS handshake",
            Self::Authenticate => "authentication",
            Self::Exec => "start of git on the server",
            Self::AdvertisementWait => "wait for the ref advertisement",
            Self::AdvertisementTransfer => "ref advertisement",
            Self::Request => "request",
            Self::ResponseWait => "wait for the response",
            Self::ShallowList => "shallow list",
            Self::Acknowledgment => "NAK",
            Self::FirstPacket => "wait for the first pack packet",
            Self::PackStart => "wait for the first pack byte",
            Self::PackTransfer => "pack transfer",
            Self::End => "end of the exchange",
        }
    }

    /// True for the stages before git speaks: Flux's deadline does not cut these over SSH.
    pub const fn is_handshake(self) -> bool {
        (self as u8) < Self::AdvertisementWait as u8
    }
}
