//! A GitRepository and what source-controller writes into it.
//!
//! Knows the object's conditions and how a sync is asked for (flux-git.md §1.5). Refuses to know why one fails.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::kube::Kube;

/// One GitRepository.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) kube: &'a Kube,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl Source<'_> {
    /// Waits until what is there has been fetched.
    pub(super) fn wait_ready(&self) -> Result<()> {
        self.watch(PATIENCE, |object| condition(object, "Ready").is_some_and(|ready| ready["status"] == "True"))
            .map(drop)
    }

    /// Waits until a sync has failed, and returns the message of the condition Ready.
    pub(super) fn wait_failed(&self) -> Result<String> {
        let failed = |object: &Value| condition(object, "Ready").is_some_and(|ready| ready["status"] == "False");
        message(&self.watch(PATIENCE, failed)?)
    }

    /// Asks for a sync and returns the word by which it is known.
    pub(super) fn ask(&self) -> Result<String> {
        let word = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos().to_string();
        let annotation = format!("reconcile.fluxcd.io/requestedAt={word}");
        let name = format!("gitrepository/{}", self.name);
        self.kube.run(&["--namespace", self.namespace, "annotate", "--overwrite", &name, &annotation])?;
        Ok(word)
    }

    /// The message of the condition Ready when the sync that was asked for with this word has failed.
    pub(super) fn failure(&self, word: &str) -> Result<String> {
        let failed = |object: &Value| {
            let is = |kind, key: &str, value| condition(object, kind).is_some_and(|found| found[key] == value);
            object["status"]["lastHandledReconcileAt"] == word
                && is("Ready", "status", "False")
                // A failure of an earlier sync stands there while the new one goes on, with another reason.
                && is("Reconciling", "reason", "ProgressingWithRetry")
        };
        message(&self.watch(PATIENCE, failed)?)
    }

    /// Waits until a sync has begun that is not over.
    pub(super) fn wait_syncing(&self) -> Result<()> {
        self.watch(PATIENCE, |object| {
            condition(object, "Reconciling").is_some_and(|found| found["reason"] == "Progressing")
        })
        .map(drop)
    }

    /// Status and message of the condition Ready at this moment.
    pub(super) fn ready(&self) -> Result<(String, String)> {
        let object = self.kube.json(&["--namespace", self.namespace, "get", "gitrepository", self.name])?;
        let ready = condition(&object, "Ready").context("no condition Ready")?;
        let text = |key: &str| ready[key].as_str().unwrap_or_default().to_owned();
        Ok((text("status"), text("message")))
    }

    fn watch(&self, bound: Duration, wanted: impl FnMut(&Value) -> bool) -> Result<Value> {
        self.kube.watch(&["--namespace", self.namespace, "gitrepository", self.name], bound, wanted)
    }
}

/// That of the condition Ready.
fn message(object: &Value) -> Result<String> {
    let ready = condition(object, "Ready").context("no condition Ready")?;
    Ok(ready["message"].as_str().context("a condition without a message")?.to_owned())
}

fn condition<'v>(object: &'v Value, kind: &str) -> Option<&'v Value> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}

/// The timeout of the objects is below it.
const PATIENCE: Duration = Duration::from_secs(45);
