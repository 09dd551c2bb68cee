//! What the machine itself says: interfaces, routes, kernel settings, limits, clock. Raw figures; what is too small or too
//! large is for `diagnose`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, Micros};

/// Something that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Found<T> {
    /// It is this.
    Value(T),
    /// It could not be had, and why: one clause.
    Absent(String),
}

impl<T> Found<T> {
    /// What was found.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent(_) => None,
        }
    }

    /// The same of what is found in it.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Found<U> {
        match self {
            Self::Value(value) => Found::Value(change(value)),
            Self::Absent(why) => Found::Absent(why),
        }
    }
}

impl<T, E: std::fmt::Display> From<Result<T, E>> for Found<T> {
    fn from(result: Result<T, E>) -> Self {
        result.map_or_else(|error| Self::Absent(error.to_string()), Self::Value)
    }
}

/// The machine, or the container, that a report is made on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Host {
    /// Network interfaces, those that are down among them.
    pub links: Found<Vec<Link>>,
    /// Kernel settings by the names that sysctl(8) has for them, such as `net.ipv4.tcp_mtu_probing`.
    pub settings: BTreeMap<String, Found<String>>,
    /// What the control group leaves of the processors.
    pub cpu: Found<CpuLimit>,
    /// What the control group leaves of the memory.
    pub memory: Found<MemoryLimit>,
    /// What says that this is a container, and which: files, variables, names of control groups. Empty where nothing does.
    pub container_signs: Vec<String>,
    /// Variables that name a proxy and are set.
    pub proxies: Vec<ProxyVariable>,
    /// The wall clock.
    pub clock: Found<WallClock>,
}

/// One network interface (rtnetlink(7)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// What kind the kernel says it is: `veth`, `vxlan`, `wireguard` …; none for hardware and for the loopback.
    pub kind: Option<String>,
    /// Whether it is up.
    pub up: bool,
    /// Its MTU.
    pub mtu_bytes: u32,
    /// Addresses with the length of their network's prefix.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Work that is left to the hardware or done on larger pieces than packets.
    pub offloads: Found<Offloads>,
}

/// What ethtool(8) shows with `-k`. A capture on a machine with these on shows packets that were never on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Offloads {
    /// TCP segmentation.
    pub tso: bool,
    /// Segmentation in the kernel, at the last moment.
    pub gso: bool,
    /// Packets put together on arrival.
    pub gro: bool,
    /// Checksums of what is sent.
    pub tx_checksum: bool,
    /// Checksums of what arrives.
    pub rx_checksum: bool,
}

/// The control group's share of the processors: the tightest limit from the own group upwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CpuLimit {
    /// Control groups version 1 or 2.
    pub cgroup_version: u8,
    /// The group with the limit, seen from the root of what is mounted here.
    pub group: String,
    /// Time on processors that is left for each period; none where there is no limit.
    pub quota_us: Option<Micros>,
    /// The period.
    pub period_us: Micros,
    /// What the limit has done since the group was made.
    pub throttling: Found<Throttling>,
}

/// How often and how long a control group was held because its quota was used up (`cpu.stat`, Linux
/// Documentation/scheduler/sched-bwc.rst).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Throttling {
    /// Periods in which the group had something to do.
    pub periods: u64,
    /// Periods among them in which it was held.
    pub throttled_periods: u64,
    /// How long it was held, over all processors.
    pub throttled_us: Micros,
}

/// The control group's share of the memory: the tightest limit from the own group upwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryLimit {
    /// Control groups version 1 or 2.
    pub cgroup_version: u8,
    /// The group with the limit, seen from the root of what is mounted here.
    pub group: String,
    /// The limit; none where there is none.
    pub limit: Option<Bytes>,
    /// In use by the group, files in memory included.
    pub used: Bytes,
}

/// A variable of the environment that names a proxy. What stands before an `@` is a secret and was not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProxyVariable {
    /// Its name.
    pub name: String,
    /// Scheme, host and port, or the list of `NO_PROXY`.
    pub value: String,
}

/// The kernel's opinion of the wall clock (adjtimex(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WallClock {
    /// Whether a time service told the kernel that the clock is right. Some machines have their time from a hypervisor and
    /// never say so.
    pub synchronised: bool,
    /// The most that the clock may be wrong, as far as the kernel was told.
    pub max_error_us: Micros,
    /// Seconds since 1970 in UTC.
    pub unix_seconds: i64,
}

/// The way that packets to one address take (rtnetlink(7), `ip route get`); asked of the kernel, with nothing sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// Where to.
    pub to: IpAddr,
    /// The rest; absent where there is no way, with the kernel's word.
    pub found: Found<RouteFound>,
    /// `IP_MTU` or `IPV6_MTU` of a socket that is connected to there: what TCP would begin with.
    pub path_mtu_bytes: Found<u32>,
}

/// What the kernel says of a way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RouteFound {
    /// The interface that packets leave by.
    pub device: Option<String>,
    /// Its MTU.
    pub device_mtu_bytes: Option<u32>,
    /// The next hop; none where the address is on the same link.
    pub gateway: Option<IpAddr>,
    /// The address that packets are sent from.
    pub source: Option<IpAddr>,
    /// Metrics of the route by the names of ip-route(8): `mtu`, `advmss`, `window`, `initcwnd` …; times in milliseconds.
    pub metrics: BTreeMap<String, u32>,
    /// Where a router told of a smaller packet size: how long that is still remembered.
    pub learned_mtu_expires_us: Option<Micros>,
}
