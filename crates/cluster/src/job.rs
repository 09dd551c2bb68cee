//! The Job that carries one plan out on a node: its manifest and nothing else. It refuses to know how it is submitted, and
//! no secret can be in it: it names Secrets, and the kubelet mounts them.

mod names;
mod pod;

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{HostAlias, Pod, PodDNSConfig, PodTemplateSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use model::{Likeness, Plan, PodNetwork};

pub(crate) use names::CONTAINER;
pub use names::RUN_ID_LABEL;

/// What is to run, and where.
#[derive(Debug, Clone)]
pub struct JobWish {
    /// Tells this run's objects from all others: lower-case letters and digits, at most 20.
    pub run_id: String,
    /// Where the Job is made. Its Secrets must be there.
    pub namespace: String,
    /// The node; none lets the scheduler choose one that is healthy.
    pub node: Option<String>,
    /// Whose network the pod has.
    pub network: PodNetwork,
    /// Reference of the image.
    pub image: String,
    /// Names of the Secrets with which the kubelet pulls it.
    pub pull_secrets: Vec<String>,
    /// What is to be measured.
    pub plan: Plan,
    /// Whether follow-ups may be added to the plan.
    pub follow_ups: bool,
    /// Name of the GitRepository's Secret.
    pub secret: Option<String>,
    /// Name of its proxy's Secret.
    pub proxy_secret: Option<String>,
    /// What is taken over from source-controller's pod.
    pub like: FluxSettings,
    /// How much the pod is like source-controller's, for the report.
    pub likeness: Likeness,
}

/// What may change a packet's fate in source-controller's pod and can be taken over.
#[derive(Debug, Clone, Default)]
pub struct FluxSettings {
    /// `spec.dnsPolicy`.
    pub dns_policy: Option<String>,
    /// `spec.dnsConfig`.
    pub dns_config: Option<PodDNSConfig>,
    /// `spec.hostAliases`.
    pub host_aliases: Vec<HostAlias>,
    /// The container's. Only the limits are taken over: a CPU limit slows TLS and unpacking down as it does Flux's.
    pub resources: Option<ResourceRequirements>,
    /// Proxy variables, name and value. Others, and those that hold a user, are left out of the manifest.
    pub variables: Vec<(String, String)>,
}

impl JobWish {
    /// Name of the Job: a DNS label of at most 63 characters, the same each time it is asked for.
    pub fn name(&self) -> String {
        names::job(&self.run_id, self.node.as_deref())
    }

    /// Selects the run's Job and its pod, and nothing of another run.
    pub fn selector(&self) -> String {
        format!("{RUN_ID_LABEL}={}", names::run_id(&self.run_id))
    }

    /// The Job.
    pub fn job(&self) -> Job {
        Job {
            metadata: ObjectMeta {
                name: Some(self.name()),
                namespace: Some(self.namespace.clone()),
                labels: Some(names::labels(self)),
                annotations: Some(names::annotations(self)),
                ..ObjectMeta::default()
            },
            spec: Some(JobSpec {
                completions: Some(1),
                parallelism: Some(1),
                // A second pod would measure another moment, and the first one's log is wanted.
                backoff_limit: Some(0),
                // Without this, a pod that is being evicted is replaced while it still ends (Kubernetes 1.34).
                pod_replacement_policy: Some("Failed".to_owned()),
                active_deadline_seconds: Some(self.pod_deadline_seconds().saturating_add(TO_BE_PLACED_SECONDS)),
                ttl_seconds_after_finished: Some(KEPT_SECONDS),
                template: PodTemplateSpec {
                    metadata: Some(ObjectMeta {
                        labels: Some(names::pod_labels(self)),
                        annotations: Some(names::pod_annotations(self)),
                        ..ObjectMeta::default()
                    }),
                    spec: Some(pod::spec(self)),
                },
                ..JobSpec::default()
            }),
            status: None,
        }
    }

    /// The Job's pod by itself, for a server-side dry run: a Job is accepted even where all its pods will be refused.
    pub fn pod(&self) -> Pod {
        Pod {
            metadata: ObjectMeta {
                name: Some(self.name()),
                namespace: Some(self.namespace.clone()),
                labels: Some(names::pod_labels(self)),
                annotations: Some(names::pod_annotations(self)),
                ..ObjectMeta::default()
            },
            spec: Some(pod::spec(self)),
            status: None,
        }
    }

    /// The agent keeps to its budget; the pod's deadline is for one that does not. It counts from the kubelet's first look at
    /// the pod, so that the pulling of the image is in it.
    fn pod_deadline_seconds(&self) -> i64 {
        let budget = self.plan.budget_us.0.div_ceil(1_000_000);
        i64::try_from(budget).unwrap_or(i64::MAX).min(MAX_BUDGET_SECONDS).saturating_add(TO_BEGIN_AND_END_SECONDS)
    }
}

/// For the image, the sandbox, the Secret, and the report's way out.
const TO_BEGIN_AND_END_SECONDS: i64 = 60;
/// For the scheduler. The Job's deadline deletes the pod with its log, so it must come last by far.
const TO_BE_PLACED_SECONDS: i64 = 60;
/// After these, the cluster deletes what a killed netprobe left. It takes the log with it, so not before it was read.
const KEPT_SECONDS: i32 = 600;
/// A day. The API takes deadlines of up to 2^31 - 1 seconds.
const MAX_BUDGET_SECONDS: i64 = 86_400;
