//! What Flux was told to fetch, and what it says has become of it: each GitRepository, from a manifest or from the cluster.
//! Says nothing about whether they are right.

mod events;
mod live;
mod spec;

pub use events::add_events;
pub use live::{flux_namespace, git_repositories};

use model::{Condition, GitRef, Micros, RemoteText, Symptom};
use serde_json::Value;

use crate::error::ClusterError;

/// One GitRepository of `source.toolkit.fluxcd.io`, v1, v1beta2 or v1beta1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitRepository {
    /// Its namespace; Flux's own where a manifest names none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `spec.url`.
    pub url: String,
    /// `spec.ref`; none there is branch `master`.
    pub git_ref: GitRef,
    /// `spec.timeout`; Flux takes 60 s where it is none.
    pub timeout: Option<Micros>,
    /// Name of the Secret in `spec.secretRef`. The Secret itself is never read.
    pub secret: Option<String>,
    /// Name of the Secret in `spec.proxySecretRef`.
    pub proxy_secret: Option<String>,
    /// `spec.provider`, where it is another one than `generic`.
    pub provider: Option<String>,
    /// True where source-controller has stored an artifact: it has worked once.
    pub has_artifact: bool,
    /// What its status says.
    pub symptom: Symptom,
    /// What the object asks for and a measurement leaves out, one sentence each.
    pub unsupported: Vec<String>,
}

impl GitRepository {
    /// Every GitRepository in a YAML text of one or several documents; lists are opened, other kinds are passed over.
    ///
    /// # Errors
    /// `Config` for what is no YAML, and for a GitRepository that cannot be understood.
    pub fn from_yaml(text: &str) -> Result<Vec<Self>, ClusterError> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| {
            let why = RemoteText::clean(&error.to_string()).to_string();
            ClusterError::config("Reading the manifest", why, "A YAML file with a GitRepository in it was expected.")
        })?;
        let mut found = Vec::new();
        for document in documents {
            let is_list = text_at(&document, "/kind").is_some_and(|kind| kind.ends_with("List"));
            match document.get("items").and_then(Value::as_array) {
                Some(items) if is_list => collect(items, &mut found)?,
                _ => collect(std::slice::from_ref(&document), &mut found)?,
            }
        }
        Ok(found)
    }

    /// One object as JSON, of whichever version.
    pub(crate) fn from_value(object: &Value) -> Result<Self, ClusterError> {
        let name = text_at(object, "/metadata/name").unwrap_or_default().to_owned();
        let named = text_at(object, "/metadata/namespace").filter(|namespace| !namespace.is_empty());
        let namespace = named.map_or_else(flux_namespace, str::to_owned);
        let wrong = |why: String| {
            let tried = format!("Reading the GitRepository {namespace}/{name}");
            ClusterError::config(tried, why, "Put the object right; `flux create source git --export` writes one.")
        };
        let url = text_at(object, "/spec/url").unwrap_or_default().to_owned();
        if name.is_empty() || url.is_empty() {
            return Err(wrong("it needs a `metadata.name` and a `spec.url`".to_owned()));
        }
        let timeout = match text_at(object, "/spec/timeout") {
            Some(text) => Some(
                spec::duration(text)
                    .ok_or_else(|| wrong(format!("`spec.timeout: {text}` is no duration such as `60s` or `1m30s`")))?,
            ),
            None => None,
        };
        let mut unsupported = spec::unsupported(object);
        if named.is_none() {
            unsupported.push(format!("the manifest names no namespace: {namespace} is taken"));
        }
        let secret = |field: &str| text_at(object, &format!("/spec/{field}/name")).map(str::to_owned);
        Ok(Self {
            git_ref: spec::git_ref(object).map_err(wrong)?,
            timeout,
            secret: secret("secretRef"),
            proxy_secret: secret("proxySecretRef"),
            provider: text_at(object, "/spec/provider").filter(|provider| *provider != "generic").map(str::to_owned),
            has_artifact: object.pointer("/status/artifact").is_some_and(Value::is_object),
            symptom: symptom(object, &namespace, &name),
            namespace,
            name,
            url,
            unsupported,
        })
    }
}

fn collect(objects: &[Value], found: &mut Vec<GitRepository>) -> Result<(), ClusterError> {
    for object in objects {
        let of_flux = text_at(object, "/apiVersion").is_some_and(|version| version.starts_with(GROUP));
        if of_flux && text_at(object, "/kind") == Some("GitRepository") {
            found.push(GitRepository::from_value(object)?);
        }
    }
    Ok(())
}

/// All conditions, in the order in which they stand there: none is left out, whatever its type.
fn symptom(object: &Value, namespace: &str, name: &str) -> Symptom {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let said = |condition: &Value, field: &str| {
        RemoteText::clean(condition.get(field).and_then(Value::as_str).unwrap_or_default())
    };
    let conditions = conditions.iter().take(MAX_CONDITIONS).map(|condition| Condition {
        kind: said(condition, "type"),
        status: said(condition, "status"),
        reason: said(condition, "reason"),
        message: said(condition, "message"),
        since: text_at(condition, "/lastTransitionTime").map(|time| RemoteText::clean(time).to_string()),
    });
    Symptom {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        conditions: conditions.collect(),
        events: Vec::new(),
        revision: text_at(object, "/status/artifact/revision").map(RemoteText::clean),
        suspended: object.pointer("/spec/suspend").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn text_at<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

const GROUP: &str = "source.toolkit.fluxcd.io/";
/// source-controller writes at most seven types (`api/v1/condition_types.go`, flux-runtime's `meta`).
const MAX_CONDITIONS: usize = 32;

#[cfg(test)]
mod tests;
