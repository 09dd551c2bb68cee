//! Silences that ended when one side began to send smaller packets (RFC 4821, `net.ipv4.tcp_mtu_probing`). It says nothing of
//! what else may have lost them.

use model::{Micros, Step, TcpInfo};

use crate::figures::count;
use crate::policy::Policy;
use crate::trace::{Mark, Trace};

/// A stage in which nothing came for long and which then went on, in smaller packets than before.
#[derive(Debug, Clone)]
pub(crate) struct Healed<'a> {
    /// The stage.
    pub(crate) mark: Mark<'a>,
    /// How long nothing came.
    pub(crate) silent_us: Micros,
    /// True where the packets were ours, false where they were the server's.
    pub(crate) ours: bool,
    /// What TCP says of it, as a clause.
    pub(crate) words: String,
}

/// Every such stage of a run that went well; none where packets were kept small from the start.
pub(crate) fn healed<'a>(run: Trace<'a>, policy: &Policy) -> Vec<Healed<'a>> {
    if !run.went_well() || run.parameters().mss_clamp_bytes.is_some() {
        return Vec::new();
    }
    let looks: Vec<(Mark<'a>, &TcpInfo)> =
        run.marks().filter_map(|mark| Some((mark, mark.seen.tcp.as_ref()?))).collect();
    let pairs = looks.iter().zip(looks.iter().skip(1));
    let silent = pairs.filter_map(|((earlier, before), (mark, now))| {
        let silent_us = silence(*earlier, *mark).filter(|silent_us| *silent_us >= policy.least_healing_us)?;
        let (ours, words) = ours(before, now).or_else(|| theirs(run, before, now))?;
        Some(Healed { mark: *mark, silent_us, ours, words })
    });
    silent.collect()
}

/// How long nothing came in a stage; none where what came may have taken the time.
fn silence(earlier: Mark<'_>, mark: Mark<'_>) -> Option<Micros> {
    if let Step::PackTransfer(pack) = &mark.seen.step {
        return Some(pack.longest_gap_us);
    }
    let came = mark.seen.wire.received.0.saturating_sub(earlier.seen.wire.received.0);
    (came <= FIRST_WINDOW_BYTES).then_some(mark.seen.took_us)
}

/// All of them together.
pub(crate) fn took(healed: &[Healed<'_>]) -> Micros {
    healed.iter().fold(Micros(0), |sum, one| sum + one.silent_us)
}

/// The kernel cut our segments shorter, and no router had told it to: only its own search does that.
fn ours(before: &TcpInfo, now: &TcpInfo) -> Option<(bool, String)> {
    let told = now.path_mtu_bytes < before.path_mtu_bytes;
    let cut = now.snd_mss_bytes < before.snd_mss_bytes && now.total_retransmits > before.total_retransmits;
    (cut && !told).then(|| {
        let words = format!(
            "after {} the kernel cut our segments from {} bytes to {} by itself",
            count((now.total_retransmits - before.total_retransmits).into(), "retransmission"),
            before.snd_mss_bytes,
            now.snd_mss_bytes
        );
        (true, words)
    })
}

/// Something was missing from the server, and nothing ever came that was as large as we would take it.
fn theirs(run: Trace<'_>, before: &TcpInfo, now: &TcpInfo) -> Option<(bool, String)> {
    let gap = now.out_of_order_segments.saturating_sub(before.out_of_order_segments);
    let (_, largest) = run.largest_segment().filter(|_| run.full_size_segment().is_none())?;
    (gap > 0).then(|| {
        let words = format!(
            "{} came behind a gap; the largest that ever came had {largest} bytes, and {} were announced as welcome",
            count(gap.into(), "segment"),
            now.advertised_mss_bytes
        );
        (false, words)
    })
}

/// Less than this a sender sends at once (RFC 6928 §2: ten segments), so no rate explains how long it took.
pub(crate) const FIRST_WINDOW_BYTES: u64 = 14_600;
