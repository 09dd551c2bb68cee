//! Where a report was seen from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Objection;

/// The place, as far as it can matter to a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Vantage {
    /// What kind of place.
    pub kind: VantageKind,
    /// The machine's name.
    pub host_name: String,
    /// Kernel release, as `uname -r` prints it.
    pub kernel: String,
    /// Processors that this process may use.
    pub processors: u32,
    /// `net.ipv4.tcp_congestion_control`.
    pub congestion_control: String,
    /// Network interfaces that are up.
    pub interfaces: Vec<Interface>,
    /// Where in a cluster, if it is a pod that netprobe made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pod: Option<PodPlace>,
}

/// What kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VantageKind {
    /// A machine of a person's or a CI runner's.
    Workstation,
    /// A container.
    Container,
    /// A pod in a cluster.
    Pod,
}

/// Where a pod of netprobe's ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PodPlace {
    /// Name of the node (`spec.nodeName`).
    pub node: String,
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub name: String,
    /// Whose network it had.
    pub network: PodNetwork,
    /// How much it was like source-controller's pod.
    pub likeness: Likeness,
    /// Name of the Secret that it had to log in with; none where the GitRepository names none, or nobody told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret: Option<String>,
    /// Name of the Secret that it had the proxy from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proxy_secret: Option<String>,
    /// What is wrong with these Secrets, in the order in which source-controller would come upon it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub objections: Vec<Objection>,
}

/// Whose network a pod has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PodNetwork {
    /// Its own, as source-controller's.
    #[default]
    Pod,
    /// The node's (`hostNetwork`).
    Host,
}

impl PodNetwork {
    /// As it is typed and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::Host => "host",
        }
    }
}

/// How much of what may change a packet's fate a pod shares with source-controller's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// Another node or another namespace, or nobody knows where source-controller is.
    #[default]
    Elsewhere,
    /// Its node and its namespace, so that the same routes and the namespace's policies hold.
    Place,
    /// Also its DNS settings, host aliases, proxy variables and resource limits.
    Settings,
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its MTU.
    pub mtu_bytes: u32,
}
