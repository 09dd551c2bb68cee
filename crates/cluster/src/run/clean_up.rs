//! Taking the Job away again, and saying what could not be taken away.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use tokio::time::{Duration, Instant, sleep};

use crate::contact::Contact;
use crate::error::told;
use crate::job::JobWish;

/// The command that deletes everything of a run, for a program that has no time to do it itself.
pub fn delete_command(contact: &Contact, wish: &JobWish) -> String {
    format!("{} --namespace {} delete job,pod --selector {}", contact.kubectl(), wish.namespace, wish.selector())
}

/// What `--keep` says.
pub(super) fn kept(contact: &Contact, wish: &JobWish) -> String {
    format!("kept: Job {}/{}; delete it with `{}`", wish.namespace, wish.name(), delete_command(contact, wish))
}

/// What is said of a Job that may be another run's: the command deletes only this one's.
pub(super) fn unclear(contact: &Contact, wish: &JobWish) -> String {
    let (namespace, name) = (&wish.namespace, wish.name());
    let command = delete_command(contact, wish);
    format!("whether the Job {namespace}/{name} is this run's could not be seen; if it is, `{command}` deletes it")
}

/// Deletes the Job and lets its pod go with it: an unset policy would leave the pod behind, still running. Tries for 5 s.
pub(super) async fn delete(contact: &Contact, wish: &JobWish) -> Result<(), String> {
    let api: Api<Job> = Api::namespaced(contact.client(), &wish.namespace);
    let (name, begun) = (wish.name(), Instant::now());
    loop {
        let request = async {
            match api.delete(&name, &DeleteParams::background()).await {
                Ok(_) => Ok(Ok(())),
                Err(kube::Error::Api(status)) if status.is_not_found() => Ok(Ok(())),
                Err(kube::Error::Api(status)) if status.is_forbidden() => Ok(Err(told(&status))),
                Err(error) => Err(error),
            }
        };
        match contact.ask("Deleting the Job", request).await {
            Ok(done) => return done,
            Err(error) if begun.elapsed() >= DELETE_PATIENCE => return Err(error.why().to_owned()),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Waits until the pod is gone, for at most 10 s; says what is left.
pub(super) async fn wait_until_gone(contact: &Contact, wish: &JobWish, deleted: Result<(), String>) -> Option<String> {
    let (name, namespace) = (wish.name(), &wish.namespace);
    let command = delete_command(contact, wish);
    if let Err(why) = deleted {
        return Some(format!("Job {namespace}/{name} could not be deleted ({why}); delete it with `{command}`"));
    }
    let api: Api<Pod> = Api::namespaced(contact.client(), namespace);
    let selected = ListParams::default().labels(&wish.selector()).limit(10);
    let begun = Instant::now();
    let mut last = "nothing was seen of it".to_owned();
    while begun.elapsed() < GONE_PATIENCE {
        let rest = GONE_PATIENCE.saturating_sub(begun.elapsed());
        match tokio::time::timeout(rest, contact.ask("Looking for the Job's pod", api.list(&selected))).await {
            Ok(Ok(pods)) if pods.items.is_empty() => return None,
            Ok(Ok(pods)) => {
                let names: Vec<String> = pods.items.into_iter().filter_map(|pod| pod.metadata.name).collect();
                last = format!("still there: {}", names.join(", "));
            }
            Ok(Err(error)) => error.why().clone_into(&mut last),
            Err(_) => break,
        }
        sleep(PAUSE).await;
    }
    Some(format!(
        "Job {namespace}/{name} is deleted, but its pod was not gone after 10 s ({last}); `{command}` deletes what is left"
    ))
}

const DELETE_PATIENCE: Duration = Duration::from_secs(5);
/// A pod that was told to end has 5 s for it; the node tells a second or two later.
const GONE_PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);
