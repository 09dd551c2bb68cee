//! Nothing is wrong.

use model::{PackProgress, Trailer};

use crate::case::Case;
use crate::figures::{count, rate, size, time};
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::{Mark, Trace};
use crate::{Confidence, Evidence, Severity};

pub(super) const RULE: Rule = Rule { id: "healthy", title: "nothing is wrong", weight: Weight::LastWord, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let run = case.subject;
    if !run.went_well() || run.first_problem().is_some() {
        return None;
    }
    let plan = &case.report.header.plan;
    let needed = flux::needed(plan, run)?;
    let (mark, pack) = run.pack()?;
    let timeout = time(plan.timeout_us);
    let statement = if needed.extrapolated {
        let whole = pack.estimated_pack.map_or(pack.pack, |estimate| estimate.max(pack.pack));
        format!(
            "The clone works from here: {} of about {} came in {}, the whole takes about {}; Flux waits {timeout}.",
            size(pack.pack),
            size(whole),
            time(run.0.took_us),
            time(needed.total)
        )
    } else {
        format!(
            "The clone works from here: a pack of {}, {} in all; Flux waits {timeout}.",
            size(pack.pack),
            time(needed.total)
        )
    };
    let confidence = if needed.extrapolated { Confidence::Likely } else { Confidence::Proven };
    let word = Judgement::new(Severity::Info, confidence, statement, passed(run, mark, pack));
    Some(word.and(pace(mark, pack)).and([packets(run, mark)]))
}

fn passed(run: Trace<'_>, mark: Mark<'_>, pack: &PackProgress) -> Evidence {
    let stages = count(run.marks().count() as u64, "stage");
    mark.shows(match pack.trailer {
        Trailer::Verified => format!("{stages} without a fault, and the pack's checksum matches its bytes"),
        _ => format!("{stages} without a fault; the pack was cut before its checksum"),
    })
}

fn pace(mark: Mark<'_>, pack: &PackProgress) -> Option<Evidence> {
    let rate = rate(pack.pack, mark.seen.took_us)?;
    Some(mark.shows(format!(
        "{} of the pack in {}, {rate}; the longest gap was {}",
        size(pack.pack),
        time(mark.seen.took_us),
        time(pack.longest_gap_us)
    )))
}

/// Whether large packets come through is told by the largest that came, and by nothing else.
fn packets(run: Trace<'_>, last: Mark<'_>) -> Evidence {
    if let Some((mark, bytes)) = run.full_size_segment() {
        return mark.shows(format!(
            "a segment of {bytes} bytes arrived, as large as this side takes them: full-size packets pass to here"
        ));
    }
    match run.largest_segment() {
        Some((mark, bytes)) => {
            let welcome = mark.seen.tcp.map_or(0, |tcp| tcp.advertised_mss_bytes);
            mark.shows(format!("a segment of {bytes} bytes arrived; larger ones, up to {welcome}, were not seen"))
        }
        None => last.shows("no large segment was seen: whether full-size packets pass cannot be told from this run"),
    }
}
