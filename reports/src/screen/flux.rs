//! What Flux would make of it: its time against its clock, and the very message that it would log.

use diagnose::{FluxForecast, FluxOutcome};

use crate::number;
use crate::page::Page;
use crate::style::{Ink, Mark};

pub(super) fn section(page: &mut Page, flux: &FluxForecast) {
    page.gap();
    let (mark, words) = outcome(flux);
    page.marked(mark, Ink::Plain, &words);
    if let Some(message) = &flux.message {
        page.quoted("it would log", message);
    }
    page.items("bear in mind", &flux.caveats);
}

fn outcome(flux: &FluxForecast) -> (Mark, String) {
    let timeout = number::duration(flux.timeout_us);
    let takes = flux.takes_us.map(number::duration);
    let about = if flux.extrapolated { "about " } else { "" };
    let at = flux.dies_at.map(|stage| format!(" at “{}”", stage.words())).unwrap_or_default();
    let (mark, words) = match (flux.outcome, takes) {
        (FluxOutcome::Fits, Some(takes)) => (Mark::GOOD, format!("fits: {about}{takes} of its {timeout}")),
        (FluxOutcome::Fits, None) => (Mark::GOOD, format!("fits into its {timeout}")),
        (FluxOutcome::TimesOut, Some(takes)) if flux.takes_us > Some(flux.timeout_us) => {
            (Mark::BAD, format!("does not fit: needs {about}{takes}, and its {timeout} run out{at}"))
        }
        (FluxOutcome::TimesOut, _) => (Mark::BAD, format!("does not fit: its {timeout} run out{at}")),
        (FluxOutcome::Fails, Some(takes)) => (Mark::BAD, format!("fails{at} after {about}{takes} (timeout {timeout})")),
        (FluxOutcome::Fails, None) => (Mark::BAD, format!("fails{at} (timeout {timeout})")),
        (FluxOutcome::HangsSilently, _) => {
            let words = "its timeout does not cut a handshake, nothing is logged, and Ready stays as it was";
            (Mark::BAD, format!("hangs{at}: {words} (timeout {timeout})"))
        }
        (FluxOutcome::Unknown, _) => (Mark::OPEN, format!("cannot be told from this report (timeout {timeout})")),
    };
    let label = if flux.extrapolated { " (extrapolated)" } else { "" };
    (mark, format!("Flux {} · {words}{label}", flux.flux_version))
}
