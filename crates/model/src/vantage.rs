//! Where a report was seen from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its MTU.
    pub mtu_bytes: u32,
}
