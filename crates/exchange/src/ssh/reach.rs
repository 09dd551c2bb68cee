//! The way to an SSH server: look-up, connection, proxy and jump hosts, the same for every probe.

use std::net::IpAddr;

use access::identity::Identity;
use access::{Access, SshAccess};
use measure::Timeline;

use super::jump::{Route, through};
use crate::Halt;

/// Goes the way of `access` as far as a stream to its destination, each stage timed. `address` is the one to connect to;
/// none takes the resolver's first. `mss_clamp_bytes` is `TCP_MAXSEG` before the SYN.
pub async fn reach(
    timeline: &Timeline,
    access: &Access<SshAccess>,
    keys: &[Identity],
    address: Option<IpAddr>,
    mss_clamp_bytes: Option<u16>,
) -> Result<Route, Halt> {
    let first = access.way.jumps.first().unwrap_or(&access.way.destination);
    let route = crate::Route {
        host: &first.host_name,
        port: first.port,
        proxy: access.proxy.as_ref(),
        tunnel: true,
        address,
        mss_clamp_bytes,
    };
    let stream = route.open(timeline).await?;
    Box::pin(through(timeline, stream, &access.way, keys)).await
}
