//! Whether a stall may still be large packets that vanish on the path, with all that is known of it. That it is so, the rules
//! say.

use model::Stage;

use crate::case::{Case, Clamp};
use crate::change::Change;
use crate::fingerprint::Fingerprint;
use crate::healed::FIRST_WINDOW_BYTES;
use crate::shake::{Fall, Shake};
use crate::ssh::{self, ByContent};
use crate::trace::{Stall, Trace};

/// True where the case's stall may be a hole; none that is no stall is one.
pub(crate) fn is_possible(case: &Case<'_>) -> bool {
    let Some(stall) = case.stall() else { return false };
    match case.clamp() {
        Some(Clamp::Cured(_)) => true,
        Some(Clamp::Late(_) | Clamp::StalledAgain(_)) => false,
        None => !is_of_something_else(case) && case.full_size_before_stall().is_none() && is_large(stall),
    }
}

/// An experiment showed that it is no matter of size or of time: it goes by what the packets say, or strikes connections that
/// rest.
pub(crate) fn is_of_something_else(case: &Case<'_>) -> bool {
    Fall::of(case).is_some() && Shake::of(case).any(Shake::answered)
        || ByContent::of(case).is_some()
        || ssh::holds(case).any(|hold| hold.seen.problem.is_some())
}

/// Whether it was waited through for longer than sides take that look for smaller sizes by themselves.
pub(crate) fn would_have_healed(case: &Case<'_>) -> bool {
    let runs = [Some(case.subject), case.varied(Change::Patience)];
    runs.into_iter().flatten().filter_map(Trace::stall).any(|stall| stall.silent_us >= HEALS_WITHIN)
}

/// What is missing may be a packet larger than the smallest that every path carries.
fn is_large(stall: Stall<'_>) -> bool {
    let Some((print, look)) = Fingerprint::of(stall).zip(stall.look()) else { return true };
    if print.ours_unanswered {
        let acknowledged = look.now.map_or(0, |now| now.bytes_acked);
        return look.wire.sent.0.saturating_sub(acknowledged) > SMALL_BYTES;
    }
    // Such answers are a line, a reply code or a message of a few words.
    let small_answer = matches!(stall.stage(), Stage::Proxy | Stage::Greeting | Stage::Authenticate | Stage::Exec);
    // More than a first window came, and so packets as large as this server sends.
    let large_came = look.wire.received.0 > FIRST_WINDOW_BYTES;
    (print.gap_towards_us || !small_answer) && !large_came
}

/// Every IPv4 path carries 576 bytes whole, as good as (RFC 791 §3.1), less the headers.
const SMALL_BYTES: u64 = 536;

/// Linux begins to look for smaller sizes after three timeouts in a row (tcp(7), `tcp_retries1`); a clone with a hole at both
/// ends was through after 10.1 s (flux-git.md §1.5).
const HEALS_WITHIN: model::Micros = model::Micros::from_secs(15);
