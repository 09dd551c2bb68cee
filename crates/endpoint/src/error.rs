//! Why an endpoint could not start.

use std::io;
use std::net::SocketAddr;

use crate::repository::SpecError;

/// The endpoint could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The repository cannot be built.
    #[error(transparent)]
    Repository(#[from] SpecError),
    /// An address cannot be listened on.
    #[error("cannot listen for {transport} on {address}: {source}; choose another address, or port 0 for a free one")]
    Listen {
        /// `SSH`, `HTTPS` or `HTTP`.
        transport: &'static str,
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A key or certificate cannot be made or read.
    #[error("cannot prepare {what}: {reason}")]
    Credentials {
        /// What was being made or read.
        what: &'static str,
        /// What the library said.
        reason: String,
    },
    /// The thread of the endpoint cannot be started or ended before it was ready.
    #[error("cannot run the endpoint on a thread of its own: {reason}")]
    Thread {
        /// What the system said.
        reason: String,
    },
}

impl EndpointError {
    pub(crate) fn credentials(what: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Self {
        move |reason| Self::Credentials { what, reason: reason.to_string() }
    }
}
