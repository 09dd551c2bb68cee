//! Interfaces, addresses and routes from the kernel itself (rtnetlink(7)): one question at a time, no right needed. It
//! changes nothing and sends nothing.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::time::Duration;

use model::{Found, Link, Micros, RouteFound};
use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{InfoKind, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteMessage, RouteMetric};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use socket2::{Domain, Protocol, Socket, Type};

use crate::sys;

/// Every interface with its addresses; ordered as the kernel numbers them.
///
/// # Errors
/// Where the system has no rtnetlink, as in some sandboxes, or denies it.
pub fn links() -> io::Result<Vec<Link>> {
    let mut kernel = Kernel::open()?;
    let links = kernel.dump(RouteNetlinkMessage::GetLink(LinkMessage::default()))?;
    let addresses = kernel.dump(RouteNetlinkMessage::GetAddress(AddressMessage::default()))?;
    let mut addresses_of: BTreeMap<u32, Vec<(IpAddr, u8)>> = BTreeMap::new();
    for message in addresses {
        if let RouteNetlinkMessage::NewAddress(message) = message
            && let Some(address) = own_address(&message)
        {
            addresses_of.entry(message.header.index).or_default().push((address, message.header.prefix_len));
        }
    }
    let link = |message| match message {
        RouteNetlinkMessage::NewLink(message) => Some(link(message, &mut addresses_of)),
        _ => None,
    };
    Ok(links.into_iter().filter_map(link).collect())
}

/// The way to an address, as `ip route get` shows it: with the route's metrics and with what routers told of its MTU.
///
/// # Errors
/// `ENETUNREACH`, `EHOSTUNREACH` or `EACCES` where there is none; else as [`links`].
pub fn route_to(address: IpAddr) -> io::Result<RouteFound> {
    let mut kernel = Kernel::open()?;
    let mut question = RouteMessage::default();
    (question.header.address_family, question.header.destination_prefix_length) = match address {
        IpAddr::V4(_) => (AddressFamily::Inet, 32),
        IpAddr::V6(_) => (AddressFamily::Inet6, 128),
    };
    question.attributes.push(RouteAttribute::Destination(address.into()));
    let answer = kernel.ask(RouteNetlinkMessage::GetRoute(question))?;
    let Some(RouteNetlinkMessage::NewRoute(message)) = answer else {
        return Err(io::Error::other("the kernel named no route"));
    };
    let (mut found, index) = route(message);
    if let Some(index) = index {
        let mut question = LinkMessage::default();
        question.header.index = index;
        // The route is known without it.
        if let Ok(Some(RouteNetlinkMessage::NewLink(message))) = kernel.ask(RouteNetlinkMessage::GetLink(question)) {
            let device = link(message, &mut BTreeMap::new());
            (found.device, found.device_mtu_bytes) = (Some(device.name), Some(device.mtu_bytes));
        }
    }
    Ok(found)
}

fn link(message: LinkMessage, addresses_of: &mut BTreeMap<u32, Vec<(IpAddr, u8)>>) -> Link {
    let mut link = Link {
        name: String::new(),
        kind: None,
        up: message.header.flags.contains(LinkFlags::Up),
        mtu_bytes: 0,
        addresses: addresses_of.remove(&message.header.index).unwrap_or_default(),
        offloads: Found::Absent("not asked".to_owned()),
    };
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name = name,
            LinkAttribute::Mtu(bytes) => link.mtu_bytes = bytes,
            LinkAttribute::LinkInfo(infos) => {
                link.kind = infos.into_iter().find_map(|info| match info {
                    LinkInfo::Kind(InfoKind::Other(kind)) => Some(kind),
                    LinkInfo::Kind(kind) => Some(format!("{kind:?}").to_lowercase()),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    link.offloads = sys::offloads(&link.name).into();
    link
}

/// On a line between two points `Address` is the other end's.
fn own_address(message: &AddressMessage) -> Option<IpAddr> {
    let local = message.attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::Local(address) => Some(*address),
        _ => None,
    });
    local.or_else(|| {
        message.attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Address(address) => Some(*address),
            _ => None,
        })
    })
}

/// The route, and the number of its interface.
fn route(message: RouteMessage) -> (RouteFound, Option<u32>) {
    let (mut found, mut index) = (RouteFound::default(), None);
    for attribute in message.attributes {
        match attribute {
            RouteAttribute::Oif(number) => index = Some(number),
            RouteAttribute::Gateway(address) => found.gateway = ip(&address),
            RouteAttribute::PrefSource(address) => found.source = ip(&address),
            RouteAttribute::Metrics(metrics) => found.metrics = metrics.iter().filter_map(metric).collect(),
            RouteAttribute::CacheInfo(cache) if cache.expires > 0 => {
                found.learned_mtu_expires_us = Some(Micros(u64::from(cache.expires).saturating_mul(US_PER_TICK)));
            }
            _ => {}
        }
    }
    (found, index)
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some((*address).into()),
        RouteAddress::Inet6(address) => Some((*address).into()),
        _ => None,
    }
}

