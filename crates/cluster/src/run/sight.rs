//! What the API server shows of a run at one moment: the Job, its pod, its node, the events.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, Event, Node, Pod};
use kube::Api;
use kube::api::ListParams;
use tokio::time::Instant;

use crate::contact::Contact;
use crate::error::ClusterError;
use crate::job::{CONTAINER, JobWish};
use crate::state::{Sight, State, state};

/// The last that was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    job: Option<Job>,
    pod: Option<Pod>,
    node: Option<Node>,
    events: Vec<Event>,
    /// Where the run has come: its pod, and that one's node. Since when.
    place: Option<(Place, Instant)>,
}

type Place = (Option<String>, Option<String>);

impl Seen {
    /// Looks again: Job and pod always, the events while the pod does not run, the node where `node_too`,
    /// or where the pod gives a reason to.
    ///
    /// # Errors
    /// Where the API server does not say; what was seen before stays.
    pub(super) async fn look(&mut self, contact: &Contact, wish: &JobWish, node_too: bool) -> Result<(), ClusterError> {
        let jobs: Api<Job> = Api::namespaced(contact.client(), &wish.namespace);
        let pods: Api<Pod> = Api::namespaced(contact.client(), &wish.namespace);
        let name = wish.name();
        let selected = ListParams::default().labels(&wish.selector()).limit(10);
        let (job, pod) = tokio::join!(
            contact.ask("Looking at the Job", jobs.get_opt(&name)),
            contact.ask("Looking for the Job's pod", pods.list(&selected)),
        );
        self.job = job?;
        self.pod = pod?.items.into_iter().next();
        let place = (self.pod_name(), self.node_name());
        if self.place.as_ref().is_none_or(|(before, _)| *before != place) {
            self.place = Some((place, Instant::now()));
        }
        if !self.has_begun() {
            self.events = self.events(contact, wish).await.unwrap_or_default();
        }
        if (node_too || self.is_doubtful())
            && let Some(name) = self.node_name()
        {
            let nodes: Api<Node> = Api::all(contact.client());
            // May be forbidden: then the pod's own conditions have to do.
            if let Ok(node) = contact.ask("Looking at the node", nodes.get_opt(&name)).await {
                self.node = node;
            }
        }
        Ok(())
    }

    /// What it comes to. Each part of the way has its own patience: a node that an autoscaler made after two minutes has
    /// only begun with the pod.
    pub(super) fn state(&self, made: Instant) -> State {
        let since = self.place.as_ref().map_or(made, |(_, since)| *since);
        state(&Sight {
            job: self.job.as_ref(),
            pod: self.pod.as_ref(),
            node: self.node.as_ref(),
            events: &self.events,
            waited: since.elapsed(),
        })
    }

    /// Name of the pod, once there is one.
    pub(super) fn pod_name(&self) -> Option<String> {
        self.pod.as_ref().and_then(|pod| pod.metadata.name.clone())
    }

    /// The node that the pod was given.
    pub(super) fn node_name(&self) -> Option<String> {
        self.pod.as_ref().and_then(|pod| pod.spec.as_ref()?.node_name.clone())
    }

    /// True where the container runs or has run, so that there is a log to read.
    pub(super) fn has_begun(&self) -> bool {
        self.has_ended() || self.container().is_some_and(|state| state.running.is_some())
    }

    /// True where the container has run and ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ended().is_some_and(|ended| ended.started_at.is_some())
    }

    /// The container's termination message, once it has ended.
    pub(super) fn message(&self) -> Option<String> {
        self.ended().and_then(|ended| ended.message.clone())
    }

    fn ended(&self) -> Option<&ContainerStateTerminated> {
        self.container()?.terminated.as_ref()
    }

    /// The agent's own container: a sidecar that was put beside it has a life of its own.
    fn container(&self) -> Option<&ContainerState> {
        let statuses = self.pod.as_ref()?.status.as_ref()?.container_statuses.as_ref()?;
        statuses.iter().find(|status| status.name == CONTAINER)?.state.as_ref()
    }

    /// True while the pod is said to run and not to be ready: the sign of a node that stopped answering.
    fn is_doubtful(&self) -> bool {
        let conditions = self.pod.as_ref().and_then(|pod| pod.status.as_ref()?.conditions.as_ref());
        self.has_begun()
            && conditions
                .into_iter()
                .flatten()
                .any(|condition| condition.type_ == "Ready" && condition.status != "True")
    }

    /// Those of the pod; as long as there is none, those of the Job, where refusals stand.
    async fn events(&self, contact: &Contact, wish: &JobWish) -> Result<Vec<Event>, ClusterError> {
        let (kind, name) = self.pod_name().map_or_else(|| ("Job", wish.name()), |name| ("Pod", name));
        let about = format!("involvedObject.kind={kind},involvedObject.name={name}");
        let api: Api<Event> = Api::namespaced(contact.client(), &wish.namespace);
        let wish = ListParams::default().fields(&about).limit(100);
        contact.ask("Looking at the events", api.list(&wish)).await.map(|list| list.items)
    }
}
