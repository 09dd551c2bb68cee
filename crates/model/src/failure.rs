//! How a step can fail: a closed vocabulary, with the raw word beside it. A failure is an observation, not an error.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Micros, RemoteText};

/// One step that did not succeed, and everything known of how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What happened, as a rule can match it.
    pub kind: FailureKind,
    /// What was being done, a verb with its object: `read the server's identification`.
    pub operation: String,
    /// With whom, where it was somebody.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub peer: Option<SocketAddr>,
    /// The operating system's error number, where there was one (Linux `errno`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub errno: Option<i32>,
    /// The raw word of the other side, of a library or of the kernel, made harmless.
    #[serde(skip_serializing_if = "RemoteText::is_empty", default)]
    pub text: RemoteText,
}

impl Failure {
    /// A failure of `kind` during `operation`, with nothing else known yet.
    pub fn new(kind: FailureKind, operation: impl Into<String>) -> Self {
        Self { kind, operation: operation.into(), peer: None, errno: None, text: RemoteText::default() }
    }

    /// The same, with the raw word of whoever reported it.
    #[must_use]
    pub fn saying(mut self, text: impl Into<RemoteText>) -> Self {
        self.text = text.into();
        self
    }

    /// The same, naming the other side.
    #[must_use]
    pub fn with(mut self, peer: SocketAddr) -> Self {
        self.peer = Some(peer);
        self
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "failure", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The name does not exist.
    NameNotFound,
    /// No name server gave a usable answer.
    NameServerFailure,
    /// RST in answer to the SYN.
    Refused,
    /// RST on an open connection.
    Reset,
    /// The other side closed where more was due.
    Closed,
    /// ICMP or the local table says there is no way.
    Unreachable,
    /// ICMP administratively prohibited, or a local rule.
    Prohibited,
    /// Nothing came for so long that waiting on was given up; a [`crate::StallSnapshot`] lies beside it.
    Stalled {
        /// Since the last sign of life.
        silent_us: Micros,
    },
    /// The run's own time was over while things still moved, or too soon to call it a stall.
    OutOfTime,
    /// The user or a signal ended the run.
    Cancelled,
    /// The proxy or jump host said no.
    ProxyRefused,
    /// A host key that `known_hosts` does not have.
    HostKeyUnknown,
    /// `known_hosts` has another key for this host.
    HostKeyChanged,
    /// `known_hosts` marks this key as revoked.
    HostKeyRevoked,
    /// Authentication is needed and there is nothing to authenticate with, or it must not be sent here.
    NoCredential,
    /// The server refused what was offered.
    AuthenticationRefused,
    /// SSH: no algorithm that both sides have.
    NoCommonAlgorithm,
    /// SSH: the server did not run the command.
    ExecRefused,
    /// TLS: the certificate does not lead to a trusted root.
    CertificateUntrusted,
    /// TLS: outside the certificate's dates.
    CertificateExpired,
    /// TLS: the certificate is for another name.
    CertificateWrongName,
    /// TLS: any other alert or breach.
    Tls,
    /// HTTP: a status that git does not expect here.
    HttpStatus {
        /// The status code.
        status: u16,
    },
    /// HTTP: too many redirects, or one that must not be followed.
    Redirect,
    /// The repository is not there, or not for this user.
    RepositoryNotFound,
    /// The repository has no such reference.
    RefNotFound,
    /// The repository is empty.
    RepositoryEmpty,
    /// The server said why it stopped (an `ERR` line, band 3, or text on stderr).
    RemoteError,
    /// What came is not the protocol.
    Malformed,
    /// A bound on what is read from the other side was reached.
    TooLarge,
    /// The pack's checksum does not match its bytes.
    TrailerMismatch,
    /// Something on this machine, not on the network: no file descriptors, no memory.
    Local,
    /// A kind that this version does not know; an old program read a newer report.
    #[serde(other)]
    Unknown,
}
