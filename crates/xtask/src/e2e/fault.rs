//! What goes wrong on the way: packet filters in the network of a node or of the gateway, a cable that is pulled.
//!
//! Knows nftables. All of it is in a table of its own, so that it is gone with one command, whatever happened.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use lab::process;
use lab::programs::{IP, NFT};
use serde_json::Value;

use super::bench::{Bench, OUTSIDE, SWITCH};

/// What is done to packets of the git server on their way to the cluster. Nobody is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Large ones are lost: above 1340 bytes.
    Hole,
    /// All are lost after 150 kB of a connection: in the middle of the pack, whose first SSH packets hold 32 KiB each.
    Frozen,
    /// The second packet of each handshake is lost.
    LostSynAck,
}

impl Kind {
    const fn rule(self) -> &'static str {
        match self {
            Self::Hole => "ip length > 1340",
            Self::Frozen => "ct bytes > 150000",
            Self::LostSynAck => "tcp flags & (syn | ack) == syn | ack",
        }
    }
}

/// A fault that lasts until this is dropped.
#[derive(Debug)]
pub(super) struct Fault {
    place: String,
}

impl Fault {
    /// Puts it onto what comes in by `device` at this place.
    pub(super) fn put(kind: Kind, place: &str, device: &str) -> Result<Self> {
        // Behind conntrack (-200), which counts, and before the address is translated back (-100).
        let table = format!(
            "table {TABLE} {{\n\
               chain fault {{\n\
                 type filter hook prerouting priority -150;\n\
                 iifname \"{device}\" ip saddr {OUTSIDE} tcp sport 22 {} counter drop\n\
               }}\n\
             }}\n",
            kind.rule()
        );
        let fault = Self { place: place.to_owned() };
        process::run_fed(nft(place)?.args(["-f", "-"]), &table, process::QUICK)?.success("nft")?;
        Ok(fault)
    }

    /// How many packets it has taken so far.
    pub(super) fn taken(&self) -> Result<u64> {
        let mut list = nft(&self.place)?;
        list.args(["--json", "list", "table"]).args(TABLE.split(' '));
        let listed: Value = serde_json::from_str(&process::run(&mut list, process::QUICK)?.success("nft")?)?;
        let rules = listed["nftables"].as_array().context("nft lists no rules")?;
        let packets =
            |rule: &Value| rule["rule"]["expr"].as_array()?.iter().find_map(|part| part["counter"]["packets"].as_u64());
        rules.iter().find_map(packets).context("the rule of the fault is gone")
    }

    /// Waits until it has been met and something else is so too.
    pub(super) fn wait_struck(&self, bound: Duration, also: impl Fn() -> bool) -> Result<()> {
        let started = Instant::now();
        // Each look starts a program, so this is no busy loop.
        while self.taken()? == 0 || !also() {
            ensure!(
                started.elapsed() < bound,
                "the fault on {} was not met in the middle of a transfer within {bound:?}",
                self.place
            );
        }
        Ok(())
    }

    /// That it was met at all: else nothing that was seen says anything about it.
    pub(super) fn must_have_struck(&self) -> Result<()> {
        ensure!(self.taken()? > 0, "the fault on {} took no packet: the trial says nothing", self.place);
        Ok(())
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        remove(&self.place);
    }
}

/// A node whose cable is pulled out of the switch, until this is dropped.
#[derive(Debug)]
pub(super) struct Unplugged {
    node: String,
}

impl Unplugged {
    /// Pulls it.
    pub(super) fn pull(node: &str) -> Result<Self> {
        let unplugged = Self { node: node.to_owned() };
        plug(node, "down")?;
        Ok(unplugged)
    }
}

impl Drop for Unplugged {
    fn drop(&mut self) {
        // The sweep at the end tries again.
        let _ = plug(&self.node, "up");
    }
}

/// Takes all of it away from a node.
pub(super) fn mend(node: &str) {
    remove(node);
    // One that is not there needs nothing.
    let _ = plug(node, "up");
}

fn plug(node: &str, state: &str) -> Result<()> {
    // `npk-n2` is plugged in at `n2`.
    let port = node.rsplit('-').next().unwrap_or(node);
    let mut command = Bench::in_network(SWITCH, &IP.path()?)?;
    process::run(command.args(["link", "set", port, state]), process::QUICK)?.success("ip").map(drop)
}

/// Takes it away where it is.
pub(super) fn remove(place: &str) {
    let Ok(mut command) = nft(place) else { return };
    // One that is not there is as good; the sweep at the end looks again.
    let _ = process::run(command.args(["delete", "table"]).args(TABLE.split(' ')), process::QUICK);
}

fn nft(place: &str) -> Result<Command> {
    Bench::in_network(place, &NFT.path()?)
}

const TABLE: &str = "inet netprobe_e2e";
