//! Faults that the kernel makes, as a scenario writes them.
//!
//! Knows what can be asked for. Refuses to put anything in force: the laboratory does.

use std::collections::BTreeMap;

use anyhow::ensure;
use serde::Deserialize;

use crate::cpu_quota::quota_of;
use crate::units::Fraction;

/// A machine of the laboratory: client - near - far - server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Machine {
    /// Where netprobe, git and Flux's client run.
    Client,
    /// The router next to the client.
    Near,
    /// The router next to the server.
    Far,
    /// Where the repository is.
    Server,
}

/// One of the two routers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Router {
    /// Next to the client: its side of the wide area network limits what goes to the server.
    Near,
    /// Next to the server: limits what goes to the client.
    Far,
}

/// `[[mtu]]`: a smaller MTU on a router's side of the wide area network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "MtuDraft")]
pub struct SmallMtu {
    /// Whose.
    pub at: Router,
    /// 576 to 1499. Below 1280 the kernel switches IPv6 off on that interface (RFC 8200 §5).
    pub bytes: u16,
    /// Whether *fragmentation needed* and *packet too big* leave that router.
    pub tells: bool,
}

/// `[tunnel]`: a VXLAN tunnel between the routers, through which everything between client and server goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "TunnelDraft")]
pub struct Tunnel {
    /// Of its interfaces: 1280 to 1500, 1450 where nothing is said. With more than 1450 the link has to carry fragments.
    pub mtu: u16,
    /// Whether *fragmentation needed* and *packet too big* leave the routers.
    pub tells: bool,
    /// Whether it is joined to the client's cable by a bridge, in place of a route: nobody can tell the client then.
    pub bridged: bool,
}

/// `[[nft]]`: the body of `table inet fault { … }` on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NftDraft")]
pub struct NftRules {
    /// Whose table.
    pub on: Machine,
    /// The body, with at least one `counter`: a rule that counted nothing was not in force.
    pub rules: String,
}

/// `[[sysctl]]`: kernel settings of one machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SysctlDraft")]
pub struct Sysctls {
    /// Whose.
    pub on: Machine,
    /// Name, with dots, to value.
    pub set: BTreeMap<String, String>,
}

/// `[cpu]`: what the client's processes may use of one processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "CpuDraft")]
pub struct Cpu {
    /// At least 1 %, which is the least that the kernel takes for a tenth of a second.
    pub share: Fraction,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CpuDraft {
    share: Fraction,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MtuDraft {
    at: Router,
    bytes: u16,
    #[serde(default = "yes")]
    tells: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TunnelDraft {
    #[serde(default = "flannel")]
    mtu: u16,
    #[serde(default = "yes")]
    tells: bool,
    #[serde(default)]
    bridged: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NftDraft {
    on: Machine,
    rules: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SysctlDraft {
    on: Machine,
    set: BTreeMap<String, String>,
}

impl TryFrom<MtuDraft> for SmallMtu {
    type Error = anyhow::Error;

    fn try_from(MtuDraft { at, bytes, tells }: MtuDraft) -> Result<Self, Self::Error> {
        // 576 is what every IPv4 host must take (RFC 1122 §3.3.2); 1500 is what the path has without a fault.
        ensure!((576..1500).contains(&bytes), "an MTU of {bytes} is no fault of this path: expected 576 to 1499");
        Ok(Self { at, bytes, tells })
    }
}

impl TryFrom<TunnelDraft> for Tunnel {
    type Error = anyhow::Error;

    fn try_from(TunnelDraft { mtu, tells, bridged }: TunnelDraft) -> Result<Self, Self::Error> {
        // Below 1280 there is no IPv6 (RFC 8200 §5); 1500 is what the client and the server have.
        ensure!((1280..=1500).contains(&mtu), "a tunnel with an MTU of {mtu}: expected 1280 to 1500");
        Ok(Self { mtu, tells, bridged })
    }
}

impl TryFrom<CpuDraft> for Cpu {
    type Error = anyhow::Error;

    fn try_from(CpuDraft { share }: CpuDraft) -> Result<Self, Self::Error> {
        // sched-bwc.rst: a quota is at least 1 ms, and the laboratory's period is 100 ms.
        ensure!(quota_of(share) >= 1_000, "a share of {share}: expected at least 1%");
        Ok(Self { share })
    }
}

impl TryFrom<NftDraft> for NftRules {
    type Error = anyhow::Error;

    fn try_from(NftDraft { on, rules }: NftDraft) -> Result<Self, Self::Error> {
        let counts = rules.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "counter");
        ensure!(
            counts,
            "`rules` without the word `counter` could not be seen to be in force: add it before the verdict"
        );
        Ok(Self { on, rules })
    }
}

impl TryFrom<SysctlDraft> for Sysctls {
    type Error = anyhow::Error;

    fn try_from(SysctlDraft { on, set }: SysctlDraft) -> Result<Self, Self::Error> {
        ensure!(!set.is_empty(), "`set` is empty: expected settings, as in {{ \"net.ipv4.tcp_sack\" = \"0\" }}");
        // Others belong to the whole computer, not to a machine of the laboratory.
        let elsewhere = set.keys().find(|name| !name.starts_with("net."));
        ensure!(
            elsewhere.is_none(),
            "`{}` is not a setting of a network: expected `net.…`",
            elsewhere.map_or("", |n| n)
        );
        Ok(Self { on, set })
    }
}

/// What VXLAN over IPv4 leaves of 1500 bytes, and so what Flannel sets.
const fn flannel() -> u16 {
    1450
}

const fn yes() -> bool {
    true
}
