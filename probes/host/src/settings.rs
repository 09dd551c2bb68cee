//! Kernel settings that decide how TCP treats a path, read where sysctl(8) reads them. Their meanings are in
//! Documentation/networking/ip-sysctl.rst of Linux.

use std::collections::BTreeMap;
use std::fs;

use model::Found;

/// Each by its name; one that this kernel or this namespace does not have says so.
pub(crate) fn read() -> BTreeMap<String, Found<String>> {
    NAMES.iter().map(|name| ((*name).to_owned(), one(name))).collect()
}

fn one(name: &str) -> Found<String> {
    let text = fs::read_to_string(format!("/proc/sys/{}", name.replace('.', "/")));
    // Values in a row are parted by tabs.
    Found::from(text).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

const NAMES: &[&str] = &[
    "net.core.rmem_max",
    "net.core.wmem_max",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_no_pmtu_disc",
    "net.ipv4.route.min_pmtu",
    "net.ipv4.route.mtu_expires",
    "net.ipv4.tcp_available_congestion_control",
    "net.ipv4.tcp_base_mss",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_ecn",
    "net.ipv4.tcp_min_snd_mss",
    "net.ipv4.tcp_moderate_rcvbuf",
    "net.ipv4.tcp_mtu_probing",
    "net.ipv4.tcp_no_metrics_save",
    "net.ipv4.tcp_retries2",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_sack",
    "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_window_scaling",
    "net.ipv4.tcp_wmem",
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.route.mtu_expires",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_a_value_or_a_reason() {
        let settings = read();
        assert_eq!(settings.len(), NAMES.len());
        let rmem = settings["net.ipv4.tcp_rmem"].value().unwrap();
        assert_eq!(rmem.split(' ').filter_map(|part| part.parse::<u64>().ok()).count(), 3, "{rmem}");
        assert!(matches!(one("net.ipv4.no_such_thing"), Found::Absent(why) if why.contains("No such file")));
    }
}
