//! Handing the Job over: once. A POST that was not answered may have worked, so it is looked up, never repeated.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::PostParams;
use kube::core::Status;
use tokio::time::{Duration, sleep};

use super::faults;
use crate::contact::Contact;
use crate::error::ClusterError;
use crate::job::{JobWish, RUN_ID_LABEL};
use crate::rights::may_create_pods;
use crate::state::PodFault;

/// What became of the POST.
pub(super) enum Submitted {
    /// The Job is there, and it is this run's.
    Made,
    /// It is not there, or nobody knows.
    Refused(PodFault),
    /// There is another run's of the same name: not to be touched.
    Foreign(PodFault),
    /// There is one of the same name, and nobody can tell whose: not to be touched either.
    Unclear(PodFault),
}

/// Lets the API server try the pod out without making it (`dryRun=All`): Pod Security, quotas, webhooks and a missing
/// service account refuse pods, while a Job whose pods they will refuse is accepted. Needs `create` of pods, and says
/// nothing where that is not granted.
///
/// # Errors
/// The refusal, word for word.
pub async fn check_admission(contact: &Contact, wish: &JobWish) -> Result<(), PodFault> {
    if !may_create_pods(contact, &wish.namespace).await {
        return Ok(());
    }
    let api: Api<Pod> = Api::namespaced(contact.client(), &wish.namespace);
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    let pod = wish.pod();
    let request = async {
        match api.create(&dry, &pod).await {
            Err(kube::Error::Api(status)) if is_refusal(&status) => Ok(Some(status)),
            answer => answer.map(|_| None),
        }
    };
    match contact.ask("Trying the pod out (dry run)", request).await {
        Ok(Some(refusal)) => Err(faults::not_admitted(wish, &refusal)),
        // A webhook that knows no dry runs (400), or no answer: the Job itself will show it.
        Ok(None) | Err(_) => Ok(()),
    }
}

/// Creates the Job with exactly one POST.
pub(super) async fn submit(contact: &Contact, wish: &JobWish) -> Submitted {
    let api: Api<Job> = Api::namespaced(contact.client(), &wish.namespace);
    let job = wish.job();
    let request = async {
        match api.create(&PostParams::default(), &job).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(Created::WasThere),
            answer => answer.map(|_| Created::Made),
        }
    };
    match contact.ask("Creating the Job", request).await {
        Ok(Created::Made) => Submitted::Made,
        Ok(Created::WasThere) => look_up(contact, wish, None).await,
        Err(error @ ClusterError::Unreachable { .. }) => look_up(contact, wish, Some(error)).await,
        Err(error) => Submitted::Refused(faults::not_created(&error)),
    }
}

enum Created {
    Made,
    WasThere,
}

/// Whether the Job of this name is this run's. `unanswered` is how the POST failed.
async fn look_up(contact: &Contact, wish: &JobWish, unanswered: Option<ClusterError>) -> Submitted {
    let api: Api<Job> = Api::namespaced(contact.client(), &wish.namespace);
    let name = wish.name();
    let was_there = unanswered.is_none();
    let mut failure = unanswered;
    for attempt in 0..LOOK_UPS {
        if attempt > 0 {
            sleep(PAUSE).await;
        }
        match contact.ask("Looking for the Job", api.get_opt(&name)).await {
            Ok(Some(job)) if is_own(&job, wish) => return Submitted::Made,
            Ok(Some(_)) => return Submitted::Foreign(faults::name_is_taken(wish)),
            // It may still be under way inside the API server.
            Ok(None) => {}
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if was_there => Submitted::Unclear(faults::not_created(&error)),
        Some(error) => Submitted::Refused(faults::not_created(&error)),
        None => Submitted::Refused(faults::vanished(wish)),
    }
}

fn is_own(job: &Job, wish: &JobWish) -> bool {
    let run = |job: &Job| job.metadata.labels.as_ref().and_then(|labels| labels.get(RUN_ID_LABEL)).cloned();
    run(job).is_some() && run(job) == run(&wish.job())
}

/// What would be said of the real pod too: 403 by admission, 404 for the namespace, 422 for a field.
fn is_refusal(status: &Status) -> bool {
    status.is_forbidden() || status.is_not_found() || status.is_invalid()
}

const LOOK_UPS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
