//! What an endpoint shall be: addresses, repository, fault, pace, and whom it lets in.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use crate::fault::{Fault, Pace};
use crate::repository::RepositorySpec;

/// Everything an endpoint is started with. The default listens on free loopback ports for SSH, HTTPS and HTTP, and
/// serves a healthy repository of one MiB to everybody over HTTP and to its own client key over SSH.
#[derive(Debug, Clone)]
pub struct EndpointConfig {
    /// Where to listen for SSH; port 0 takes a free one, `None` does not listen.
    pub ssh: Option<SocketAddr>,
    /// Where to listen for HTTPS.
    pub https: Option<SocketAddr>,
    /// Where to listen for plain HTTP/1.1.
    pub http: Option<SocketAddr>,
    /// The repository, at the path `/demo.git`.
    pub repository: RepositorySpec,
    /// What goes wrong.
    pub fault: Fault,
    /// How slow it is.
    pub pace: Pace,
    /// Who may come in over SSH.
    pub ssh_access: SshAccess,
    /// Who may come in over HTTP and HTTPS.
    pub http_access: HttpAccess,
    /// Host keys to make, one of each type. RSA takes a second or more to make.
    pub host_keys: Vec<HostKeyType>,
    /// DNS names for the certificate and for `known_hosts`, beside `localhost` and the addresses.
    pub names: Vec<String>,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        let loopback = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        Self {
            ssh: loopback,
            https: loopback,
            http: loopback,
            repository: RepositorySpec::default(),
            fault: Fault::None,
            pace: Pace::default(),
            ssh_access: SshAccess::default(),
            http_access: HttpAccess::default(),
            host_keys: vec![HostKeyType::Ed25519],
            names: Vec::new(),
        }
    }
}

/// Types of host key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostKeyType {
    /// `ssh-ed25519`
    Ed25519,
    /// `ecdsa-sha2-nistp256`
    EcdsaP256,
    /// `ssh-rsa` keys, used with `rsa-sha2-512` and `rsa-sha2-256`
    Rsa,
}

/// Who may come in over SSH. The endpoint's own client key always may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SshAccess {
    /// Accept the method `none`: everybody.
    pub anonymous: bool,
    /// More public keys, each a line as in `authorized_keys` without options.
    pub authorized_keys: Vec<String>,
}

/// Who may come in over HTTP and HTTPS.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpAccess {
    /// Everybody.
    #[default]
    Anonymous,
    /// This user with this password (RFC 7617).
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
    /// The bearer of this token (RFC 6750).
    Bearer {
        /// Token.
        token: String,
    },
}

impl fmt::Debug for HttpAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Basic { .. } => "Basic { .. }",
            Self::Bearer { .. } => "Bearer { .. }",
        })
    }
}
