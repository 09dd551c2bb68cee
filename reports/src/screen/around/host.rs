//! What the machine said of itself: the way to the server in a line, the rest in another, and more only where there is something
//! that is not so on every machine.

use model::{CpuLimit, Found, Host, Measurement, MemoryLimit, Route, Seen};

use crate::number;
use crate::page::Page;
use crate::style::{Ink, Mark};

pub(super) fn lines(page: &mut Page, measurement: &Measurement) {
    let seen = || measurement.observations.iter().map(|observation| &observation.seen);
    let routes = seen().filter_map(|seen| match seen {
        Seen::Route(route) => Some(route),
        _ => None,
    });
    for (addresses, way) in ways(routes) {
        match way {
            Ok(way) => page.paragraph(Ink::Plain, &format!("{addresses}  {way}")),
            Err(why) => page.marked(Mark::CAUTION, Ink::Caution, &format!("{addresses}  no way: {why}")),
        }
    }
    let host = seen().find_map(|seen| match seen {
        Seen::Host(host) => Some(host),
        _ => None,
    });
    let Some(host) = host else { return };
    let words = [usual(host), unusual(host)].concat();
    if !words.is_empty() {
        page.paragraph(Ink::Plain, &words.join(" · "));
    }
    if let Some(words) = host.memory.value().and_then(nearly_full) {
        page.marked(Mark::CAUTION, Ink::Caution, &words);
    }
    let proxies: Vec<String> =
        host.proxies.iter().map(|variable| format!("{}={}", variable.name, variable.value)).collect();
    if !proxies.is_empty() {
        page.paragraph(Ink::Plain, &proxies.join(" · "));
    }
}

/// Addresses with the same way together.
fn ways<'a>(routes: impl Iterator<Item = &'a Route>) -> Vec<(String, Result<String, String>)> {
    let mut ways: Vec<(String, Result<String, String>)> = Vec::new();
    for route in routes {
        let way = match &route.found {
            Found::Value(_) => Ok(way(route)),
            Found::Absent(why) => Err(why.clone()),
        };
        match ways.iter_mut().find(|(_, known)| *known == way) {
            Some((addresses, _)) => *addresses = format!("{addresses}, {}", route.to),
            None => ways.push((route.to.to_string(), way)),
        }
    }
    ways
}

/// `by eth0, MTU 1500`, and behind it what makes the path's another: ` · 1380 set at the route`.
fn way(route: &Route) -> String {
    let Some(found) = route.found.value() else { return String::new() };
    let device = found.device.as_deref().unwrap_or("an interface without a name");
    let mtu = found.device_mtu_bytes.map_or_else(String::new, |mtu| format!(", MTU {mtu}"));
    let path = route.path_mtu_bytes.value().copied();
    // An IPv4 packet ends at 65535 bytes, where the loopback does not.
    let path = path.filter(|path| found.device_mtu_bytes != Some(*path) && *path != 65_535).map(|path| {
        match (found.learned_mtu_expires_us, found.metrics.contains_key("mtu")) {
            (Some(left), _) => format!("{path} told by a router, known for {} more", number::duration(left)),
            (None, true) => format!("{path} set at the route"),
            (None, false) => format!("path MTU {path}"),
        }
    });
    let metrics = ["advmss", "window", "initcwnd", "initrwnd"].into_iter();
    let metrics = metrics.filter_map(|name| Some(format!("{name} {}", found.metrics.get(name)?)));
    let words: Vec<String> = [format!("by {device}{mtu}")].into_iter().chain(path).chain(metrics).collect();
    words.join(" · ")
}

/// What every machine has.
fn usual(host: &Host) -> Vec<String> {
    let congestion_control = setting(host, "net.ipv4.tcp_congestion_control").map(ToOwned::to_owned);
    congestion_control.into_iter().chain(host.cpu.value().map(cpu)).collect()
}

fn cpu(limit: &CpuLimit) -> String {
    let Some(quota) = limit.quota_us else { return "no CPU limit".to_owned() };
    let held = limit.throttling.value().filter(|held| held.throttled_periods > 0);
    let held = held.map_or_else(String::new, |held| {
        format!(", used up in {} of {} periods", number::count(held.throttled_periods), number::count(held.periods))
    });
    format!("CPU limit {} in {}{held}", number::duration(quota), number::duration(limit.period_us))
}

/// What is not so where nobody changed anything.
fn unusual(host: &Host) -> Vec<String> {
    let changed = |(name, usual, words): &(&str, &str, &str)| {
        let value = setting(host, name)?;
        (value != *usual).then(|| words.replace('@', value))
    };
    let settings = CHANGED.iter().filter_map(changed);
    let clock = host.clock.value().filter(|clock| !clock.synchronised);
    settings.chain(clock.map(|_| "no time service keeps the clock".to_owned())).collect()
}

