//! `NO_PROXY` by the rules of its three readers, which agree on little but commas.

use std::net::IpAddr;

/// libcurl's `Curl_check_noproxy`: `*` alone for all, names with everything below them, addresses, networks. It knows no
/// ports and has no exception for localhost. A blank in place of a comma ends the list.
pub(super) fn by_curl(list: &str, host: &str) -> bool {
    if list == "*" {
        return true;
    }
    let host_ip: Option<IpAddr> = host.parse().ok();
    let host = host.strip_suffix('.').unwrap_or(host);
    for item in list.split(',') {
        let mut words = item.split_ascii_whitespace();
        let Some(word) = words.next() else { continue };
        let fits = if let Some(ip) = host_ip {
            match word.split_once('/') {
                // atoi: what is no number counts as 0, and 0 means the whole address.
                Some((network, bits)) => match bits.parse() {
                    Ok(bits) if bits > 0 => is_in(ip, network, bits),
                    _ => network.parse() == Ok(ip),
                },
                None => word.parse() == Ok(ip),
            }
        } else {
            let word = word.strip_suffix('.').unwrap_or(word);
            is_or_is_below(host, word.strip_prefix('.').unwrap_or(word))
        };
        if fits {
            return true;
        }
        if words.next().is_some() {
            return false;
        }
    }
    false
}

/// Go's `httpproxy`, for HTTP: localhost and loopback addresses always; `*` anywhere for all; networks; addresses and names
/// with an optional port; `.name` and `*.name` for what is below the name, `name` for the name and what is below it.
pub fn by_go_http(list: &str, host: &str, port: u16) -> bool {
    let ip: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || ip.is_some_and(|ip| ip.is_loopback()) {
        return true;
    }
    let host = host.to_ascii_lowercase();
    let items: Vec<String> = list.split(',').map(|item| item.trim().to_ascii_lowercase()).collect();
    if items.iter().any(|item| item == "*") {
        return true;
    }
    items.iter().filter(|item| !item.is_empty()).any(|item| {
        if let Some((network, bits)) = item.split_once('/')
            && let Ok(bits) = bits.parse()
        {
            return ip.is_some_and(|ip| is_in(ip, network, bits));
        }
        let (name, item_port) = host_and_port(item);
        if item_port.is_some_and(|item_port| item_port != port.to_string()) || name.is_empty() {
            return false;
        }
        match (name.parse::<IpAddr>(), ip) {
            (Ok(listed), Some(ip)) => listed == ip,
            (Ok(_), None) => false,
            (Err(_), _) => {
                let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
                if name.starts_with('.') { host.ends_with(name) } else { is_or_is_below(&host, name) }
            }
        }
    })
}

/// Go's `net/proxy`, for SSH: addresses, networks, `*.name` for the name and what is below it, and names that are compared
/// as a whole. No ports, no `*`, no exception for localhost.
pub(super) fn by_go_dialer(list: &str, host: &str) -> bool {
    let ip: Option<IpAddr> = host.parse().ok();
    list.split(',').map(str::trim).filter(|item| !item.is_empty()).any(|item| {
        if let Some((network, bits)) = item.split_once('/') {
            return ip.is_some_and(|ip| bits.parse().is_ok_and(|bits| is_in(ip, network, bits)));
        }
        match (item.parse::<IpAddr>(), ip) {
            (Ok(listed), Some(ip)) => listed == ip,
            (Ok(_), None) | (Err(_), Some(_)) => false,
            (Err(_), None) => match item.strip_prefix("*.") {
                Some(zone) => {
                    let zone = zone.strip_suffix('.').unwrap_or(zone);
                    host == zone || host.strip_suffix(zone).is_some_and(|above| above.ends_with('.'))
                }
                None => host == item.strip_suffix('.').unwrap_or(item),
            },
        }
    })
}

fn is_or_is_below(host: &str, name: &str) -> bool {
    if name.is_empty() || host.len() < name.len() {
        return false;
    }
    let Some((above, tail)) = host.split_at_checked(host.len() - name.len()) else { return false };
    tail.eq_ignore_ascii_case(name) && (above.is_empty() || above.ends_with('.'))
}

/// Splits `host:port` and `[v6]:port`; an address with more colons has no port.
fn host_and_port(item: &str) -> (&str, Option<&str>) {
    if let Some(rest) = item.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':').filter(|port| !port.is_empty())),
            None => (item, None),
        };
    }
    match item.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port).filter(|port| !port.is_empty())),
        _ => (item, None),
    }
}

/// Whether an address is in a network of so many leading bits.
fn is_in(ip: IpAddr, network: &str, bits: u32) -> bool {
    match (ip, network.parse()) {
        (IpAddr::V4(ip), Ok(IpAddr::V4(network))) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            (ip.to_bits() ^ network.to_bits()) & mask == 0
        }
        (IpAddr::V6(ip), Ok(IpAddr::V6(network))) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            (ip.to_bits() ^ network.to_bits()) & mask == 0
        }
        _ => false,
    }
}
