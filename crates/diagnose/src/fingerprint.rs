//! What TCP says of a connection on which nothing comes any more: whose bytes are missing. It says nothing of why.

use model::{Stage, TcpInfo};

use crate::figures::count;
use crate::trace::Stall;

/// A stalled connection, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Segments arrived behind one that is missing: the server sent what did not come.
    pub(crate) gap_towards_us: bool,
    /// Our own bytes are out and not acknowledged.
    pub(crate) ours_unanswered: bool,
    /// The reading, as a clause.
    pub(crate) words: String,
}

impl Fingerprint {
    /// Reads the last look before waiting was given up; none where there was no connection to look at.
    pub(crate) fn of(stall: Stall<'_>) -> Option<Self> {
        let look = stall.look()?;
        let now = look.now?;
        let gap = gap_segments(stall.stage(), look.before.as_ref(), &now);
        let ours_unanswered = now.unacked_segments > 0 && now.backoff > 0;
        let mut words = Vec::new();
        if gap > 0 {
            words.push(format!("{} came behind a gap that was not filled", count(gap.into(), "segment")));
        }
        words.push(if ours_unanswered {
            format!(
                "{} of ours had no acknowledgement, sent again {} in a row",
                count(now.unacked_segments.into(), "segment"),
                count(now.backoff.into(), "time")
            )
        } else if now.unacked_segments == 0 {
            "all that we sent was acknowledged".to_owned()
        } else {
            format!("{} of ours had no acknowledgement yet", count(now.unacked_segments.into(), "segment"))
        });
        Some(Self { gap_towards_us: gap > 0, ours_unanswered, words: words.join(", ") })
    }

    /// Nothing is missing in either direction, as far as TCP knows.
    pub(crate) const fn quiet(&self) -> bool {
        !self.gap_towards_us && !self.ours_unanswered
    }
}

/// The kernel counts every segment that ever came out of order. Before the pack so little has been sent that any of
/// them belongs to the gap, even one that came in the moment before the stage began; in the pack only new ones do.
fn gap_segments(stage: Stage, before: Option<&TcpInfo>, now: &TcpInfo) -> u32 {
    if stage < Stage::PackTransfer {
        return now.out_of_order_segments;
    }
    let earlier = before.map_or(0, |before| before.out_of_order_segments);
    now.out_of_order_segments.saturating_sub(earlier)
}
