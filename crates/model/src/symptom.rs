//! What the cluster itself says of the repository: the object's conditions and events, word for word, as the complaint that
//! a report is made for. Nothing in it was measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::RemoteText;

/// A GitRepository as source-controller left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Symptom {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// All its conditions. A handshake that hangs leaves `Ready=True` for minutes, with `Reconciling=True` as the only sign.
    pub conditions: Vec<Condition>,
    /// Events about it, newest first.
    pub events: Vec<ClusterEvent>,
    /// Revision of the stored artifact; none where it never synced.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revision: Option<RemoteText>,
    /// True where `spec.suspend` keeps Flux from syncing it.
    #[serde(default)]
    pub suspended: bool,
}

/// One condition of an object's status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// Such as `Ready`.
    #[serde(rename = "type")]
    pub kind: RemoteText,
    /// `True`, `False` or `Unknown`.
    pub status: RemoteText,
    /// One word for programs.
    pub reason: RemoteText,
    /// Its words for people.
    pub message: RemoteText,
    /// Since when, by the cluster's clock (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
}

/// One event about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterEvent {
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: RemoteText,
    /// One word for programs.
    pub reason: RemoteText,
    /// Its words for people.
    pub message: RemoteText,
    /// How often it was said.
    pub times: u32,
    /// When last, by the cluster's clock (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<String>,
}

impl Symptom {
    /// The condition of this type.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind.as_str() == kind)
    }
}
