//! Waits that ended when one side began to send smaller packets (RFC 4821, `net.ipv4.tcp_mtu_probing`). It says nothing of
//! what else may have lost them.

use model::{Micros, TcpInfo};

use crate::figures::count;
use crate::policy::Policy;
use crate::trace::{Mark, Trace};

/// A stage that took long and then went on, in smaller packets than before.
#[derive(Debug, Clone)]
pub(crate) struct Healed<'a> {
    /// The stage.
    pub(crate) mark: Mark<'a>,
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
    let long = pairs.filter(|(_, (mark, _))| mark.seen.took_us >= policy.least_healing_us);
    long.filter_map(|((_, before), (mark, now))| ours(*mark, before, now).or_else(|| theirs(run, *mark, before, now)))
        .collect()
}

/// All of them together.
pub(crate) fn took(healed: &[Healed<'_>]) -> Micros {
    healed.iter().fold(Micros(0), |sum, one| sum + one.mark.seen.took_us)
}

/// The kernel cut our segments shorter, and no router had told it to: only its own search does that.
fn ours<'a>(mark: Mark<'a>, before: &TcpInfo, now: &TcpInfo) -> Option<Healed<'a>> {
    let told = now.path_mtu_bytes < before.path_mtu_bytes;
    let cut = now.snd_mss_bytes < before.snd_mss_bytes && now.total_retransmits > before.total_retransmits;
    (cut && !told).then(|| Healed {
        mark,
        ours: true,
        words: format!(
            "after {} the kernel cut our segments from {} bytes to {} by itself",
            count((now.total_retransmits - before.total_retransmits).into(), "retransmission"),
            before.snd_mss_bytes,
            now.snd_mss_bytes
        ),
    })
}

/// Something was missing from the server, and nothing ever came that was as large as we would take it.
fn theirs<'a>(run: Trace<'a>, mark: Mark<'a>, before: &TcpInfo, now: &TcpInfo) -> Option<Healed<'a>> {
    let gap = now.out_of_order_segments.saturating_sub(before.out_of_order_segments);
    let (_, largest) = run.largest_segment().filter(|_| run.full_size_segment().is_none())?;
    (gap > 0).then(|| Healed {
        mark,
        ours: false,
        words: format!(
            "{} came behind a gap; the largest that ever came had {largest} bytes, and {} were announced as welcome",
            count(gap.into(), "segment"),
            now.advertised_mss_bytes
        ),
    })
}
