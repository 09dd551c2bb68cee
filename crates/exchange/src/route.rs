//! From a name to a stream that reaches the server: look-up, connection, and the proxy where there is one.

use std::net::IpAddr;

use access::proxy::Proxy;
use measure::{MeteredStream, Timeline};

use crate::{Halt, connect, proxy, resolve};

/// The way to a server.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// The server's name or address, without brackets.
    pub host: &'a str,
    /// Its TCP port.
    pub port: u16,
    /// Who is connected to in its place.
    pub proxy: Option<&'a Proxy>,
    /// Whether the proxy is asked for a tunnel. One that takes HTTP requests by themselves is not.
    pub tunnel: bool,
    /// The one address to connect to; none takes the resolver's first.
    pub address: Option<IpAddr>,
    /// `TCP_MAXSEG` before the SYN.
    pub mss_clamp_bytes: Option<u16>,
}

impl Route<'_> {
    /// Goes it, each stage timed. A connection that the timeline was about before is closed.
    pub async fn open(self, timeline: &Timeline) -> Result<MeteredStream, Halt> {
        timeline.detach();
        let (host, port) = self.proxy.map_or((self.host, self.port), |proxy| (proxy.host.as_str(), proxy.port));
        let peer = resolve(timeline, host, port, self.address).await?;
        let stream = connect(timeline, peer, self.mss_clamp_bytes).await?;
        match self.proxy.filter(|_| self.tunnel) {
            Some(proxy) => proxy::through(timeline, stream, proxy, self.host, self.port).await,
            None => Ok(stream),
        }
    }
}
