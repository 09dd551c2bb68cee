//! The path of the laboratory: client – near router ═ emulated link ═ far router – server, in IPv4 and IPv6.
//!
//! Knows interfaces, addresses, routes and what of the kernel would make runs differ from each other. Refuses to know
//! servers and faults; those are put onto it. Each laboratory has the same addresses, since none sees another's.

mod address;
mod nft;
mod settings;
mod tunnel;

use std::process::Command;
use std::sync::Arc;

use anyhow::{Result, ensure};
use serde::Deserialize;

use crate::congestion_control::AllAllowed;
use crate::emulator::{Link, LinkPlan};
use crate::host::Host;
use crate::programs::{ETHTOOL, IP};
use crate::scenario::{Machine, Router};

pub use self::address::{CLIENT, FAR, NEAR, Pair, RESOLVERS, SERVER};
pub use self::nft::Counted;
pub use self::tunnel::TunnelState;

/// Four hosts in a row and the link in their middle.
#[derive(Debug)]
pub struct Network {
    // Ended first, while both of its ends are still there.
    link: Link,
    client: Arc<Host>,
    near: Arc<Host>,
    far: Arc<Host>,
    server: Arc<Host>,
    _congestion_control: AllAllowed,
}

impl Network {
    /// Builds it: interfaces that are up and addressed, packets that flow as `plan` lets them.
    pub fn up(plan: LinkPlan) -> Result<Self> {
        let congestion_control = AllAllowed::acquire()?;
        let start = |name| Host::start(name).map(Arc::new);
        let (client, near, far, server) = (start("client")?, start("near")?, start("far")?, start("server")?);
        for host in [&client, &near, &far, &server] {
            settings::same_in_every_run(host)?;
        }
        for router in [&near, &far] {
            settings::forward(router)?;
        }
        // The kernel knows the processes of this computer by our numbers only where we see them: not on the host.
        near.connect("lan0", &client, "eth0")?;
        far.connect("lan0", &server, "eth0")?;
        let link = Link::start(&near, &far, WAN, plan)?;
        client.batch(&address::leaf("eth0", CLIENT, NEAR.lan))?;
        server.batch(&address::leaf("eth0", SERVER, FAR.lan))?;
        near.batch(&address::router(&NEAR, &FAR))?;
        far.batch(&address::router(&FAR, &NEAR))?;
        near.batch(&address::resolvers("lan0"))?;
        for (host, device) in [(&client, "eth0"), (&near, "lan0"), (&far, "lan0"), (&server, "eth0")] {
            no_offloads(host, device)?;
        }
        Ok(Self { link, client, near, far, server, _congestion_control: congestion_control })
    }

    /// The host in this place.
    pub fn host(&self, place: Machine) -> &Arc<Host> {
        match place {
            Machine::Client => &self.client,
            Machine::Near => &self.near,
            Machine::Far => &self.far,
            Machine::Server => &self.server,
        }
    }

    /// The link between the routers.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Limits what this router may send over the link, and makes it tell senders so, or not.
    pub fn limit_mtu(&self, at: Router, bytes: u16, tells: bool) -> Result<()> {
        let host = self.host(at.into());
        host.must(Command::new(IP.path()?).args(["link", "set", WAN, "mtu", &bytes.to_string()]))?;
        let now = host.read_link(WAN)?;
        ensure!(now.mtu == u32::from(bytes), "the MTU of {} was set to {bytes} and is {}", host.name(), now.mtu);
        if !tells {
            nft::load(host, SILENCE, nft::NO_WORD_OF_SIZE)?;
        }
        Ok(())
    }

    /// Loads the body of an nftables table at this place. Its rules have to count, see [`Network::counted`].
    pub fn load_rules(&self, at: Machine, table: &str, body: &str) -> Result<()> {
        nft::load(self.host(at), table, body)
    }

    /// What the rules of a table have counted so far.
    pub fn counted(&self, at: Machine, table: &str) -> Result<Vec<Counted>> {
        nft::counted(self.host(at), table)
    }

    /// What the kernel says of the MTU towards the link.
    pub fn mtu(&self, at: Router) -> Result<u32> {
        Ok(self.host(at.into()).read_link(WAN)?.mtu)
    }

    /// How many words that a packet was too large this router has kept to itself.
    pub fn words_of_size_kept_back(&self, at: Router) -> Result<u64> {
        let counted = nft::counted(self.host(at.into()), SILENCE)?;
        Ok(counted.iter().map(|rule| rule.packets).sum())
    }

    /// What a kernel setting at this place is.
    pub fn setting(&self, at: Machine, key: &str) -> Result<String> {
        settings::read(self.host(at), key)
    }

    /// Sets a kernel setting at this place and reads it back.
    pub fn set(&self, at: Machine, key: &str, value: &str) -> Result<()> {
        settings::set(self.host(at), key, value)
    }
}

/// What `ip` says of an interface, as far as it matters here.
#[derive(Debug, Deserialize)]
struct LinkState {
    mtu: u32,
}

impl Host {
    /// Joins an interface of this host with one of another by a cable.
    fn connect(&self, device: &str, other: &Self, other_device: &str) -> Result<()> {
        let line = format!("link add {device} type veth peer name {other_device} netns {}\n", other.id());
        self.must_read_outside(&line, Command::new(IP.path()?).args(["-batch", "-"])).map(drop)
    }

    fn batch(&self, lines: &str) -> Result<()> {
        self.must_read(lines, Command::new(IP.path()?).args(["-batch", "-"])).map(drop)
    }

    fn read_link(&self, device: &str) -> Result<LinkState> {
        let printed = self.must(Command::new(IP.path()?).args(["-json", "link", "show", device]))?;
        let mut links: Vec<LinkState> = serde_json::from_str(&printed)?;
        links.pop().ok_or_else(|| anyhow::anyhow!("{} has no interface {device}", self.name()))
    }
}

/// Rules, counters and captures on a cable then meet the packets that the link meets, and no bundles of them.
fn no_offloads(host: &Host, device: &str) -> Result<()> {
    host.must(Command::new(ETHTOOL.path()?).args(["-K", device, "tso", "off", "gso", "off", "gro", "off"]))?;
    let features = host.must(Command::new(ETHTOOL.path()?).args(["-k", device]))?;
    for feature in ["tcp-segmentation-offload", "generic-segmentation-offload", "generic-receive-offload"] {
        ensure!(features.contains(&format!("{feature}: off")), "{feature} of {device} on {} is still on", host.name());
    }
    Ok(())
}

/// The routers' ends of the emulated link.
const WAN: &str = "wan0";
/// The table of a router that tells nobody.
const SILENCE: &str = "silence";

impl From<Router> for Machine {
    fn from(router: Router) -> Self {
        match router {
            Router::Near => Self::Near,
            Router::Far => Self::Far,
        }
    }
}
