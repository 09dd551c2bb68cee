//! Who has which address, and the words in which `ip -batch` is told so.
//!
//! 198.18.0.0/15 is set aside for tests of network devices (RFC 2544, RFC 6890) and ranks as a global address, as
//! `2001:db8::/32` (RFC 3849) does; with unique local addresses IPv6 would never be tried first (RFC 6724, 2.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The two addresses of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// In IPv4.
    pub v4: Ipv4Addr,
    /// In IPv6.
    pub v6: Ipv6Addr,
}

/// The two interfaces of a router.
#[derive(Debug, Clone, Copy)]
pub struct RouterAddresses {
    /// Towards the client or the server.
    pub lan: Pair,
    /// On the emulated link.
    pub wan: Pair,
}

impl Pair {
    pub(super) const fn new(net: u8, host: u8) -> Self {
        Self {
            v4: Ipv4Addr::new(198, 18, net, host),
            v6: Ipv6Addr::new(0x2001, 0xdb8, net as u16, 0, 0, 0, 0, host as u16),
        }
    }

    /// Both, IPv4 first.
    pub fn both(self) -> [IpAddr; 2] {
        [self.v4.into(), self.v6.into()]
    }
}

/// The client.
pub const CLIENT: Pair = Pair::new(0, 2);
/// The client's router.
pub const NEAR: RouterAddresses = RouterAddresses { lan: Pair::new(0, 1), wan: Pair::new(1, 1) };
/// The server's router.
pub const FAR: RouterAddresses = RouterAddresses { lan: Pair::new(2, 1), wan: Pair::new(1, 2) };
/// The server.
pub const SERVER: Pair = Pair::new(2, 2);
/// Two name servers in the client's own network.
pub const RESOLVERS: [Pair; 2] = [Pair::new(0, 53), Pair::new(0, 54)];

/// An interface with its addresses and a way to everything else.
pub(super) fn leaf(device: &str, own: Pair, gateway: Pair) -> String {
    let routes = format!("route add default via {}\nroute add default via {}\n", gateway.v4, gateway.v6);
    interface(device, own) + &routes
}

/// Both interfaces of a router and the way to the network behind the other.
pub(super) fn router(own: &RouterAddresses, other: &RouterAddresses) -> String {
    interface("lan0", own.lan) + &interface("wan0", own.wan) + &route("add", other.lan, other.wan)
}

/// The way to the network of `within`: `add`, `replace` or `del`.
pub(super) fn route(what: &str, within: Pair, via: Pair) -> String {
    let network = network_of(within);
    format!("route {what} {}/24 via {}\nroute {what} {}/64 via {}\n", network.v4, via.v4, network.v6, via.v6)
}

/// The addresses of the name servers, on an interface that is up.
pub(super) fn resolvers(device: &str) -> String {
    RESOLVERS.iter().map(|pair| addresses(device, *pair)).collect()
}

/// An interface that is brought up and addressed.
pub(super) fn interface(device: &str, own: Pair) -> String {
    format!("link set {device} up\n{}", addresses(device, own))
}

/// Without the search for duplicates (RFC 4862, 5.4), which would keep IPv6 waiting for a second.
fn addresses(device: &str, own: Pair) -> String {
    format!("addr add {}/24 dev {device}\naddr add {}/64 dev {device} nodad\n", own.v4, own.v6)
}

fn network_of(pair: Pair) -> Pair {
    let [a, b, c, _] = pair.v4.octets();
    let mut v6 = pair.v6.segments();
    v6[7] = 0;
    Pair { v4: Ipv4Addr::new(a, b, c, 0), v6: v6.into() }
}
