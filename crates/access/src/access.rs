//! The resolved answer for one destination: what will be done, what will not, and what is worth knowing.

use std::path::PathBuf;

use crate::credentials::CredentialError;
use crate::proxy::{Proxy, ProxyChoice};
use crate::source::NotHonoured;

/// How one destination is reached. `W` is [`crate::SshAccess`] or [`crate::HttpAccess`].
#[derive(Debug, Clone)]
pub struct Access<W> {
    /// What is particular to the protocol.
    pub way: W,
    /// The proxy for the first connection.
    pub proxy: Option<Proxy>,
    /// Settings that change how git or ssh would connect and that are not followed.
    pub not_honoured: Vec<NotHonoured>,
    /// What is worth knowing about the choice, one sentence each, without secrets.
    pub notes: Vec<String>,
}

impl<W> Access<W> {
    pub(crate) fn new(way: W, choice: ProxyChoice) -> Self {
        Self { way, proxy: choice.proxy, not_honoured: choice.not_honoured, notes: choice.notes }
    }
}

/// Why a destination cannot be reached as it was asked for: something that was given explicitly cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The `known_hosts` file that was named cannot be read.
    #[error("the known_hosts file {} cannot be read ({why}); name one that exists, or leave it out for the usual files", path.display())]
    KnownHosts {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The CA file that was named is not there.
    #[error("the CA file {} cannot be read ({why}); name a PEM file of certificates", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The proxy that was named is no proxy.
    #[error("the proxy that was given cannot be used: {0}")]
    Proxy(String),
    /// No user is known.
    #[error("no user name is known for {host}; write it as user@{host}")]
    NoUser {
        /// The host.
        host: String,
    },
    /// The token or password that was given cannot be used.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}
