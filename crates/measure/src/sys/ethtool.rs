//! `ioctl(SIOCETHTOOL)`: which work an interface does in place of the kernel (`include/uapi/linux/ethtool.h`). The old
//! commands that answer with one flag each: every kernel and every user has them.

use std::io;
use std::mem::zeroed;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

use model::Offloads;

/// Reads what `ethtool -k` shows.
///
/// # Errors
/// `EOPNOTSUPP` where the driver has none of it, `ENODEV` for a name that is no interface.
pub(crate) fn offloads(interface: &str) -> io::Result<Offloads> {
    // Any socket of the namespace will do; it is never used to send.
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    let flag = |command| flag(&socket, interface, command);
    Ok(Offloads {
        tso: flag(ETHTOOL_GTSO)?,
        gso: flag(ETHTOOL_GGSO)?,
        gro: flag(ETHTOOL_GGRO)?,
        tx_checksum: flag(ETHTOOL_GTXCSUM)?,
        rx_checksum: flag(ETHTOOL_GRXCSUM)?,
    })
}

/// `struct ethtool_value`.
#[repr(C)]
struct Value {
    command: u32,
    data: u32,
}

#[expect(unsafe_code, reason = "no crate wraps this ioctl safely")]
fn flag(socket: &UdpSocket, interface: &str, command: u32) -> io::Result<bool> {
    let mut value = Value { command, data: 0 };
    // SAFETY: every field of `ifreq` is an integer, an array of them or a pointer, for which zeroes are valid.
    let mut request: libc::ifreq = unsafe { zeroed() };
    // The last byte stays zero and ends the name.
    if interface.len() >= request.ifr_name.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (to, from) in request.ifr_name.iter_mut().zip(interface.bytes()) {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_data = (&raw mut value).cast();
    // SAFETY: `request` names an interface in a terminated array and points at `value`; both outlive the call, and for these
    // commands the kernel reads and writes one `struct ethtool_value` there.
    let status = unsafe { libc::ioctl(socket.as_raw_fd(), SIOCETHTOOL, &raw mut request) };
    if status == 0 { Ok(value.data != 0) } else { Err(io::Error::last_os_error()) }
}

const SIOCETHTOOL: libc::Ioctl = 0x8946;
const ETHTOOL_GRXCSUM: u32 = 0x14;
const ETHTOOL_GTXCSUM: u32 = 0x16;
const ETHTOOL_GTSO: u32 = 0x1e;
const ETHTOOL_GGSO: u32 = 0x23;
const ETHTOOL_GGRO: u32 = 0x2b;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_interface_is_an_error() {
        assert_eq!(offloads("none-such").unwrap_err().raw_os_error(), Some(libc::ENODEV));
        assert_eq!(offloads("a-name-longer-than-the-kernel-has-room-for").unwrap_err().raw_os_error(), None);
    }
}
