//! `netprobe run --from-node`: where in which cluster.

use std::path::PathBuf;

use super::agent::NetworkName;

/// The same plan from a node of a cluster. Most of it needs `--from-node`.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "From a node")]
pub(crate) struct FromNodeArgs {
    /// Measure from a node of the cluster too, in a pod, and put both side by side. Without NODE: the node on which Flux's
    /// source-controller runs. Without TARGET: the GitRepository of the cluster.
    #[arg(long, value_name = "NODE", num_args = 0..=1, require_equals = true, default_missing_value = FLUX)]
    pub(crate) from_node: Option<String>,

    /// Whose network the pod has.
    #[arg(long, value_enum, default_value_t, value_name = "NETWORK", requires = "from_node")]
    pub(crate) network: NetworkName,

    /// Measure from the node alone.
    #[arg(long, requires = "from_node")]
    pub(crate) no_local: bool,

    /// Where a `GitRepository` is looked for, and where the pod is made if there is none: with one, the pod goes where that
    /// is. Without it: all namespaces, and Flux's own, `flux-system`.
    #[arg(short, long, value_name = "NAMESPACE", requires = "from_node")]
    pub(crate) namespace: Option<String>,

    /// Which GitRepository, where the cluster or the manifest has several.
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub(crate) git_repository: Option<String>,

    /// The Secret to log in with, in place of the GitRepository's. It is mounted into the pod, and not read here.
    #[arg(long, value_name = "NAME", requires = "from_node")]
    pub(crate) secret: Option<String>,

    /// The image of netprobe. `netprobe image` makes one. Without it: `localhost/netprobe` of this version, which has to be
    /// on the node.
    #[arg(long, value_name = "IMAGE", env = "NETPROBE_IMAGE", default_value = IMAGE)]
    pub(crate) image: String,

    /// A Secret of the namespace for the registry that the image comes from.
    #[arg(long, value_name = "NAME", requires = "from_node")]
    pub(crate) image_pull_secret: Vec<String>,

    /// Leave the Job in the cluster, to look at it: Kubernetes deletes it ten minutes after its end.
    #[arg(long, requires = "from_node")]
    pub(crate) keep: bool,

    /// The configuration of the cluster. Without it: `KUBECONFIG`, else `~/.kube/config`.
    #[arg(long, value_name = "FILE", requires = "from_node")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// The context in it. Without it: the current one.
    #[arg(long, value_name = "NAME", requires = "from_node")]
    pub(crate) context: Option<String>,
}

/// The node on which Flux runs.
pub(crate) const FLUX: &str = "@flux";

/// A name below `localhost` is looked for on the node, and never taken from a registry of strangers.
const IMAGE: &str = concat!("localhost/netprobe:", env!("CARGO_PKG_VERSION"));
