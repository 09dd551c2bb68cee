//! What a starved client leaves of a forecast: its own waiting is in every time, and Flux's client spends less of its time under
//! the deadline than netprobe does.

use model::Report;

use super::needed;
use crate::figures::time;
use crate::processor::{Rival, Starved, starved};
use crate::trace::Trace;
use crate::{FluxForecast, FluxOutcome, Policy};

/// The forecast with what the waiting makes uncertain.
pub(super) fn weighed(forecast: FluxForecast, report: &Report, run: Trace<'_>) -> FluxForecast {
    let Some(starved) = starved(run, &Policy::STANDARD) else { return forecast };
    match forecast.outcome {
        FluxOutcome::Fits if matches!(starved.by, Rival::Quota(_)) => {
            // flux-git.md §1.5: with 5 % of a core it cloned in 19.6 s under a timeout of 12 s.
            let mut forecast = forecast;
            forecast.caveats.push(
                "With as little of a processor Flux is late without an error: it unpacks and checks out for long, and \
                 spec.timeout does not cover that."
                    .to_owned(),
            );
            forecast
        }
        FluxOutcome::TimesOut if would_fit(report, run, &starved) => {
            let why = format!(
                "This client waited for a processor for {} of {}; whether Flux's, with as little of one, ends in time \
                 cannot be told from it. With a processor it would.",
                time(starved.waited_us),
                time(starved.sight.seen.took_us)
            );
            super::unknown(report, &why)
        }
        _ => forecast,
    }
}

fn would_fit(report: &Report, run: Trace<'_>, starved: &Starved<'_>) -> bool {
    let plan = &report.header.plan;
    needed(plan, run).is_some_and(|needed| starved.without_the_wait(needed.total) <= plan.timeout_us)
}
