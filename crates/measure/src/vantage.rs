//! Looks around once: where are we? Reads `/proc` and `/sys` only.

use std::fs;
use std::path::Path;

use model::{Interface, Vantage, VantageKind};

/// What can be read of this place. What cannot is an empty name or a zero, as on a system without `/proc`.
pub fn observe() -> Vantage {
    Vantage {
        kind: kind(),
        host_name: read("/proc/sys/kernel/hostname"),
        kernel: read("/proc/sys/kernel/osrelease"),
        processors: std::thread::available_parallelism()
            .map_or(0, |count| u32::try_from(count.get()).unwrap_or(u32::MAX)),
        congestion_control: read("/proc/sys/net/ipv4/tcp_congestion_control"),
        interfaces: interfaces(Path::new("/sys/class/net")),
    }
}

/// Kubernetes sets this variable in every container of a pod; container runtimes leave one of these files.
fn kind() -> VantageKind {
    if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
        VantageKind::Pod
    } else if Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists() {
        VantageKind::Container
    } else {
        VantageKind::Workstation
    }
}

fn interfaces(directory: &Path) -> Vec<Interface> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut found: Vec<Interface> = entries
        .flatten()
        .filter(|entry| read(entry.path().join("operstate")) != "down")
        .filter_map(|entry| {
            let mtu_bytes = read(entry.path().join("mtu")).parse().ok()?;
            Some(Interface { name: entry.file_name().to_string_lossy().into_owned(), mtu_bytes })
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_kernel_and_a_loopback() {
        let vantage = observe();
        assert!(!vantage.kernel.is_empty() && vantage.processors > 0);
        assert!(vantage.interfaces.iter().any(|interface| interface.name == "lo" && interface.mtu_bytes > 0));
    }
}