/// Setting, value where nobody changed it (ip-sysctl.rst), and words for another one.
const CHANGED: &[(&str, &str, &str)] = &[
    ("net.ipv4.tcp_mtu_probing", "0", "tcp_mtu_probing @"),
    ("net.ipv4.ip_no_pmtu_disc", "0", "ip_no_pmtu_disc @"),
    ("net.ipv4.tcp_window_scaling", "1", "no window scaling"),
    ("net.ipv4.tcp_sack", "1", "no selective acknowledgements"),
    ("net.ipv4.tcp_timestamps", "1", "tcp_timestamps @"),
    ("net.ipv4.tcp_ecn", "2", "tcp_ecn @"),
    ("net.ipv4.tcp_moderate_rcvbuf", "1", "receive buffers do not grow"),
    ("net.ipv6.conf.all.disable_ipv6", "0", "IPv6 switched off"),
];

fn setting<'a>(host: &'a Host, name: &str) -> Option<&'a str> {
    host.settings.get(name)?.value().map(String::as_str)
}

fn nearly_full(memory: &MemoryLimit) -> Option<String> {
    let limit = memory.limit?;
    let full = memory.used.0 / 9 >= limit.0 / 10;
    full.then(|| format!("{} of {} of memory in use", number::bytes(memory.used), number::bytes(limit)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{Bytes, Micros, RouteFound, WallClock};

    use super::*;

    fn route(to: &str, found: RouteFound, path: u32) -> Route {
        Route { to: to.parse().unwrap(), found: Found::Value(found), path_mtu_bytes: Found::Value(path) }
    }

    fn by_eth0() -> RouteFound {
        RouteFound { device: Some("eth0".to_owned()), device_mtu_bytes: Some(1_500), ..RouteFound::default() }
    }

    #[test]
    fn addresses_with_one_way_share_a_line() {
        let told = RouteFound { learned_mtu_expires_us: Some(Micros::from_secs(590)), ..by_eth0() };
        let routes = [
            route("192.0.2.1", by_eth0(), 1_500),
            route("2001:db8::1", by_eth0(), 1_500),
            route("192.0.2.2", RouteFound { metrics: BTreeMap::from([("mtu".to_owned(), 1_380)]), ..by_eth0() }, 1_380),
            route("192.0.2.3", told, 1_400),
            Route { found: Found::Absent("Network is unreachable".to_owned()), ..route("192.0.2.4", by_eth0(), 0) },
        ];
        let said: Vec<String> = ways(routes.iter()).into_iter().map(|(to, way)| format!("{to} {way:?}")).collect();
        assert_eq!(
            said,
            [
                r#"192.0.2.1, 2001:db8::1 Ok("by eth0, MTU 1500")"#,
                r#"192.0.2.2 Ok("by eth0, MTU 1500 · 1380 set at the route")"#,
                r#"192.0.2.3 Ok("by eth0, MTU 1500 · 1400 told by a router, known for 590 s more")"#,
                r#"192.0.2.4 Err("Network is unreachable")"#,
            ]
        );
    }

    #[test]
    fn what_is_as_everywhere_is_not_said() {
        let value = |text: &str| Found::Value(text.to_owned());
        let mut host = Host {
            links: Found::Absent("no".to_owned()),
            settings: BTreeMap::from([
                ("net.ipv4.tcp_congestion_control".to_owned(), value("cubic")),
                ("net.ipv4.tcp_mtu_probing".to_owned(), value("0")),
                ("net.ipv4.tcp_sack".to_owned(), Found::Absent("no".to_owned())),
            ]),
            cpu: Found::Absent("no".to_owned()),
            memory: Found::Absent("no".to_owned()),
            container_signs: Vec::new(),
            proxies: Vec::new(),
            clock: Found::Value(WallClock { synchronised: true, max_error_us: Micros(0), unix_seconds: 0 }),
        };
        assert_eq!((usual(&host), unusual(&host)), (vec!["cubic".to_owned()], Vec::new()));
        host.settings.insert("net.ipv4.tcp_mtu_probing".to_owned(), value("1"));
        assert_eq!(unusual(&host), ["tcp_mtu_probing 1"]);
        let memory = |used| MemoryLimit {
            cgroup_version: 2,
            group: "/".to_owned(),
            limit: Some(Bytes::from_mebibytes(100)),
            used: Bytes::from_mebibytes(used),
        };
        assert!(nearly_full(&memory(80)).is_none());
        assert_eq!(nearly_full(&memory(95)).unwrap(), "95.0 MiB of 100 MiB of memory in use");
    }
}
