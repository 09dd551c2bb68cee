//! What became of a connection that was left idle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Micros, TcpInfo};

/// A connection was left idle, and then something small was asked on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// How long nothing was sent, either way as far as could be seen.
    pub idle_us: Micros,
    /// What was asked then: `HEAD /`, `keepalive@openssh.com`.
    pub asked: String,
    /// How long the answer took; absent where none came.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answered_us: Option<Micros>,
    /// Why there was no answer: silence, a reset, or that the other side had closed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<Failure>,
    /// The kernel's view when the answer came or was given up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tcp: Option<TcpInfo>,
}
