//! A scenario put in force: the path, the servers at its end, and a client that nobody has used.
//!
//! Knows how each part of a scenario's file is made true, and how to make sure afterwards that it was. Refuses to know
//! who will use the bed and what for.

mod client;
mod in_force;
mod names;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use model::Transport;

pub(crate) use self::client::NOBODY;

use self::client::ClientFiles;
use crate::cpu_quota::CpuQuota;
use crate::emulator::{Effect, Impairment, LinkPlan};
use crate::git::Access;
use crate::host::Host;
use crate::network::{Network, SERVER};
use crate::place::Place;
use crate::question::Question;
use crate::record::FaultInForce;
use crate::repository::Repository;
use crate::scenario::{Content, Family, Machine, Scenario};
use crate::servers::{NameServer, Nginx, NginxOptions, Sshd, SshdOptions};
use crate::units::Delay;

/// A broken network with servers in it. Everything in it ends when it is dropped.
#[derive(Debug)]
pub struct Bed {
    content: Content,
    transport: Transport,
    url: String,
    client: ClientFiles,
    // Servers end before the hosts that they run on.
    _servers: Servers,
    name_servers: Vec<NameServer>,
    network: Network,
    repository: Arc<Repository>,
}

/// What serves the repository.
#[derive(Debug)]
enum Servers {
    Sshd { _server: Sshd },
    Nginx { _server: Nginx },
}

impl Bed {
    /// Builds the scenario for one transport; a fault that cannot be put in force is an error.
    pub fn build(scenario: &Scenario, transport: Transport) -> Result<Self> {
        Self::build_with(scenario, transport, &[])
    }

    /// The same with this in the environment of git on the server.
    pub fn build_with(scenario: &Scenario, transport: Transport, environment: &[(String, String)]) -> Result<Self> {
        Self::of(&scenario.content, transport, environment).with_context(|| format!("cannot build `{}`", scenario.name))
    }

    fn of(content: &Content, transport: Transport, environment: &[(String, String)]) -> Result<Self> {
        let network = Network::up(link_plan(&content.link, content.path.rtt.duration()))?;
        for machine in [Machine::Client, Machine::Server] {
            network.set(machine, CONGESTION_CONTROL, content.path.congestion_control.word())?;
        }
        let name_servers = names::serve(content, &network)?;
        let repository = Repository::shared(&content.repository.shape.shape())?;
        let host = network.host(Machine::Server);
        let (servers, url, access) = serve(content, transport, host, &repository.path(), environment)?;
        let client = ClientFiles::create(&access)?;
        break_kernel(content, &network)?;
        if let Some(cpu) = &content.cpu {
            network.host(Machine::Client).limit_cpu(CpuQuota::new(cpu.share)?)?;
        }
        Ok(Self {
            content: content.clone(),
            transport,
            url,
            client,
            _servers: servers,
            name_servers,
            network,
            repository,
        })
    }

    /// The machine to clone from.
    pub fn client(&self) -> &Arc<Host> {
        self.network.host(Machine::Client)
    }

    /// The same as a place.
    pub fn client_place(&self) -> Place {
        Place::Host(Arc::clone(self.client()))
    }

    /// A folder of the client's own, which any user may write to.
    pub fn home(&self) -> &Path {
        self.client.folder()
    }

    /// What to clone.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What lets the client in.
    pub fn access(&self) -> Access {
        self.client.access()
    }

    /// What netprobe is asked here.
    pub(crate) fn question(&self) -> Question<'_> {
        Question { client: &self.content.client, access: self.access(), url: self.url().to_owned() }
    }

    /// The path itself, for who wants to change it while it is used.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What the repository that it serves can be kept by: the next bed then need not make it again.
    pub fn repository(&self) -> &Arc<Repository> {
        &self.repository
    }

    /// The link's plan with these faults in place of the scenario's, over the same distance.
    pub fn link_plan_with(&self, faults: &[Impairment]) -> LinkPlan {
        link_plan(faults, self.content.path.rtt.duration())
    }

    /// Every fault with what the kernel and the link say of it now. A fault that is not in force is an error, and so is
    /// one that nothing has met, if `used`.
    pub fn faults_in_force(&self, used: bool) -> Result<Vec<FaultInForce>> {
        in_force::read_back(&self.content, self.transport, &self.network, &self.name_servers, used)
    }

    /// What the path has counted.
    pub fn counters(&self) -> Result<BTreeMap<String, u64>> {
        in_force::counters(&self.network)
    }
}

/// These impairments, and then the plain delay of the path.
fn link_plan(faults: &[Impairment], rtt: Duration) -> LinkPlan {
    let one_way = Effect::Delay { delay: Delay::from(rtt / 2), jitter: Delay::from(Duration::ZERO) };
    let delay = (!rtt.is_zero()).then(|| Impairment::from(one_way));
    LinkPlan::new(faults.iter().cloned().chain(delay).collect())
}

fn serve(
    content: &Content,
    transport: Transport,
    host: &Arc<Host>,
    repository: &Path,
    environment: &[(String, String)],
) -> Result<(Servers, String, Access)> {
    let addresses = SERVER.both().map(|address| address.to_string());
    let names = [NAME, &addresses[0], &addresses[1]];
    let name = match (content.path.by_address, content.path.addresses.first()) {
        (false, _) => NAME.to_owned(),
        (true, Family::Ipv4) => SERVER.v4.to_string(),
        (true, Family::Ipv6) => format!("[{}]", SERVER.v6),
    };
    let (sshd, nginx, git) = (content.sshd.clone(), content.nginx.clone(), content.git.clone());
    if transport == Transport::Ssh {
        let options = SshdOptions {
            environment: environment.to_vec(),
            faults: sshd.unwrap_or_default(),
            git: git.unwrap_or_default(),
            ..SshdOptions::on(host, &names)
        };
        let server = Sshd::start(&options)?;
        let (url, access) = (server.url_for(&name, repository), server.access());
        return Ok((Servers::Sshd { _server: server }, url, access));
    }
    let options = NginxOptions {
        environment: environment.to_vec(),
        faults: nginx.unwrap_or_default(),
        git: git.unwrap_or_default(),
        ..NginxOptions::on(host, &names)
    };
    let server = Nginx::start(&options)?;
    let path = server.add_repository("fleet.git", repository)?;
    let url = match transport {
        Transport::Https => server.https_url_for(&name, &path),
        _ => server.http_url_for(&name, &path),
    };
    let access = server.access();
    Ok((Servers::Nginx { _server: server }, url, access))
}

/// What the kernels of the four hosts do wrong. Last, since nothing that builds the bed may meet it.
fn break_kernel(content: &Content, network: &Network) -> Result<()> {
    if let Some(tunnel) = &content.tunnel {
        network.dig(tunnel)?;
    }
    for mtu in &content.mtu {
        network.limit_mtu(mtu.at, mtu.bytes, mtu.tells)?;
    }
    for (number, table) in content.nft.iter().enumerate() {
        network.load_rules(table.on, &in_force::table(number), &table.rules)?;
    }
    for settings in &content.sysctl {
        for (key, value) in &settings.set {
            network.set(settings.on, key, value)?;
        }
    }
    Ok(())
}

/// The server's name. RFC 2606 keeps `.test` free of anybody else.
pub(crate) const NAME: &str = "git.lab.test";
const CONGESTION_CONTROL: &str = "net.ipv4.tcp_congestion_control";
