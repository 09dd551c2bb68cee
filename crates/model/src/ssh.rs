//! What an SSH server offers before anything is agreed on, what `known_hosts` holds beside the one host, and what became
//! of first words that are not a client's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, HostKeyVerdict, Micros, RemoteText, SshOpening};

/// The lists of a server's KEXINIT (RFC 4253 §7.1), each in its order, at most 64 names of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SshServerOffer {
    /// Key exchange.
    pub kex: Vec<RemoteText>,
    /// Host key algorithms: one name or more for each type of key that the server has.
    pub host_key: Vec<RemoteText>,
    /// Ciphers towards the client.
    pub cipher: Vec<RemoteText>,
    /// Message authentication towards the client.
    pub mac: Vec<RemoteText>,
}

/// The types of the keys in `known_hosts`, revoked ones left out. No key and no name of another host is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownKeyTypes {
    /// Of all lines, whatever their host: Flux asks a server for these and no others. Sorted.
    pub all: Vec<String>,
    /// Of the lines for this host, in their order; those of authorities left out.
    pub host: Vec<String>,
    /// Whether a `@cert-authority` is known for this host.
    pub authority: bool,
    /// Whether these lines were given for this target, as Flux's are. Else they are those of every host that this user ever
    /// went to, and Flux has others.
    #[serde(default)]
    pub given: bool,
    /// What Flux's rules say of the bare key that the server showed: Flux knows no certificates. None before a key was shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub as_flux: Option<HostKeyVerdict>,
}

/// A connection that did not begin as an SSH client's does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SshOpened {
    /// How it began.
    pub opening: SshOpening,
    /// Bytes that we wrote.
    pub sent: Bytes,
    /// How many of them the other side's kernel acknowledged.
    pub acked: Bytes,
    /// How long that took, where all of them were.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acked_us: Option<Micros>,
    /// What came, if anything did: at most the first line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub words: Option<RemoteText>,
}