/// By the names of ip-route(8).
fn metric(metric: &RouteMetric) -> Option<(String, u32)> {
    let (name, value) = match metric {
        RouteMetric::Lock(value) => ("lock", value),
        RouteMetric::Mtu(value) => ("mtu", value),
        RouteMetric::Window(value) => ("window", value),
        RouteMetric::Rtt(value) => ("rtt", value),
        RouteMetric::RttVar(value) => ("rttvar", value),
        RouteMetric::SsThresh(value) => ("ssthresh", value),
        RouteMetric::Cwnd(value) => ("cwnd", value),
        RouteMetric::Advmss(value) => ("advmss", value),
        RouteMetric::Reordering(value) => ("reordering", value),
        RouteMetric::Hoplimit(value) => ("hoplimit", value),
        RouteMetric::InitCwnd(value) => ("initcwnd", value),
        RouteMetric::Features(value) => ("features", value),
        RouteMetric::RtoMin(value) => ("rto_min", value),
        RouteMetric::InitRwnd(value) => ("initrwnd", value),
        RouteMetric::QuickAck(value) => ("quickack", value),
        _ => return None,
    };
    Some((name.to_owned(), *value))
}

/// A netlink socket.
struct Kernel(Socket);

impl Kernel {
    fn open() -> io::Result<Self> {
        let route = Protocol::from(libc::NETLINK_ROUTE);
        let socket = Socket::new(Domain::from(libc::AF_NETLINK), Type::RAW, Some(route))?;
        // The kernel answers at once; a sandbox that imitates it may not.
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(socket))
    }

    /// The one message that answers.
    fn ask(&mut self, question: RouteNetlinkMessage) -> io::Result<Option<RouteNetlinkMessage>> {
        self.send(question, NLM_F_REQUEST)?;
        Ok(self.receive()?.0.into_iter().next())
    }

    /// Every message of a list.
    fn dump(&mut self, question: RouteNetlinkMessage) -> io::Result<Vec<RouteNetlinkMessage>> {
        self.send(question, NLM_F_REQUEST | NLM_F_DUMP)?;
        let mut all = Vec::new();
        while all.len() < MOST_MESSAGES {
            let (messages, done) = self.receive()?;
            all.extend(messages);
            if done {
                break;
            }
        }
        Ok(all)
    }

    fn send(&mut self, question: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        let mut header = NetlinkHeader::default();
        header.flags = flags;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(question));
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        self.0.write_all(&bytes)
    }

    /// One datagram's messages, and whether the list is at its end. One that this crate cannot read is left out.
    fn receive(&mut self) -> io::Result<(Vec<RouteNetlinkMessage>, bool)> {
        let mut buffer = vec![0; DATAGRAM];
        let length = self.0.read(&mut buffer)?;
        let mut rest = buffer.get(..length).unwrap_or_default();
        let (mut messages, mut done) = (Vec::new(), false);
        while let Some(size) = message_length(rest) {
            let (this, next) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            match NetlinkMessage::<RouteNetlinkMessage>::deserialize(this).map(|message| message.payload) {
                Ok(NetlinkPayload::InnerMessage(message)) => messages.push(message),
                Ok(NetlinkPayload::Error(error)) if error.code.is_some() => return Err(error.to_io()),
                Ok(NetlinkPayload::Done(_)) => done = true,
                _ => {}
            }
            rest = next;
        }
        Ok((messages, done))
    }
}

/// The first field of a message's header, and what pads it to four bytes (netlink(7)).
fn message_length(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?);
    usize::try_from(length).ok().filter(|length| *length >= 16).map(|length| length.next_multiple_of(4))
}

const PATIENCE: Duration = Duration::from_millis(500);
/// What the kernel fills at most (`NLMSG_GOODSIZE`, 32 KiB where the reader has room).
const DATAGRAM: usize = 64 * 1024;
/// A node with a thousand pods has some thousand interfaces.
const MOST_MESSAGES: usize = 16_384;
/// `USER_HZ` is 100 on every architecture that netprobe runs on (time(7)).
const US_PER_TICK: u64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_has_its_addresses() {
        let links = links().unwrap();
        let loopback = links.iter().find(|link| link.name == "lo").unwrap();
        assert!(loopback.up && loopback.mtu_bytes > 0 && loopback.kind.is_none());
        assert!(loopback.addresses.contains(&("127.0.0.1".parse().unwrap(), 8)));
        assert!(loopback.offloads.value().is_some(), "{:?}", loopback.offloads);
    }

    #[test]
    fn the_way_to_oneself_is_the_loopback() {
        let route = route_to("127.0.0.1".parse().unwrap()).unwrap();
        assert_eq!(route.device.as_deref(), Some("lo"));
        assert_eq!(route.source, Some("127.0.0.1".parse().unwrap()));
        assert!(route.gateway.is_none() && route.device_mtu_bytes.is_some());
    }

    #[test]
    fn a_message_shorter_than_its_header_ends_the_datagram() {
        assert_eq!(message_length(&17_u32.to_ne_bytes()), Some(20));
        assert_eq!(message_length(&3_u32.to_ne_bytes()), None);
        assert_eq!(message_length(&[1, 2]), None);
    }
}
