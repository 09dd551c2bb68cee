//! What an HTTP server says beside a refusal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::RemoteText;

/// The head of an answer that refuses, as far as it tells who refuses and for how long. Each text is as the other side
/// wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpRefusal {
    /// Status code.
    pub status: u16,
    /// `Retry-After`: seconds, or a date (RFC 9110 §10.2.3).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<RemoteText>,
    /// `RateLimit-Remaining` or `X-RateLimit-Remaining`: requests that are left.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requests_left: Option<RemoteText>,
    /// `Server`: the program that answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<RemoteText>,
    /// `Via`: proxies on the way (RFC 9110 §7.6.3).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub via: Option<RemoteText>,
}
