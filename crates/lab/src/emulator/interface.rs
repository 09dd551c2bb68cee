//! The two ends of a link.
//!
//! Knows TUN devices. A device ends with the descriptor that made it, so nothing is left behind. Refuses offloads: what
//! is read are packets no larger than the MTU with whole checksums, whatever the settings of other interfaces.

use std::fs;
use std::io;

use anyhow::{Context as _, Result};
use tun_rs::{DeviceBuilder, SyncDevice};

use crate::host::Host;

/// Makes a TUN interface on a host, down and without addresses.
pub(super) fn create(host: &Host, name: &str) -> Result<SyncDevice> {
    host.enter(|| {
        let device = DeviceBuilder::new()
            .name(name)
            .enable(false)
            .tx_queue_len(QUEUE_PACKETS)
            .build_sync()
            .with_context(|| format!("cannot make the TUN interface `{name}`: is /dev/net/tun there?"))?;
        device.set_nonblocking(true)?;
        forbid_own_addresses(name)?;
        Ok(device)
    })
}

/// Keeps IPv6 from giving the interface addresses that nobody asked for, and from asking for routers.
fn forbid_own_addresses(name: &str) -> Result<()> {
    for (setting, value) in [("addr_gen_mode", "1"), ("accept_ra", "0"), ("autoconf", "0")] {
        let file = format!("/proc/sys/net/ipv6/conf/{name}/{setting}");
        match fs::write(&file, value) {
            // A kernel without IPv6 gives no addresses.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            written => written.with_context(|| format!("cannot write {file}"))?,
        }
    }
    Ok(())
}

/// More than TCP keeps in flight on any path of the laboratory: what is lost is lost by the plan. The default, 500, is
/// overrun by one window at 300 Mbit/s.
const QUEUE_PACKETS: u32 = 20_000;
