//! How a probe is to ask: one variant for each probe, and everything that can be different between two runs of it.

mod around;
mod upload_pack;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use around::{
    DnsParameters, Endpoint, SshHandshakeParameters, SshKeyExchange, SshOpening, TcpConnectParameters,
    TlsHandshakeParameters, TlsHello, TlsServerName,
};
pub use upload_pack::{Caps, Depth, Filter, Protocol, UploadPackParameters};

/// A probe's parameters. The variant names the probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "probe", rename_all = "snake_case")]
pub enum Parameters {
    /// The git upload-pack exchange.
    GitUploadPack(UploadPackParameters),
    /// This machine: nothing is sent.
    Host,
    /// Each name server by itself.
    Dns(DnsParameters),
    /// Each address by itself, to the SYN-ACK and no further.
    TcpConnect(TcpConnectParameters),
    /// A TLS handshake and nothing behind it.
    TlsHandshake(TlsHandshakeParameters),
    /// An SSH handshake and no command behind it.
    SshHandshake(SshHandshakeParameters),
}

impl Parameters {
    /// The probe's name, as in the catalogue.
    pub const fn probe(&self) -> &'static str {
        match self {
            Self::GitUploadPack(_) => "git_upload_pack",
            Self::Host => "host",
            Self::Dns(_) => "dns",
            Self::TcpConnect(_) => "tcp_connect",
            Self::TlsHandshake(_) => "tls_handshake",
            Self::SshHandshake(_) => "ssh_handshake",
        }
    }

    /// Those of the upload-pack exchange, if it is one.
    pub const fn upload_pack(&self) -> Option<&UploadPackParameters> {
        match self {
            Self::GitUploadPack(parameters) => Some(parameters),
            _ => None,
        }
    }
}
