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
        pod: None,
    }
}

/// A pod by what Kubernetes gives every container; a container by what its runtime leaves.
fn kind() -> VantageKind {
    let signs = container_signs();
    if signs.iter().any(|sign| sign.to_lowercase().contains("kube")) {
        VantageKind::Pod
    } else if signs.is_empty() {
        VantageKind::Workstation
    } else {
        VantageKind::Container
    }
}

/// What says that this is a container: the variable that Kubernetes sets, files that runtimes leave, words in the names of
/// control groups. Empty where nothing says so.
pub fn container_signs() -> Vec<String> {
    let variable = std::env::var_os(KUBERNETES).is_some().then(|| format!("the variable {KUBERNETES}"));
    let files = SIGNS.iter().filter(|path| Path::new(path).exists()).map(|path| (*path).to_owned());
    let groups = read("/proc/self/cgroup");
    let word = RUNTIMES.iter().find(|word| groups.contains(*word)).map(|word| format!("`{word}` in /proc/self/cgroup"));
    variable.into_iter().chain(files).chain(word).collect()
}

/// In the environment of every container of a pod.
const KUBERNETES: &str = "KUBERNETES_SERVICE_HOST";
/// Docker, Podman, runtimes that keep to systemd's container interface, and a pod's token.
const SIGNS: &[&str] =
    &["/.dockerenv", "/run/.containerenv", "/run/systemd/container", "/var/run/secrets/kubernetes.io/serviceaccount"];
/// The kubelet's first, since its groups are of a runtime too.
const RUNTIMES: &[&str] = &["kubepods", "docker", "libpod", "containerd", "crio", "lxc"];

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
