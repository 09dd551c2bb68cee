//! `IP_MTU` and `IPV6_MTU` (ip(7), ipv6(7)): what the kernel would cut packets to one address to. Nothing is sent.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use rustix::net::sockopt::{ip_mtu, ipv6_mtu};

/// Asks by a datagram socket that is connected, which only looks up the route.
///
/// # Errors
/// As connect(2): no route, no such family.
pub fn path_mtu(address: IpAddr) -> io::Result<u32> {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.connect(SocketAddr::new(address, DISCARD))?;
    let mtu = if address.is_ipv4() { ip_mtu(&socket) } else { ipv6_mtu(&socket) };
    Ok(mtu?)
}

/// Any port will do; this one would discard what is never sent (RFC 863).
const DISCARD: u16 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towards_oneself_it_is_that_of_the_loopback() {
        let links = crate::netlink::links().unwrap();
        let loopback = links.iter().find(|link| link.name == "lo").unwrap();
        // No IPv4 packet is larger (RFC 791 §3.1).
        assert_eq!(path_mtu(Ipv4Addr::LOCALHOST.into()).unwrap(), loopback.mtu_bytes.min(65_535));
    }
}
