//! What may be wrong with a web server, or with what its client trusts.

use serde::Deserialize;

use crate::certificate::Certificate;

/// The table `[nginx]` of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NginxFaults {
    /// Whether anybody listens for HTTPS.
    pub listening: bool,
    /// What the server shows for itself.
    pub certificate: Certificate,
    /// Whether HTTPS offers HTTP/2.
    pub http2: bool,
    /// The status that answers every request, such as 503.
    pub status: Option<u16>,
    /// Lines for nginx's `server` block.
    pub config: Vec<String>,
}

impl Default for NginxFaults {
    fn default() -> Self {
        Self { listening: true, certificate: Certificate::Good, http2: true, status: None, config: Vec::new() }
    }
}
