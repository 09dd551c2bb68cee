//! The user's own computer: a machine on the switch of the bench, beside the nodes, with the same way out.
//!
//! Knows its interface, routes, resolver and home. It has no name in the file system: it is gone when this process is,
//! and its port on the switch with it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use lab::host::Host;
use lab::process;
use lab::programs::{ETHTOOL, IP};
use lab::workplace::Folder;

use super::bench::{Bench, OUTSIDE, SWITCH};

/// A machine and a home on it.
#[derive(Debug)]
pub(super) struct Workstation {
    host: Host,
    home: Folder,
}

impl Workstation {
    /// Plugs it in.
    pub(super) fn start() -> Result<Self> {
        let host = Host::start("workstation")?;
        let home = Folder::new("e2e")?;
        // The switch is known by its name where this process is, and nowhere on the new machine.
        let cable = format!("link add eth0 type veth peer name {PORT} netns {SWITCH}\n");
        host.must_read_outside(&cable, Command::new(IP.path()?).args(["-batch", "-"]))?;
        let addresses = "address add 10.90.0.100/24 dev eth0\n\
                         address add 2001:db8:90::100/64 dev eth0 nodad\n\
                         link set eth0 up\n\
                         route add default via 10.90.0.254\n\
                         route add ::/0 via 2001:db8:90::fe\n";
        host.must_read(addresses, Command::new(IP.path()?).args(["-batch", "-"]))?;
        host.must(Command::new(ETHTOOL.path()?).args(["-K", "eth0"]).args(NO_OFFLOADS))?;
        let mut plug = Bench::in_network(SWITCH, &IP.path()?)?;
        process::run(plug.args(["link", "set", PORT, "master", "lan0", "up"]), process::QUICK)?.success("ip")?;
        let mut plain = Bench::in_network(SWITCH, &ETHTOOL.path()?)?;
        process::run(plain.args(["-K", PORT]).args(NO_OFFLOADS), process::QUICK)?.success("ethtool")?;
        let resolver = home.path().join("resolv.conf");
        fs::write(&resolver, format!("nameserver {OUTSIDE}\n"))?;
        host.must(Command::new("mount").arg("--bind").arg(&resolver).arg("/etc/resolv.conf"))?;
        Ok(Self { host, home })
    }

    /// The machine, to run something on.
    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// Whatever a user keeps goes here.
    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }
}

/// Its end at the switch.
const PORT: &str = "e2e";
const NO_OFFLOADS: &[&str] = &["tso", "off", "gso", "off", "gro", "off"];
