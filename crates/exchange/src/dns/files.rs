//! The resolver's three files as bytes, and what they say together: `/etc/resolv.conf`, `/etc/nsswitch.conf`, `/etc/hosts`.
//! Read as the C library and Go read them: a line that makes no sense is passed over.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use model::{Micros, RemoteText, Resolver};

/// The files' contents, empty where there is none, and this host's own name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files<'a> {
    /// resolv.conf(5).
    pub resolv_conf: &'a [u8],
    /// nsswitch.conf(5).
    pub nsswitch: &'a [u8],
    /// hosts(5).
    pub hosts: &'a [u8],
    /// Its domain is searched where no other is named.
    pub host_name: &'a str,
}

/// How `host` is looked up by these files.
pub fn resolver(host: &str, files: Files<'_>) -> Resolver {
    let mut resolver = Resolver {
        search: domain_of(files.host_name).into_iter().collect(),
        sources: sources(&String::from_utf8_lossy(files.nsswitch)),
        in_hosts_file: in_hosts_file(&String::from_utf8_lossy(files.hosts), host),
        ..Resolver::new(host, Vec::new())
    };
    for line in String::from_utf8_lossy(files.resolv_conf).lines() {
        directive(line, &mut resolver);
    }
    if resolver.servers.is_empty() {
        resolver.servers.push((Ipv4Addr::LOCALHOST, PORT).into());
    }
    resolver
}

fn directive(line: &str, resolver: &mut Resolver) {
    if line.starts_with(['#', ';']) {
        return;
    }
    let mut words = line.split_ascii_whitespace();
    match words.next() {
        Some("nameserver") if resolver.servers.len() < MAX_SERVERS => {
            resolver.servers.extend(words.next().and_then(server));
        }
        Some("domain") => resolver.search = words.take(1).filter_map(domain).collect(),
        Some("search") => resolver.search = words.take(MAX_DOMAINS).filter_map(domain).collect(),
        Some("options") => words.take(MAX_OPTIONS).for_each(|word| option(word, resolver)),
        _ => {}
    }
}

fn option(word: &str, resolver: &mut Resolver) {
    let number = |prefix: &str| word.strip_prefix(prefix)?.parse::<u64>().ok();
    if let Some(ndots) = number("ndots:") {
        resolver.ndots = u8::try_from(ndots.min(15)).unwrap_or(15);
    } else if let Some(seconds) = number("timeout:") {
        resolver.timeout_us = Micros::from_secs(seconds.clamp(1, 30));
    } else if let Some(attempts) = number("attempts:") {
        resolver.attempts = u8::try_from(attempts.clamp(1, 5)).unwrap_or(5);
    } else {
        match word {
            "rotate" => resolver.rotate = true,
            "single-request" | "single-request-reopen" => resolver.single_request = true,
            "use-vc" | "usevc" | "tcp" => resolver.use_tcp = true,
            _ => {}
        }
    }
    if resolver.options.len() < MAX_OPTIONS {
        resolver.options.push(RemoteText::clean(word));
    }
}

/// An address, for a link-local one with the number of its interface.
fn server(word: &str) -> Option<SocketAddr> {
    if let Ok(address) = word.parse::<IpAddr>() {
        return Some((address, PORT).into());
    }
    let (address, zone) = word.split_once('%')?;
    let zone = zone.parse().ok().or_else(|| interface_number(zone))?;
    Some(SocketAddrV6::new(address.parse().ok()?, PORT, 0, zone).into())
}

/// As `if_nametoindex(3)` says it, out of `/sys`.
fn interface_number(name: &str) -> Option<u32> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@".contains(c)) && !name.contains("..");
    let text = plain.then(|| std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok())??;
    text.trim().parse().ok()
}

/// The root is no domain to search in.
fn domain(word: &str) -> Option<String> {
    let domain = word.trim_end_matches('.');
    let plain = domain.chars().all(|c| c.is_ascii_graphic());
    (plain && !domain.is_empty()).then(|| domain.to_owned())
}

fn domain_of(host_name: &str) -> Option<String> {
    host_name.split_once('.').and_then(|(_, rest)| domain(rest))
}

