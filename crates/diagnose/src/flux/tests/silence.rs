//! That a path may heal by itself is said only where what stands still may be a hole for large packets.

use model::TcpInfo;

use super::*;
use crate::samples::{LONG, NAMELESS, PIECES, SHORT, hello_of, unanswered};

fn heals(story: Story) -> bool {
    told(story).caveats.iter().any(|caveat| caveat.contains("tcp_mtu_probing"))
}

fn hangs(stage: Stage, now: TcpInfo) -> Story {
    Story::ssh().run(|run| run.until(stage).stalls(at(stage), now))
}

#[test]
fn answers_that_are_always_small_leave_no_hole() {
    for stage in [Stage::Greeting, Stage::Authenticate, Stage::Exec] {
        assert!(!heals(hangs(stage, calm())), "{stage:?}");
    }
    assert!(heals(hangs(Stage::Exec, gap())), "the advertisement comes with the answer");
    assert!(heals(hangs(Stage::KeyExchange, calm())), "a KEXINIT is large");
    assert!(heals(hangs(Stage::FirstPacket, calm())));
}

#[test]
fn only_large_packets_of_ours_can_be_too_large() {
    let unacknowledged = |bytes: u64| TcpInfo { bytes_acked: 1_000 - bytes, ..unanswered() };
    assert!(heals(hangs(Stage::KeyExchange, unacknowledged(1_000))));
    assert!(!heals(hangs(Stage::KeyExchange, unacknowledged(156))));
    assert!(!heals(hangs(Stage::Request, unacknowledged(156))), "gone, and not too large");
}

#[test]
fn what_came_before_shows_that_large_packets_come() {
    let full = TcpInfo { rcv_mss_bytes: 1_448, ..gap() };
    assert!(!heals(hangs(Stage::FirstPacket, full)), "one came");
    let flowed = TcpInfo { bytes_received: 2 << 20, ..gap() };
    assert!(!heals(hangs(Stage::PackTransfer, flowed)), "so much comes in large ones");
    let keepalives = |run: Telling| run.until(Stage::PackStart).stalls(pack_start(2, Some(10)), calm());
    assert!(heals(Story::ssh().run(keepalives)), "they are small, and the pack that comes behind them is not");
}

#[test]
fn small_packets_that_hang_as_well_are_no_hole() {
    let hung = |run: Telling| run.until(Stage::FirstPacket).stalls(no_packet(), gap());
    let again = |run: Telling| run.clamped().until(Stage::FirstPacket).stalls(no_packet(), calm());
    assert!(heals(Story::ssh().run(hung).then(|run| run.clamped().complete())), "small ones pass");
    assert!(!heals(Story::ssh().run(hung).then(again)));
}

#[test]
fn what_was_waited_for_longer_does_not_heal() {
    let waited = |seconds: u64| {
        let patience_us = Micros::from_secs(seconds);
        let patient = move |run: Telling| run.ask(|asked| asked.patience_us = patience_us);
        Story::ssh().run(|run| patient(run).until(Stage::FirstPacket).stalls(no_packet(), gap()))
    };
    assert!(heals(waited(12)));
    assert!(!heals(waited(18)));
}

#[test]
fn a_hello_that_is_as_long_and_is_answered_is_no_matter_of_size() {
    let fell = || Story::https().run(|run| run.until(Stage::Tls).stalls(hello_of(1_510, 0), calm()));
    assert!(heals(fell()));
    assert!(!heals(fell().shake(NAMELESS, None)));
    let stalled = || Some(FailureKind::Stalled { silent_us: Micros::from_secs(3) });
    assert!(heals(fell().shake(NAMELESS, stalled()).shake(LONG, stalled())));
    assert!(!heals(fell().shake(NAMELESS, stalled()).shake(SHORT, None).shake(PIECES, stalled())));
}
