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
            banner_delay: None,
            login_delay: None,
            host_key: HostKey::Known,
            identity: Identity::Accepted,
            config: Vec::new(),
        }
    }
}
