//! How the client finds the server: name servers next to it, and the files that lead to them.

use std::iter::once;

use anyhow::{Result, ensure};

use super::NAME;
use crate::network::{Network, RESOLVERS, SERVER};
use crate::place::Place;
use crate::resolver::{ResolvConf, resolve_by};
use crate::scenario::{Content, Family, Machine};
use crate::servers::{NameServer, NameServerFaults, NameServerOptions, Zone};

/// Starts the scenario's name servers, and makes the client ask them, in their order, and nobody else.
pub(super) fn serve(content: &Content, network: &Network) -> Result<Vec<NameServer>> {
    let well = [NameServerFaults::default()];
    let faults = if content.dns.is_empty() { &well } else { content.dns.as_slice() };
    ensure!(faults.len() <= RESOLVERS.len(), "a client has {} name servers and not {}", RESOLVERS.len(), faults.len());
    let addresses: Vec<_> = content
        .path
        .addresses
        .as_slice()
        .iter()
        .map(|family| match family {
            Family::Ipv4 => SERVER.v4.into(),
            Family::Ipv6 => SERVER.v6.into(),
        })
        .collect();
    // Of its own domains a server says that a name is not there; of others, that it was not to be asked.
    let origins: Vec<&str> = once(ZONE).chain(content.client.search.iter().map(String::as_str)).collect();
    let zone = Zone::new(&origins)?.with(NAME, &addresses)?;
    let start = |(faults, at): (&NameServerFaults, &crate::network::Pair)| {
        NameServer::start(&NameServerOptions {
            place: Place::Host(network.host(Machine::Near).clone()),
            addresses: vec![at.v4.into()],
            zone: zone.clone(),
            faults: faults.clone(),
        })
    };
    let servers = faults.iter().zip(&RESOLVERS).map(start).collect::<Result<Vec<_>>>()?;
    let resolv_conf = ResolvConf {
        servers: RESOLVERS.iter().take(servers.len()).map(|at| at.v4.into()).collect(),
        search: content.client.search.clone(),
        ndots: content.client.ndots,
        timeout_secs: None,
    };
    resolve_by(network.host(Machine::Client), &resolv_conf, "")?;
    Ok(servers)
}

const ZONE: &str = "lab.test";