/// The services of the line `hosts:`, without what is to be done between them.
fn sources(nsswitch: &str) -> Vec<RemoteText> {
    let line = nsswitch.lines().find_map(|line| line.trim().strip_prefix("hosts:"));
    let Some(line) = line.and_then(|line| line.split('#').next()) else { return Vec::new() };
    let mut in_brackets = false;
    let mut services = Vec::new();
    for word in line.split_ascii_whitespace().take(MAX_OPTIONS) {
        in_brackets |= word.starts_with('[');
        if !in_brackets {
            services.push(RemoteText::clean(word));
        }
        in_brackets &= !word.ends_with(']');
    }
    services
}

fn in_hosts_file(hosts: &str, host: &str) -> Vec<IpAddr> {
    let host = host.trim_end_matches('.');
    let mut found = Vec::new();
    for line in hosts.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        let address = words.next().and_then(|word| word.parse().ok());
        let named = words.any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(host));
        found.extend(address.filter(|address| named && found.len() < MAX_SOURCES && !found.contains(address)));
    }
    found
}

/// RFC 1035, section 4.2.
const PORT: u16 = 53;
/// What the C library (`MAXNS`) and Go take.
const MAX_SERVERS: usize = 3;
/// The C library took six until 2.26, and as many as there are since; more than these nobody waits for.
const MAX_DOMAINS: usize = 16;
const MAX_OPTIONS: usize = 32;
const MAX_SOURCES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(resolv_conf: &str) -> Resolver {
        resolver("git.example", Files { resolv_conf: resolv_conf.as_bytes(), ..Files::default() })
    }

    #[test]
    fn a_pods_file_is_read() {
        let pod = read(
            "search flux-system.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
        );
        assert_eq!(pod.servers, ["10.96.0.10:53".parse().unwrap()]);
        assert_eq!((pod.ndots, pod.attempts, pod.timeout_us), (5, 2, Micros::from_secs(5)));
        assert_eq!(pod.names().len(), 4);
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let odd = read(
            "; no\n#nameserver 192.0.2.9\nnameserver\nnameserver x\nnonsense 1\nnameserver 192.0.2.1\nnameserver \
             2001:db8::1\nnameserver 192.0.2.3\nnameserver 192.0.2.4\nsearch .\noptions ndots:99 timeout:0 attempts:x \
             rotate single-request-reopen use-vc \u{1b}[31m\n",
        );
        let servers: Vec<SocketAddr> =
            ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.3:53"].map(|text| text.parse().unwrap()).into();
        assert_eq!(odd.servers, servers);
        assert_eq!((odd.ndots, odd.attempts, odd.timeout_us), (15, 2, Micros::from_secs(1)));
        assert!(odd.rotate && odd.single_request && odd.use_tcp && odd.search.is_empty());
        assert_eq!(odd.options.last().unwrap().as_str(), "[31m");
    }

    #[test]
    fn without_a_file_the_defaults_hold() {
        let bare = resolver("git", Files { host_name: "here.corp.example", ..Files::default() });
        assert_eq!(bare.servers, ["127.0.0.1:53".parse().unwrap()]);
        assert_eq!(bare.search, ["corp.example"]);
    }

    #[test]
    fn a_link_local_server_has_an_interface() {
        let file = read("nameserver fe80::1%3\nnameserver fe80::1%lo\nnameserver fe80::1%../x\n");
        let scope = |server: &SocketAddr| match server {
            SocketAddr::V6(server) => server.scope_id(),
            SocketAddr::V4(_) => 0,
        };
        let scopes: Vec<u32> = file.servers.iter().map(scope).collect();
        assert_eq!(scopes, [3, 1], "the loopback is always the first interface, and no path is one");
    }

    #[test]
    fn the_other_files_are_read() {
        let files = Files {
            nsswitch: b"passwd: files\nhosts:  files mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns # x\n",
            hosts: b"127.0.0.1 localhost\n192.0.2.7 other GIT.example. # git.example\n192.0.2.7 git.example\n2001:db8::7 git.example\n# 192.0.2.8 git.example\n",
            ..Files::default()
        };
        let seen = resolver("git.example", files);
        let sources: Vec<&str> = seen.sources.iter().map(RemoteText::as_str).collect();
        assert_eq!(sources, ["files", "mdns4_minimal", "resolve", "dns"]);
        assert_eq!(seen.in_hosts_file, ["192.0.2.7".parse::<IpAddr>().unwrap(), "2001:db8::7".parse().unwrap()]);
        assert!(seen.files_answer());
    }
}
