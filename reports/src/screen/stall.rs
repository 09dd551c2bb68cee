//! What the connection looked like while nothing came: which of the kernel's counters stood still and which grew. What
//! that means is for `diagnose` to say.

use model::{Bytes, Micros, StallSnapshot, TcpInfo};

use crate::number;
use crate::page::Page;

pub(super) fn lines(page: &mut Page, snapshot: &StallSnapshot) {
    let (Some(before), Some(now)) = (&snapshot.before, &snapshot.now) else {
        page.labelled("TCP", "no connection yet, so the kernel has no counters to show");
        return;
    };
    let (frozen, growing) = compared(before, now);
    page.labelled("TCP, frozen", &frozen.join(" · "));
    page.labelled("TCP, growing", &growing.join(" · "));
    page.labelled("TCP, sizes", &sizes(now).join(" · "));
}

fn compared(before: &TcpInfo, now: &TcpInfo) -> (Vec<String>, Vec<String>) {
    let (mut frozen, mut growing) = (Vec::new(), Vec::new());
    let came = now.bytes_received.saturating_sub(before.bytes_received);
    if came == 0 {
        frozen.push(format!("{} received", number::exact_bytes(Bytes(now.bytes_received))));
    } else {
        growing.push(format!("{} received during the stage", number::exact_bytes(Bytes(came))));
    }
    if now.unacked_segments == 0 {
        frozen.push("all that we sent is acknowledged".to_owned());
    } else {
        let again = now.total_retransmits.saturating_sub(before.total_retransmits);
        growing.push(format!(
            "{} of ours not acknowledged, sent again {}",
            number::counted(now.unacked_segments.into(), "segment"),
            times(again)
        ));
    }
    let behind = now.out_of_order_segments.saturating_sub(before.out_of_order_segments);
    if behind > 0 {
        growing.push(format!("{} behind a hole", number::counted(behind.into(), "segment")));
    } else {
        frozen.push("no segment out of order".to_owned());
    }
    let (data, ack) = (passed(now.last_data_received_ms), passed(now.last_ack_received_ms));
    growing.push(format!("{data} since data, {ack} since an ACK"));
    (frozen, growing)
}

fn sizes(now: &TcpInfo) -> Vec<String> {
    // The kernel's first guess stands until something larger comes.
    let seen = if now.rcv_mss_bytes <= FIRST_GUESS { "seen at most" } else { "seen" };
    vec![
        format!("MSS announced {}, {seen} {}", now.advertised_mss_bytes, now.rcv_mss_bytes),
        format!("path MTU {}", now.path_mtu_bytes),
        format!("RTT {}", number::duration(Micros(now.rtt_us.into()))),
    ]
}

fn passed(ms: u32) -> String {
    number::duration(Micros::from_millis(ms.into()))
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        other => format!("{} times", number::count(other.into())),
    }
}

/// Bytes of payload (RFC 9293 §3.7.1).
const FIRST_GUESS: u32 = 536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_guess_is_not_told_as_seen() {
        let of = |rcv_mss_bytes| sizes(&TcpInfo { advertised_mss_bytes: 1_448, rcv_mss_bytes, ..TcpInfo::default() });
        assert_eq!(of(536)[0], "MSS announced 1448, seen at most 536");
        assert_eq!(of(1_120)[0], "MSS announced 1448, seen 1120");
    }
}
