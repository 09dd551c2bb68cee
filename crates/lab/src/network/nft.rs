//! Packet filters of a host: loading a table, and asking afterwards what its rules have met.
//!
//! A rule that met nothing was no fault. Therefore every rule of a fault counts, and the table is refused if none does.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::host::Host;
use crate::programs::NFT;

/// What one counting rule has met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The chain it is in.
    pub chain: String,
    /// Packets that came as far as its counter.
    pub packets: u64,
}

/// Loads `body` as `table inet NAME { … }` and makes sure that the kernel has a counting rule of it.
pub(super) fn load(host: &Host, table: &str, body: &str) -> Result<()> {
    host.must_read(&format!("table inet {table} {{\n{body}\n}}\n"), Command::new(NFT.path()?).args(["-f", "-"]))?;
    let counters = counted(host, table)?;
    ensure!(
        !counters.is_empty(),
        "no rule of `{table}` counts: write `counter` before its verdict, so that it can be seen to have met packets"
    );
    Ok(())
}

/// What the counting rules of a table have met, in their order.
pub(super) fn counted(host: &Host, table: &str) -> Result<Vec<Counted>> {
    let printed = host.must(Command::new(NFT.path()?).args(["-j", "list", "table", "inet", table]))?;
    counters(&serde_json::from_str(&printed)?).context("nft printed something unexpected")
}

fn counters(listing: &Value) -> Option<Vec<Counted>> {
    let rules = listing["nftables"].as_array()?.iter().map(|object| &object["rule"]);
    let counting = rules.filter_map(|rule| {
        let packets = rule["expr"].as_array()?.iter().find_map(|part| part["counter"]["packets"].as_u64())?;
        Some(Counted { chain: rule["chain"].as_str()?.to_owned(), packets })
    });
    Some(counting.collect())
}

/// A router that keeps to itself that a packet was too large (RFC 792, type 3 code 4; RFC 4443, type 2).
pub(super) const NO_WORD_OF_SIZE: &str = "chain output {
  type filter hook output priority 0;
  icmp type destination-unreachable icmp code 4 counter drop
  icmpv6 type packet-too-big counter drop
}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_among_rules_that_do_not_count() {
        let listing = serde_json::json!({"nftables": [
            {"metainfo": {"version": "1.0.6"}},
            {"table": {"name": "fault"}},
            {"rule": {"chain": "a", "expr": [{"match": {}}, {"counter": {"packets": 7, "bytes": 420}}, {"drop": null}]}},
            {"rule": {"chain": "b", "expr": [{"drop": null}]}},
        ]});
        assert_eq!(counters(&listing), Some(vec![Counted { chain: "a".to_owned(), packets: 7 }]));
    }
}
