//! Objects of Kubernetes: the conditions in their status, events, and lists of either.

use model::RemoteText;
use serde_json::Value;

use super::Sink;
use super::log::text;
use crate::message;
use crate::next::quoted;
use crate::sighting::{Around, Object, Sighting};

/// Reads an object or a list; false where the value is neither.
pub(super) fn read(value: &Value, sink: &mut Sink<'_>) -> bool {
    if let Some(items) = value.get("items").and_then(Value::as_array) {
        for item in items {
            one(item, sink);
        }
        return true;
    }
    // `-o jsonpath` and `jq` cut out single conditions, or all of them.
    let bare = value.as_array().or_else(|| value.get("conditions").and_then(Value::as_array));
    if let Some(items) = bare.filter(|items| items.iter().any(|item| item.get("type").is_some())) {
        conditions(items, &Around::default(), sink);
        return true;
    }
    if value.get("type").is_some() && value.get("status").is_some_and(Value::is_string) {
        conditions(std::slice::from_ref(value), &Around::default(), sink);
        return true;
    }
    one(value, sink)
}

fn one(value: &Value, sink: &mut Sink<'_>) -> bool {
    let Some(kind) = text(value, "kind") else { return false };
    if value.get("involvedObject").is_some() || value.get("regarding").is_some() {
        event(value, sink);
        return true;
    }
    let spec = value.get("spec");
    let around = Around {
        object: metadata(&kind, value.get("metadata")),
        target: spec.and_then(|spec| text(spec, "url")).and_then(|url| message::target(&url)),
        options: spec.map(options).unwrap_or_default(),
        ..Around::default()
    };
    let status = value.get("status");
    if let Some(items) = status.and_then(|status| status.get("conditions")).and_then(Value::as_array) {
        conditions(items, &around, sink);
    }
    // Pods: why a container is gone.
    let containers = status.and_then(|status| status.get("containerStatuses")).and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let ended = container.get("lastState").and_then(|state| state.get("terminated"));
        if let Some(reason) = ended.and_then(|ended| text(ended, "reason")) {
            sink(Sighting { text: reason, around: around.clone(), complaint: false });
        }
    }
    true
}

/// `Ready` and `FetchFailed` repeat the same message: it counts once.
fn conditions(items: &[Value], around: &Around, sink: &mut Sink<'_>) {
    let mut said: Vec<String> = Vec::new();
    for condition in items.iter().take(MAX_CONDITIONS) {
        let Some(message) = text(condition, "message").filter(|message| !said.contains(message)) else { continue };
        let (kind, status) = (text(condition, "type"), text(condition, "status"));
        let bad = match kind.as_deref() {
            Some("Ready") => status.as_deref() == Some("False"),
            Some("FetchFailed" | "StorageOperationFailed" | "Stalled") => status.as_deref() == Some("True"),
            _ => false,
        };
        let first = text(condition, "lastTransitionTime").map(RemoteText::from);
        sink(Sighting { text: message.clone(), around: Around { first, ..around.clone() }, complaint: bad });
        said.push(message);
    }
}

fn event(value: &Value, sink: &mut Sink<'_>) {
    let Some(said) = text(value, "message").or_else(|| text(value, "note")) else { return };
    let about = value.get("involvedObject").or_else(|| value.get("regarding"));
    let object = about.and_then(|about| metadata(&text(about, "kind")?, Some(about)));
    let series = value.get("series");
    let count = |value: &Value| value.get("count").and_then(number);
    let times = count(value).or_else(|| series.and_then(count));
    let time = |names: &[&str]| names.iter().find_map(|name| text(value, name)).map(RemoteText::from);
    let around = Around {
        object,
        first: time(&["firstTimestamp", "eventTime", "deprecatedFirstTimestamp"]),
        last: time(&["lastTimestamp", "deprecatedLastTimestamp"])
            .or_else(|| series.and_then(|series| text(series, "lastObservedTime")).map(RemoteText::from)),
        times,
        ..Around::default()
    };
    sink(Sighting { text: said, around, complaint: text(value, "type").as_deref() == Some("Warning") });
}

/// YAML has only texts here.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn metadata(kind: &str, metadata: Option<&Value>) -> Option<Object> {
    let metadata = metadata?;
    let namespace = text(metadata, "namespace").map(RemoteText::from);
    Some(Object { kind: kind.into(), namespace, name: text(metadata, "name")?.into() })
}

/// `spec.ref` and `spec.timeout` as `netprobe run` takes them; later ones win, as in Flux (flux-git.md §4).
fn options(spec: &Value) -> Vec<String> {
    let reference = spec.get("ref");
    let named = ["commit", "name", "semver", "tag", "branch"]
        .into_iter()
        .find_map(|kind| Some(format!("{kind}={}", reference.and_then(|reference| text(reference, kind))?)));
    let named = named.filter(|named| model::GitRef::parse(named).is_ok());
    let timeout = text(spec, "timeout").filter(|timeout| is_duration(timeout));
    let mut options = Vec::new();
    options.extend(named.map(|named| format!("--ref {}", quoted(&named))));
    options.extend(timeout.filter(|timeout| timeout != UNSAID).map(|timeout| format!("--timeout {timeout}")));
    options
}

/// One number and one unit: what both Flux and `--timeout` take.
fn is_duration(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < text.len() && text.len() < 12 && ["ms", "s", "m"].contains(&unit)
}

/// `spec.timeout` where none is set, and `--timeout` as well (flux-git.md §2.6).
const UNSAID: &str = "60s";
/// An object has a dozen.
const MAX_CONDITIONS: usize = 64;
