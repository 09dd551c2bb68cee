//! `netprobe agent`: what a pod is started with.

use std::path::PathBuf;

use clap::ValueEnum;
use model::{Likeness, Plan, PodNetwork};

/// Carry out a plan and write the report to stdout, framed: what `run --from-node` starts in a pod.
///
/// Each line is a frame of netprobe's own, checked at the end by a SHA-256; `run --from-node` reads them out of the pod's
/// log. It exits with 0 once the report is out, whatever it says. Where it runs is taken from `NETPROBE_NODE`,
/// `NETPROBE_NAMESPACE` and `NETPROBE_POD`.
#[derive(Debug, clap::Args)]
pub(crate) struct AgentArgs {
    /// What to measure, as JSON: the `plan` of a report.
    #[arg(long, value_name = "JSON", value_parser = plan)]
    pub(crate) plan: Box<Plan>,

    /// Make the runs of the plan and no others.
    #[arg(long)]
    pub(crate) no_follow_up: bool,

    /// The folder at which the GitRepository's Secret is mounted.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) secret_folder: Option<PathBuf>,

    /// The name of that Secret, for the report.
    #[arg(long, value_name = "NAME")]
    pub(crate) secret_name: Option<String>,

    /// The folder at which the Secret of its proxy is mounted.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) proxy_secret_folder: Option<PathBuf>,

    /// The name of that Secret.
    #[arg(long, value_name = "NAME")]
    pub(crate) proxy_secret_name: Option<String>,

    /// Whose network this pod has.
    #[arg(long, value_enum, default_value_t, value_name = "NETWORK")]
    pub(crate) network: NetworkName,

    /// How much this pod is like source-controller's.
    #[arg(long, value_enum, default_value_t, value_name = "LIKENESS")]
    pub(crate) likeness: LikenessName,

    /// Where the last words go that Kubernetes keeps beside the log.
    #[arg(long, value_name = "FILE", default_value = "/dev/termination-log")]
    pub(crate) last_words: PathBuf,
}

fn plan(text: &str) -> Result<Box<Plan>, String> {
    serde_json::from_str(text).map_err(|error| format!("it is not the plan of a report: {error}"))
}

/// [`PodNetwork`] as it is typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum NetworkName {
    /// The pod's own, as source-controller's.
    #[default]
    Pod,
    /// The node's (`hostNetwork`), for which a namespace must allow privileged pods.
    Host,
}

impl From<NetworkName> for PodNetwork {
    fn from(name: NetworkName) -> Self {
        match name {
            NetworkName::Pod => Self::Pod,
            NetworkName::Host => Self::Host,
        }
    }
}

/// [`Likeness`] as it is typed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum LikenessName {
    /// Another node or another namespace.
    #[default]
    Elsewhere,
    /// Its node and its namespace.
    Place,
    /// Its settings too.
    Settings,
}

impl From<LikenessName> for Likeness {
    fn from(name: LikenessName) -> Self {
        match name {
            LikenessName::Elsewhere => Self::Elsewhere,
            LikenessName::Place => Self::Place,
            LikenessName::Settings => Self::Settings,
        }
    }
}
