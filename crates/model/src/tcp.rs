//! What the kernel knows of one TCP connection at one moment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A copy of Linux's `struct tcp_info` (`include/uapi/linux/tcp.h`), the fields that tell one broken path from another.
/// Fields that an older kernel does not fill are zero there; `kernel_bytes` tells how much of the struct was filled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TcpInfo {
    /// How many bytes of the struct this kernel filled in (280 on Linux 6.18).
    pub kernel_bytes: u32,
    /// `TCP_ESTABLISHED` is 1, `TCP_SYN_SENT` 2, `TCP_CLOSE_WAIT` 8.
    pub state: u8,
    /// Smoothed round-trip time.
    pub rtt_us: u32,
    /// Mean deviation of the round-trip time.
    pub rtt_var_us: u32,
    /// Lowest round-trip time seen.
    pub min_rtt_us: u32,
    /// Largest segment this side sends, in bytes of payload.
    pub snd_mss_bytes: u32,
    /// Largest segment seen from the other side, as the kernel estimates it.
    pub rcv_mss_bytes: u32,
    /// MSS that this side announced.
    pub advertised_mss_bytes: u32,
    /// Path MTU that the kernel assumes towards the peer.
    pub path_mtu_bytes: u32,
    /// Congestion window, in segments.
    pub congestion_window_segments: u32,
    /// Retransmission timeouts in a row, right now: above 0 means that our own bytes are not acknowledged.
    pub backoff: u8,
    /// Segments sent and neither acknowledged nor given up.
    pub unacked_segments: u32,
    /// Segments thought lost, right now.
    pub lost_segments: u32,
    /// Segments retransmitted over the whole connection.
    pub total_retransmits: u32,
    /// Payload bytes that the peer acknowledged.
    pub bytes_acked: u64,
    /// Payload bytes received in order.
    pub bytes_received: u64,
    /// Payload bytes sent, retransmits included.
    pub bytes_sent: u64,
    /// Payload bytes sent again.
    pub bytes_retransmitted: u64,
    /// Segments received out of order: something before them is missing.
    pub out_of_order_segments: u32,
    /// Since the last payload arrived.
    pub last_data_received_ms: u32,
    /// Since the last acknowledgement arrived.
    pub last_ack_received_ms: u32,
    /// Since this side last sent payload.
    pub last_data_sent_ms: u32,
    /// Receive window that this side could announce.
    pub rcv_space_bytes: u32,
    /// Window that the peer last announced.
    pub peer_window_bytes: u32,
    /// Rate of delivery the kernel last measured for what this side sends.
    pub delivery_bytes_per_second: u64,
}
