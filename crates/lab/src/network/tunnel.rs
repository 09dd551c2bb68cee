//! A tunnel between the routers, as clusters have them: VXLAN (RFC 7348) over the emulated link, on Flannel's port.
//!
//! Knows the two interfaces and the routes through them. What passes is wrapped in packets of 50 bytes more, from router
//! to router, and meets the link as that. Refuses to know faults: a tunnel that is well is none.

use std::process::Command;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::address::{self, Pair, RouterAddresses};
use super::{FAR, NEAR, Network, nft};
use crate::host::Host;
use crate::programs::IP;
use crate::scenario::Tunnel;

/// What the kernel says of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TunnelState {
    /// Of the interfaces, in bytes.
    pub mtu: u32,
    /// Packets that went into it, on both sides together.
    pub packets: u64,
    /// Words that a packet was too large for it, kept back by both routers together; none where they tell.
    pub kept_back: Option<u64>,
}

impl Network {
    /// Makes everything between client and server go through a tunnel.
    pub fn dig(&self, tunnel: &Tunnel) -> Result<()> {
        let (near, far) = if tunnel.bridged { bridged(tunnel) } else { routed(tunnel) };
        for (router, lines) in [(&self.near, near), (&self.far, far)] {
            router.batch(&lines)?;
            if !tunnel.tells {
                nft::load(router, SILENCE, nft::NO_WORD_OF_SIZE)?;
            }
        }
        self.tunnel(tunnel).map(drop)
    }

    /// What has become of it. An interface that is not as it was made is an error.
    pub fn tunnel(&self, tunnel: &Tunnel) -> Result<TunnelState> {
        let mtu = u32::from(tunnel.mtu);
        let mut state = TunnelState { mtu, packets: 0, kept_back: None };
        for router in [&self.near, &self.far] {
            let device = read(router)?;
            let now = device.mtu;
            ensure!(now == mtu, "the MTU of the tunnel on {} was set to {mtu} and is {now}", router.name());
            state.packets += device.stats64.tx.packets;
            if !tunnel.tells {
                let kept_back: u64 = nft::counted(router, SILENCE)?.iter().map(|rule| rule.packets).sum();
                state.kept_back = Some(state.kept_back.unwrap_or(0) + kept_back);
            }
        }
        Ok(state)
    }
}

/// A network of its own between the routers, as Flannel makes it: each sends what is for the other's side into it.
fn routed(tunnel: &Tunnel) -> (String, String) {
    let end = |own: Pair, other: Pair, behind: &RouterAddresses| {
        // Known without asking: a question would cost the first packet a round trip.
        let known = |address: &dyn std::fmt::Display, host| {
            format!("neigh add {address} lladdr {} dev {TUNNEL}\n", link_address(host))
        };
        let host = other.v4.octets()[3];
        address::interface(TUNNEL, own)
            + &known(&other.v4, host)
            + &known(&other.v6, host)
            + &address::route("replace", behind.lan, other)
    };
    let near = device(tunnel, NEAR.wan, FAR.wan) + &end(NEAR_END, FAR_END, &FAR);
    let far = device(tunnel, FAR.wan, NEAR.wan) + &end(FAR_END, NEAR_END, &NEAR);
    (near, far)
}

/// The client's network stretched to the server's router: what is too large is lost between two cables, where nobody
/// could tell anybody. The name servers stay where they are.
fn bridged(tunnel: &Tunnel) -> (String, String) {
    let near = format!(
        "{}link set {TUNNEL} up\nlink add br0 type bridge\naddr flush dev lan0 scope global\n\
         link set lan0 master br0\nlink set {TUNNEL} master br0\nlink set br0 up\n{}",
        device(tunnel, NEAR.wan, FAR.wan),
        address::resolvers("br0")
    );
    let far = device(tunnel, FAR.wan, NEAR.wan)
        + &address::route("del", NEAR.lan, NEAR.wan)
        + &address::interface(TUNNEL, NEAR.lan);
    (near, far)
}

fn device(tunnel: &Tunnel, own: Pair, other: Pair) -> String {
    // With a `dev` the kernel would keep the MTU 50 bytes below that of the link, and say nothing.
    format!(
        "link add {TUNNEL} address {} type vxlan id 1 local {} remote {} dstport {PORT}\nlink set {TUNNEL} mtu {}\n",
        link_address(own.v4.octets()[3]),
        own.v4,
        other.v4,
        tunnel.mtu
    )
}

/// Of the tunnel's interface on the router with this number (locally administered, IEEE 802 §8.2.2).
fn link_address(host: u8) -> String {
    format!("02:00:00:00:00:{host:02x}")
}

/// As `ip -json -statistics` has it.
#[derive(Debug, Deserialize)]
struct Device {
    mtu: u32,
    stats64: Statistics,
}

#[derive(Debug, Deserialize)]
struct Statistics {
    tx: Sent,
}

#[derive(Debug, Deserialize)]
struct Sent {
    packets: u64,
}

fn read(router: &Host) -> Result<Device> {
    let printed = router.must(Command::new(IP.path()?).args(["-json", "-statistics", "link", "show", TUNNEL]))?;
    let mut devices: Vec<Device> = serde_json::from_str(&printed)?;
    devices.pop().ok_or_else(|| anyhow::anyhow!("{} has no interface {TUNNEL}", router.name()))
}

const NEAR_END: Pair = Pair::new(3, 1);
const FAR_END: Pair = Pair::new(3, 2);
/// The name that Flannel gives it; rules of a scenario may use it.
const TUNNEL: &str = "flannel.1";
/// Flannel's, and Linux's default from before RFC 7348.
const PORT: u16 = 8472;
/// The table of routers that tell nobody what the tunnel cannot carry.
const SILENCE: &str = "tunnel_silence";
