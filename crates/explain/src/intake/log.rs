//! Log lines in JSON: those of Flux's controllers (zap), with or without what `kubectl logs` puts before them, and those of
//! a container runtime around them.

use model::RemoteText;
use serde_json::Value;

use super::Sink;
use crate::sighting::{Around, Object, Sighting};
use crate::{clean, secrets};

/// The value on this line, behind a prefix (`[pod/…]`) or a time, if there is one.
pub(super) fn json(line: &str) -> Option<Value> {
    let line = line.trim();
    if !line.ends_with(['}', ']']) {
        return None;
    }
    if let Some(value) = line.starts_with(['{', '[']).then(|| serde_json::from_str(line).ok()).flatten() {
        return Some(value);
    }
    let begin = line.find("{\"")?;
    // A prefix is a time or the name of a container, and no message that quotes JSON.
    (begin <= MAX_PREFIX).then(|| serde_json::from_str(line.get(begin..)?).ok()).flatten()
}

/// Reads a value that is a line of a log.
pub(super) fn read(value: &Value, sink: &mut Sink<'_>) {
    if let Some(inner) =
        value.get("log").and_then(Value::as_str).and_then(json).filter(|inner| inner.get("log").is_none())
    {
        return read(&inner, sink);
    }
    if let Value::Array(values) = value {
        for value in values {
            read(value, sink);
        }
        return;
    }
    let level = text(value, "level").unwrap_or_default();
    let error = text(value, "error").or_else(|| text(value, "err"));
    // An error comes with what was tried as `msg`; a line without one says everything there.
    let said = error.clone().or_else(|| text(value, "msg")).or_else(|| text(value, "message"));
    let Some(said) = said else { return };
    let time = ["ts", "time", "timestamp", "@timestamp"].into_iter().find_map(|name| text(value, name));
    let first = time.map(|time| RemoteText::clean(&time));
    let around = Around { object: object(value), first, ..Around::default() };
    sink(Sighting { text: said, around, complaint: level == "error" || error.is_some() });
}

/// `controllerKind` names the field that holds name and namespace; older versions have them beside it.
fn object(value: &Value) -> Option<Object> {
    let kind = text(value, "controllerKind").or_else(|| text(value, "reconciler kind"))?;
    let inner = value.get(&kind);
    let field = |name: &str| inner.and_then(|inner| text(inner, name)).or_else(|| text(value, name));
    let namespace = field("namespace").map(RemoteText::from);
    Some(Object { kind: kind.into(), namespace, name: field("name")?.into() })
}

/// A text or a number, clean and without secrets.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    let said = match value.get(name)? {
        Value::String(said) => clean::plain(said),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(secrets::removed(clean::shortened(&said))).filter(|said| !said.is_empty())
}

const MAX_PREFIX: usize = 300;
