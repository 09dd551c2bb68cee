//! One message where it was seen: in which object, when, how often.

use model::{RemoteText, Target};
use schemars::JsonSchema;
use serde::Serialize;

/// What a reader of some container found: a text that may be a message, and what stood around it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sighting {
    /// Clean, without secrets.
    pub(crate) text: String,
    pub(crate) around: Around,
    /// Whoever wrote it called it an error; then it counts even if nobody knows it.
    pub(crate) complaint: bool,
}

/// What is known of a message besides its words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Around {
    pub(crate) object: Option<Object>,
    /// The repository, from the object's `spec`.
    pub(crate) target: Option<Target>,
    /// Options of `netprobe run` that follow from the object's `spec`.
    pub(crate) options: Vec<String>,
    pub(crate) first: Option<RemoteText>,
    pub(crate) last: Option<RemoteText>,
    /// How often it was said, where an event counts; else once.
    pub(crate) times: Option<u64>,
}

/// An object of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Object {
    /// Such as `GitRepository`.
    pub kind: RemoteText,
    /// Where it lives, if that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<RemoteText>,
    /// Its name.
    pub name: RemoteText,
}

impl Object {
    /// From `Kind/name.namespace` (`flux logs`) or `Kind/name` (events).
    pub(crate) fn from_path(text: &str, dotted: bool) -> Option<Self> {
        let (kind, path) = text.split_once('/')?;
        let is_kind =
            kind.starts_with(|first: char| first.is_ascii_alphabetic()) && kind.chars().all(char::is_alphanumeric);
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
        if !is_kind || !is_name(path) {
            return None;
        }
        let (name, namespace) = match path.rsplit_once('.') {
            Some((name, namespace)) if dotted => (name, Some(namespace)),
            _ => (path, None),
        };
        Some(Self { kind: kind.into(), namespace: namespace.map(RemoteText::from), name: name.into() })
    }
}

impl std::fmt::Display for Object {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{} {namespace}/{}", self.kind, self.name),
            None => write!(formatter, "{} {}", self.kind, self.name),
        }
    }
}
