//! How the probes around the exchange are to ask: name servers, addresses, handshakes.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Micros;

/// How the name servers are to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DnsParameters {
    /// How often each server is asked for what it has an answer to, one round after the other; at least 1.
    pub rounds: u32,
    /// How long an answer is waited for while no server gives any.
    pub patience_us: Micros,
    /// How long one is waited for where another one came.
    pub company_patience_us: Micros,
}

/// A host and a port, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// Where connections are to be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TcpConnectParameters {
    /// Connections to each address, one after the other; 0 where only other doors are tried.
    pub connects: u32,
    /// The addresses to try; where there are none, the name is looked up.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub addresses: Vec<IpAddr>,
    /// Other doors of the same service, each address of theirs tried once: an alternative SSH port, the HTTPS port.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub also: Vec<Endpoint>,
    /// How long one attempt is waited for.
    pub patience_us: Micros,
}

/// How one TLS handshake is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsHandshakeParameters {
    /// Which key exchange is offered, which decides the size of the hello.
    pub hello: TlsHello,
    /// Which server name the hello carries in the clear.
    pub server_name: TlsServerName,
    /// `TCP_MAXSEG` before the SYN.
    pub mss_clamp_bytes: Option<u16>,
    /// The one address to try; none takes the resolver's first.
    pub address: Option<IpAddr>,
    /// How long to leave the connection idle after the handshake before something small is asked on it.
    pub hold_us: Option<Micros>,
    /// How long silence may last before it is called a stall.
    pub patience_us: Micros,
}

/// The key exchange that a TLS hello offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsHello {
    /// As the imitated client.
    AsProfile,
    /// Elliptic curves alone: a hello of some 250 to 520 bytes, which fits into any packet.
    Classic,
}

/// The server name that a TLS hello carries in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsServerName {
    /// The target's.
    Target,
    /// None: what is filtered by name passes.
    None,
}

/// How one SSH handshake is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SshHandshakeParameters {
    /// How the conversation begins.
    pub opening: SshOpening,
    /// Which key exchange is offered.
    pub key_exchange: SshKeyExchange,
    /// The one host key algorithm to ask for, such as `ssh-ed25519`; none offers what the imitated client offers.
    pub host_key_type: Option<String>,
    /// Whether to log in behind the key exchange.
    pub authenticate: bool,
    /// How long to wait before the connection is made: a server that may be at its limit is not asked again at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delay_us: Option<Micros>,
    /// `TCP_MAXSEG` before the SYN.
    pub mss_clamp_bytes: Option<u16>,
    /// The one address to try; none takes the resolver's first.
    pub address: Option<IpAddr>,
    /// How long to leave the connection idle after the handshake before an answer is asked for on it.
    pub hold_us: Option<Micros>,
    /// How long silence may last before it is called a stall.
    pub patience_us: Micros,
}

/// How an SSH conversation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SshOpening {
    /// With our identification, as every client does.
    Identification,
    /// Without a word: the server speaks first (RFC 4253 §4.2).
    Silent,
    /// With as many bytes that do not look like SSH: whoever looks into packets lets these pass.
    Neutral,
}

/// The key exchange that an SSH client offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SshKeyExchange {
    /// As the imitated client.
    AsProfile,
    /// Elliptic curves alone: small packets both ways.
    Classic,
    /// `mlkem768x25519-sha256` alone: packets of 1.2 to 1.4 kB both ways.
    MlKem,
    /// `sntrup761x25519-sha512@openssh.com` alone, by bytes of our own: it ends with the server's reply, before any key is
    /// agreed on.
    Sntrup761,
}
