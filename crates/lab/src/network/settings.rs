//! Kernel settings of a host, each read back after it was set.
//!
//! What a former run left in caches, or what a computer happens to have as its default, must not decide a scenario.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::host::Host;

/// Sets one key of sysctl(8), such as `net.ipv4.tcp_mtu_probing`, and makes sure that it is in force.
pub(super) fn set(host: &Host, key: &str, value: &str) -> Result<()> {
    let now = host.enter(|| {
        fs::write(file(key), value).with_context(|| format!("cannot set {key} to {value}"))?;
        fs::read_to_string(file(key)).with_context(|| format!("cannot read {key}"))
    })?;
    let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    ensure!(words(&now) == words(value), "{key} on {} was set to `{value}` and is `{}`", host.name(), now.trim());
    Ok(())
}

/// What a key is now.
pub(super) fn read(host: &Host, key: &str) -> Result<String> {
    let now = host.enter(|| fs::read_to_string(file(key)).with_context(|| format!("cannot read {key}")))?;
    Ok(now.trim().to_owned())
}

fn file(key: &str) -> String {
    format!("/proc/sys/{}", key.replace('.', "/"))
}

/// What makes one run like the next, and one computer like another.
pub(super) fn same_in_every_run(host: &Host) -> Result<()> {
    SAME.iter().try_for_each(|(key, value)| set(host, key, value))
}

/// Makes a router of a host.
pub(super) fn forward(host: &Host) -> Result<()> {
    ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"].iter().try_for_each(|key| set(host, key, "1"))
}

const SAME: &[(&str, &str)] = &[
    // The kernel's own default where no distribution has changed it; loss means something else to bbr.
    ("net.ipv4.tcp_congestion_control", "cubic"),
    // Nothing is learnt from an earlier connection.
    ("net.ipv4.tcp_no_metrics_save", "1"),
    ("net.ipv4.tcp_mtu_probing", "0"),
    ("net.ipv4.tcp_ecn", "2"),
    // A router that answers one question in a second would make a fault of its own.
    ("net.ipv4.icmp_ratelimit", "0"),
    ("net.ipv6.icmp.ratelimit", "0"),
    // As Debian has it: anybody may ping.
    ("net.ipv4.ping_group_range", "0 2147483647"),
    // Addresses are only those that we gave, at once.
    ("net.ipv6.conf.all.disable_ipv6", "0"),
    ("net.ipv6.conf.default.accept_ra", "0"),
    // Without it a link-local address waits up to a second by chance, and the neighbours with it (RFC 4862, 5.4.2).
    ("net.ipv6.conf.default.accept_dad", "0"),
    ("net.ipv4.conf.all.rp_filter", "0"),
    ("net.ipv4.conf.default.rp_filter", "0"),
];
