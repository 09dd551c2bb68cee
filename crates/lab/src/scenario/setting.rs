//! The parts of a scenario that are not broken: the path, the repository and the client.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::ensure;
use serde::Deserialize;

use crate::repository::Shape;
use crate::units::Delay;

/// `[path]`: the way between client and server before anything is broken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathSetting {
    /// Round trip time, half of it each way.
    pub rtt: Delay,
    /// Of both ends.
    pub congestion_control: CongestionControl,
    /// Families that the server's name leads to.
    pub addresses: Families,
    /// Whether the address stands in place of the name: of the first family in `addresses`.
    pub by_address: bool,
}

/// One or both families, each once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Family>")]
pub struct Families(Vec<Family>);

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// A kernel's way to find a sending rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CongestionControl {
    /// RFC 9438, the default of most kernels.
    Cubic,
    /// Estimates the bottleneck, and so hardly minds loss.
    Bbr,
    /// RFC 5681.
    Reno,
}

/// What is cloned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepositoryKind {
    /// About 600 kB of source code, a dozen branches.
    #[default]
    Small,
    /// About 8 MiB.
    Medium,
    /// About 40 MiB, 200 references.
    Large,
    /// About 40 MiB in forty files that do not compress, as images and archives have it.
    LargeFiles,
    /// 5,000 references, little behind them.
    ManyRefs,
    /// No commit at all.
    Empty,
}

/// `[client]`: who clones.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Client {
    /// `spec.timeout` for netprobe and for Flux's client, and when a clone that hangs is cut.
    pub timeout: Delay,
    /// The branch that is asked for.
    pub branch: String,
    /// Domains in which names are tried (resolv.conf(5)).
    pub search: Vec<String>,
    /// Names with fewer dots are tried in those domains first.
    pub ndots: Option<u8>,
    /// Further options of `netprobe run`.
    pub options: Vec<String>,
    /// Variables that netprobe, git and Flux's client find, such as those that name a proxy.
    pub environment: BTreeMap<String, String>,
}

impl Families {
    /// In the order of the file.
    pub fn as_slice(&self) -> &[Family] {
        &self.0
    }

    /// The first one of the file.
    pub fn first(&self) -> Family {
        self.0[0]
    }
}

impl CongestionControl {
    /// The kernel's word for it (tcp(7)).
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cubic => "cubic",
            Self::Bbr => "bbr",
            Self::Reno => "reno",
        }
    }
}

impl RepositoryKind {
    /// What to ask [`crate::repository::Repository`] for.
    pub fn shape(self) -> Shape {
        match self {
            Self::Small => Shape { branches: 12, tags: 4, ..Shape::source(600_000) },
            Self::Medium => Shape { branches: 12, tags: 4, ..Shape::source(8 << 20) },
            Self::Large => Shape { branches: 150, tags: 50, ..Shape::source(40 << 20) },
            Self::LargeFiles => Shape::random(40 << 20),
            Self::ManyRefs => Shape { branches: 4_000, tags: 1_000, ..Shape::tiny() },
            Self::Empty => Shape::empty(),
        }
    }
}

impl Default for PathSetting {
    fn default() -> Self {
        Self {
            rtt: Delay::from(Duration::from_millis(20)),
            congestion_control: CongestionControl::Cubic,
            addresses: Families(vec![Family::Ipv6, Family::Ipv4]),
            by_address: false,
        }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self {
            timeout: Delay::from(Duration::from_secs(15)),
            branch: "main".to_owned(),
            search: Vec::new(),
            ndots: None,
            options: Vec::new(),
            environment: BTreeMap::new(),
        }
    }
}

impl TryFrom<Vec<Family>> for Families {
    type Error = anyhow::Error;

    fn try_from(families: Vec<Family>) -> Result<Self, Self::Error> {
        let sound = matches!(families.as_slice(), [_]) || matches!(families.as_slice(), [one, other] if one != other);
        ensure!(sound, "expected one or two families, each once: [\"ipv4\"], [\"ipv6\"] or [\"ipv4\", \"ipv6\"]");
        Ok(Self(families))
    }
}
