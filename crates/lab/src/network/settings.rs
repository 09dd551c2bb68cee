//! Kernel settings of a host, each read back after it was set.
//!
//! What a former run left in caches, or what a computer happens to have as its default, must not decide a scenario.

use std::fs;
use std::path::Path;
use std::sync::Once;

use anyhow::{Context as _, Result, ensure};

use crate::host::Host;
use crate::programs::announce;

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
    SAME.iter().filter(|(key, _)| is_known(key)).try_for_each(|(key, value)| set(host, key, value))
}

/// Makes a router of a host.
pub(super) fn forward(host: &Host) -> Result<()> {
    FORWARD.iter().filter(|key| is_known(key)).try_for_each(|key| set(host, key, "1"))
}

/// Whether to set this, which a kernel without IPv6 need not be told; said once. Any other key that lacks is an error,
/// and so is every one that a scenario asks for.
fn is_known(key: &str) -> bool {
    static ONCE: Once = Once::new();
    let known = is_known_where(Path::new(IPV6), key);
    if !known {
        ONCE.call_once(|| announce("this kernel has no IPv6: its settings are left out"));
    }
    known
}

fn is_known_where(ipv6: &Path, key: &str) -> bool {
    !key.starts_with("net.ipv6.") || ipv6.exists()
}

const IPV6: &str = "/proc/sys/net/ipv6";
const FORWARD: &[&str] = &["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_of_ipv6_may_lack_and_only_all_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("ipv6");
        let (old, new) = ("net.ipv4.no_such_key", "net.ipv6.no_such_key");
        assert!(is_known_where(&absent, old) && !is_known_where(&absent, new));
        assert!(is_known_where(folder.path(), old) && is_known_where(folder.path(), new));
    }
}
