//! `getsockopt(TCP_INFO)`: the kernel's own account of a connection (tcp(7), `include/uapi/linux/tcp.h`).

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsRawFd, BorrowedFd};

use model::TcpInfo;

/// Reads the account. What an older kernel does not fill stays zero, and `kernel_bytes` says how much it filled.
///
/// # Errors
/// `ENOPROTOOPT` or `EOPNOTSUPP` where the socket is not TCP.
#[expect(unsafe_code, reason = "no crate reads the whole modern struct safely")]
pub(crate) fn tcp_info(socket: BorrowedFd<'_>) -> io::Result<TcpInfo> {
    let mut raw = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut length = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).unwrap_or(0);
    // SAFETY: the pointer and `length` describe `raw`, which outlives the call; the kernel writes at most `length`
    // bytes and stores in `length` how many it wrote. `socket` is open as long as it is borrowed.
    let status = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            raw.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: every field is an integer, for which the zeroes written above are valid where the kernel wrote nothing.
    let raw = unsafe { raw.assume_init() };
    Ok(TcpInfo {
        kernel_bytes: length,
        state: raw.tcpi_state,
        rtt_us: raw.tcpi_rtt,
        rtt_var_us: raw.tcpi_rttvar,
        min_rtt_us: raw.tcpi_min_rtt,
        snd_mss_bytes: raw.tcpi_snd_mss,
        rcv_mss_bytes: raw.tcpi_rcv_mss,
        advertised_mss_bytes: raw.tcpi_advmss,
        path_mtu_bytes: raw.tcpi_pmtu,
        congestion_window_segments: raw.tcpi_snd_cwnd,
        backoff: raw.tcpi_backoff,
        unacked_segments: raw.tcpi_unacked,
        lost_segments: raw.tcpi_lost,
        total_retransmits: raw.tcpi_total_retrans,
        bytes_acked: raw.tcpi_bytes_acked,
        bytes_received: raw.tcpi_bytes_received,
        bytes_sent: raw.tcpi_bytes_sent,
        bytes_retransmitted: raw.tcpi_bytes_retrans,
        out_of_order_segments: raw.tcpi_rcv_ooopack,
        last_data_received_ms: raw.tcpi_last_data_recv,
        last_ack_received_ms: raw.tcpi_last_ack_recv,
        last_data_sent_ms: raw.tcpi_last_data_sent,
        rcv_space_bytes: raw.tcpi_rcv_space,
        peer_window_bytes: raw.tcpi_snd_wnd,
        delivery_bytes_per_second: raw.tcpi_delivery_rate,
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn counts_what_went_over_a_loopback_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        client.write_all(b"hello").unwrap();
        server.read_exact(&mut [0; 5]).unwrap();
        let info = tcp_info(server.as_fd()).unwrap();
        assert_eq!((info.state, info.bytes_received), (1, 5));
        assert!(info.kernel_bytes >= 192, "Linux 4.9 and later fill that much: {}", info.kernel_bytes);
    }

    #[test]
    fn another_socket_is_an_error() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(tcp_info(socket.as_fd()).is_err());
    }
}
