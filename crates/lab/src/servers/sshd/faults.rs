//! What may be wrong with an SSH server, or with what its client knows of it.

use serde::Deserialize;

use crate::units::Delay;

/// The table `[sshd]` of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SshdFaults {
    /// Whether anybody listens.
    pub listening: bool,
    /// Whether the server has as many unauthenticated connections as it allows (`MaxStartups`).
    pub full: bool,
    /// How many connections it is so for: those behind them find room.
    pub full_for: Option<u32>,
    /// Whether it ends every connection without a word, as a load balancer does with nobody behind it.
    pub hangs_up: bool,
    /// Types of the server's keys as `ssh-keygen -t` knows them; one of ed25519 where nothing is said.
    pub host_key_types: Option<Vec<HostKeyType>>,
    /// From accepting a connection to the server's banner.
    pub banner_delay: Option<Delay>,
    /// What each look-up of a client's key takes. A client that first asks whether a key would do, as OpenSSH's does,
    /// waits twice.
    pub login_delay: Option<Delay>,
    /// The server's keys, as the client knows them.
    pub host_key: HostKey,
    /// The client's key, as the server knows it.
    pub identity: Identity,
    /// Lines of `sshd_config(5)` that win over ours, such as `KexAlgorithms …`.
    pub config: Vec<String>,
}

/// What the client's `known_hosts` says of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostKey {
    /// Its keys.
    #[default]
    Known,
    /// Nothing, though it names another server.
    Unknown,
    /// Other keys of the same types.
    Changed,
    /// Its keys, and that they are revoked.
    Revoked,
    /// Its first key; those of the other types are known of another server.
    Mixed,
    /// Its keys, and of another server a key of a type that this one has not.
    ElsewhereToo,
    /// The authority that signed its keys, and no key.
    Certified,
    /// Its keys, and behind them the authority that signed them.
    CertifiedToo,
    /// The authority that signed its keys, and that the authority is revoked.
    CertifiedRevoked,
}

/// A type of host key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostKeyType {
    /// `ssh-ed25519`.
    Ed25519,
    /// `ecdsa-sha2-nistp256`.
    Ecdsa,
    /// `ssh-rsa`.
    Rsa,
}

impl HostKeyType {
    /// As `ssh-keygen -t` takes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
            Self::Rsa => "rsa",
        }
    }
}

impl HostKey {
    /// Whether the server's keys are signed by an authority.
    pub const fn is_certified(self) -> bool {
        matches!(self, Self::Certified | Self::CertifiedToo | Self::CertifiedRevoked)
    }
}

/// What the server thinks of the client's key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// It lets the client in.
    #[default]
    Accepted,
    /// It does not.
    Refused,
}

impl Default for SshdFaults {
    fn default() -> Self {
        Self {
            listening: true,
            full: false,
            full_for: None,
            hangs_up: false,
            host_key_types: None,
            banner_delay: None,
            login_delay: None,
            host_key: HostKey::Known,
            identity: Identity::Accepted,
            config: Vec::new(),
        }
    }
}
