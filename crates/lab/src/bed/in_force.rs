//! Was it really broken? Asks the kernel and the link for every fault of a scenario, and refuses what nothing has met.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use model::Transport;

use crate::cpu_quota::{PERIOD_US, QuotaState, quota_of};
use crate::network::{Counted, Network};
use crate::record::FaultInForce;
use crate::scenario::{Content, Cpu, Machine, NftRules, SmallMtu, Sysctls, Tunnel};
use crate::servers::{NameServer, NameServerFaults};

/// Every fault with what is said of it now.
pub(super) fn read_back(
    content: &Content,
    transport: Transport,
    network: &Network,
    name_servers: &[NameServer],
    used: bool,
) -> Result<Vec<FaultInForce>> {
    let counters = network.link().counters()?;
    ensure!(counters.overflowed == 0, "the link was not equal to its task and dropped {} packets", counters.overflowed);
    let mut faults = Vec::new();
    for (impairment, counted) in content.link.iter().zip(&counters.impairments) {
        faults.push(FaultInForce {
            what: "link".to_owned(),
            set: format!("{impairment:?}"),
            read_back: format!("{} packets matched", counted.matched),
            struck: Some(counted.acted),
        });
    }
    // Silent routers make one hole: who is stopped by one of them never comes to the other.
    let silent = content.mtu.iter().filter(|mtu| !mtu.tells);
    let kept_back: u64 = silent.map(|mtu| network.words_of_size_kept_back(mtu.at)).sum::<Result<_>>()?;
    for mtu in &content.mtu {
        let struck = (!mtu.tells).then_some(kept_back);
        faults.push(FaultInForce { struck, ..small_mtu(mtu, network)? });
    }
    if let Some(set) = &content.tunnel {
        faults.push(tunnel(set, network)?);
    }
    for (number, rules) in content.nft.iter().enumerate() {
        faults.push(filter(rules, number, network)?);
    }
    for settings in &content.sysctl {
        faults.extend(kernel_settings(settings, network)?);
    }
    if let Some(limit) = content.cpu {
        faults.push(cpu(limit, network)?);
    }
    faults.extend(content.dns.iter().zip(name_servers).filter_map(|(faults, server)| name_server(faults, server)));
    faults.extend(servers(content, transport));
    if used {
        for fault in &faults {
            ensure!(
                fault.struck != Some(0),
                "nothing met the fault `{} {}`, so it proves nothing",
                fault.what,
                fault.set
            );
        }
    }
    Ok(faults)
}

/// What the path has counted, by direction.
pub(super) fn counters(network: &Network) -> Result<BTreeMap<String, u64>> {
    let counters = network.link().counters()?;
    let ways = [("to_client", counters.to_client), ("to_server", counters.to_server)];
    Ok(ways
        .iter()
        .flat_map(|(way, traffic)| {
            [
                (format!("{way}_packets_in"), traffic.packets_in),
                (format!("{way}_packets_out"), traffic.packets_out),
                (format!("{way}_bytes_in"), traffic.bytes_in),
                (format!("{way}_bytes_out"), traffic.bytes_out),
            ]
        })
        .collect())
}

/// The name of the table of the scenario's n-th packet filter.
pub(super) fn table(number: usize) -> String {
    format!("fault{number}")
}

fn small_mtu(mtu: &SmallMtu, network: &Network) -> Result<FaultInForce> {
    let now = network.mtu(mtu.at)?;
    ensure!(now == u32::from(mtu.bytes), "the MTU at {:?} was set to {} and is {now}", mtu.at, mtu.bytes);
    Ok(FaultInForce {
        what: format!("mtu at {:?}", mtu.at).to_lowercase(),
        set: format!("{}{}", mtu.bytes, if mtu.tells { "" } else { ", tells nobody" }),
        read_back: now.to_string(),
        struck: None,
    })
}

fn tunnel(set: &Tunnel, network: &Network) -> Result<FaultInForce> {
    let state = network.tunnel(set)?;
    Ok(FaultInForce {
        what: "tunnel".to_owned(),
        set: format!("{set:?}"),
        read_back: format!("MTU {}, {} packets", state.mtu, state.packets),
        struck: state.kept_back.or(Some(state.packets)),
    })
}

fn filter(rules: &NftRules, number: usize, network: &Network) -> Result<FaultInForce> {
    let counted = network.counted(rules.on, &table(number))?;
    Ok(FaultInForce {
        what: format!("nft on {:?}", rules.on).to_lowercase(),
        set: rules.rules.split_whitespace().collect::<Vec<_>>().join(" "),
        read_back: counted
            .iter()
            .map(|Counted { chain, packets }| format!("{chain} {packets}"))
            .collect::<Vec<_>>()
            .join(", "),
        struck: Some(counted.iter().map(|rule| rule.packets).sum()),
    })
}

/// A limit is met by whoever runs at all.
fn cpu(limit: Cpu, network: &Network) -> Result<FaultInForce> {
    let quota = network.host(Machine::Client).cpu().context("the client's processor is not limited")?;
    let QuotaState { quota_us, periods, held } = quota.state()?;
    ensure!(quota_us == quota_of(limit.share), "the processor was limited to {} and is to {quota_us} us", limit.share);
    Ok(FaultInForce {
        what: "cpu on client".to_owned(),
        set: format!("{} of one", limit.share),
        read_back: format!("{quota_us} us in {PERIOD_US}, used up in {held} of {periods} periods"),
        struck: Some(periods),
    })
}

/// None for one that is well, beside which another one is not.
fn name_server(faults: &NameServerFaults, server: &NameServer) -> Option<FaultInForce> {
    (*faults != NameServerFaults::default()).then(|| FaultInForce {
        what: "name server".to_owned(),
        set: format!("{faults:?}"),
        read_back: format!("{} questions", server.questions()),
        // Where nobody listens, nobody counts.
        struck: faults.listening.then(|| server.struck()),
    })
}

/// Faults of the servers hold from their start to their end, for who comes to them at all.
fn servers(content: &Content, transport: Transport) -> Vec<FaultInForce> {
    let fault = |what: &str, set: String, met: bool| FaultInForce {
        what: what.to_owned(),
        set,
        read_back: if met { "since the server's start" } else { "another server is asked" }.to_owned(),
        struck: (!met).then_some(0),
    };
    let over_ssh = transport == Transport::Ssh;
    let sshd = content.sshd.as_ref().map(|faults| fault("sshd", format!("{faults:?}"), over_ssh));
    let nginx = content.nginx.as_ref().map(|faults| fault("nginx", format!("{faults:?}"), !over_ssh));
    let git = content.git.as_ref().map(|faults| fault("git", format!("{faults:?}"), true));
    [sshd, nginx, git].into_iter().flatten().collect()
}

fn kernel_settings(settings: &Sysctls, network: &Network) -> Result<Vec<FaultInForce>> {
    let read = |(key, value): (&String, &String)| {
        let now = network.setting(settings.on, key)?;
        ensure!(
            now.split_whitespace().eq(value.split_whitespace()),
            "{key} at {:?} was set to {value} and is {now}",
            settings.on
        );
        Ok(FaultInForce { what: sysctl_at(settings.on), set: format!("{key} = {value}"), read_back: now, struck: None })
    };
    settings.set.iter().map(read).collect()
}

fn sysctl_at(machine: Machine) -> String {
    format!("sysctl on {machine:?}").to_lowercase()
}
