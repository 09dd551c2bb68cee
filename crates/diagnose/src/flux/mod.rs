//! What source-controller would do with the same repository from the same place: whether the clone fits under
//! `spec.timeout`, and the words of the condition where it does not. Facts: Flux 2.9 (fluxcd/pkg git 0.52, go-git
//! 5.19), read in their sources and checked against Flux's own client.

mod basis;
mod clock;
mod dial;
mod names;
mod refusal;
mod secret;
mod silence;
mod starved;
mod told;
mod wording;

use model::{FluxVersion, GitRef, HostKeyVerdict, Micros, Report, Seen, Stage, Target, Transport};

use crate::case::Case;
use crate::figures;
use crate::trace::{Mark, Trace};
use crate::{FluxForecast, FluxOutcome};

pub(crate) use clock::{Needed, needed};
pub(crate) use secret::{flaws, stops_flux};

/// Where and when a deadline of Flux's strikes a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strike {
    pub(crate) stage: Stage,
    /// On Flux's clock.
    pub(crate) at: Micros,
}

/// Where a deadline, `spec.timeout` or one of Go's own, strikes in the case's run; none where Flux ends in time or of another
/// cause.
pub(crate) fn struck(case: &Case<'_>) -> Option<Strike> {
    let before_any_clock = secret::flaws(case.report).any(|(_, objection)| secret::stops_flux(objection));
    let forecast_of_a_clock =
        !before_any_clock && matches!(case.flux.outcome, FluxOutcome::TimesOut | FluxOutcome::Fails);
    match clock::fate(&case.report.header.plan, case.subject) {
        Fate::OwnLimit { leg, at, .. } | Fate::Struck { leg, at, .. } if forecast_of_a_clock => {
            Some(Strike { stage: leg.stage, at })
        }
        _ => None,
    }
}

/// True where Flux cannot dial the address, whatever the network: an IPv6 address over SSH.
pub(crate) fn cannot_dial(target: &Target) -> bool {
    Wording::address_in_brackets(target).is_some()
}

use clock::Fate;
use wording::Wording;

/// What Flux would do, from the run of this report that asks as Flux asks.
pub fn forecast(report: &Report) -> FluxForecast {
    match basis::choose(report) {
        Some(run) => of_run(report, run),
        None => secret::fails_at_once(report, None).unwrap_or_else(|| {
            unknown(
                report,
                "No run of this report asks the way Flux does: protocol v0, Flux's depth, no progress, no filter, \
                 packets of any size.",
            )
        }),
    }
}

/// What Flux would do if this run were its own.
pub(crate) fn of_run(report: &Report, run: Trace<'_>) -> FluxForecast {
    if !basis::asks_like_flux(run) {
        return unknown(report, "This run does not ask the way Flux does.");
    }
    if let Some(forecast) = secret::fails_at_once(report, Some(run)) {
        return forecast;
    }
    if let Some(detour) = failed_on_a_detour(report, run) {
        let why = format!(
            "This run goes by {detour}; Flux takes no proxy and no alias from here, only what its GitRepository names."
        );
        return unknown(report, &why);
    }
    let mut forecast = starved::weighed(dial::delayed(report, run, told(report, run)), report, run);
    forecast.caveats.extend(basis::caveats(report, run));
    forecast.caveats.extend((forecast.flux_version > FluxVersion::NEWEST_READ).then(|| {
        format!(
            "Flux {} is newer than what this was checked against: {}.",
            forecast.flux_version,
            FluxVersion::NEWEST_READ
        )
    }));
    forecast
}

/// What the run went by and did not get past.
fn failed_on_a_detour<'a>(report: &Report, run: Trace<'a>) -> Option<&'a str> {
    let (mark, _) = run.first_problem()?;
    run.detour(&report.header.plan.target).filter(|_| mark.stage() <= Stage::Connect)
}

fn told(report: &Report, run: Trace<'_>) -> FluxForecast {
    let plan = &report.header.plan;
    let wording = Wording::new(&plan.target, run);
    let blank = unknown_without_reason(report);
    if let Some(tail) = Wording::address_in_brackets(&plan.target) {
        let pass = if clock::lists_first(plan) { clock::Pass::List } else { clock::Pass::Clone };
        return FluxForecast {
            outcome: FluxOutcome::Fails,
            takes_us: Some(Micros(0)),
            message: Some(wording.condition(pass, &tail)),
            dies_at: Some(Stage::Connect),
            ..blank
        };
    }
    if let Some((mark, verdict)) = refuses_key(run) {
        let pass = if clock::lists_first(plan) { clock::Pass::List } else { clock::Pass::Clone };
        let tail = refusal::of_key(verdict);
        return FluxForecast {
            outcome: FluxOutcome::Fails,
            takes_us: Some(mark.seen.ended_us().since(run.0.started_us)),
            message: Some(wording.condition(pass, tail)),
            dies_at: Some(Stage::KeyExchange),
            caveats: vec![refusal::OWN_SECRET.to_owned()],
            ..blank
        };
    }
    match clock::fate(plan, run) {
        Fate::Done { at, extrapolated } => {
            let mut caveats =
                vec!["Unpacking, checking out and archiving come on top; spec.timeout does not cover them.".to_owned()];
            caveats.extend(extrapolated.then(|| {
                "The pack was cut here; the rest is extrapolated from its estimated size and the rate so far."
                    .to_owned()
            }));
            caveats.extend(listing_first(report, run, at));
            caveats.extend(now_and_then(run));
            FluxForecast { outcome: FluxOutcome::Fits, takes_us: Some(at), extrapolated, caveats, ..blank }
        }
        Fate::Struck { leg, at, seen_until_then } => FluxForecast {
            outcome: FluxOutcome::TimesOut,
            takes_us: Some(at),
            message: Some(wording.condition(leg.pass, &wording.deadline(leg.stage, seen_until_then))),
            dies_at: Some(leg.stage),
            extrapolated: leg.extrapolated,
            caveats: if leg.stalled { silence::extrapolated(report, run) } else { Vec::new() },
            ..blank
        },
        Fate::OwnLimit { leg, at, tail } => FluxForecast {
            outcome: FluxOutcome::Fails,
            takes_us: Some(at),
            message: Some(wording.condition(leg.pass, &wording.get(&tail))),
            dies_at: Some(leg.stage),
            extrapolated: leg.extrapolated,
            caveats: if leg.stalled { silence::extrapolated(report, run) } else { Vec::new() },
            ..blank
        },
        Fate::Hangs { leg } => FluxForecast {
            outcome: FluxOutcome::HangsSilently,
            dies_at: Some(leg.stage),
            extrapolated: true,
            caveats: silence::uncut(report, run, &wording, leg),
            ..blank
        },
        Fate::Failed { leg, failure } => {
            let told = refusal::tell(report, run, &wording, leg, failure);
            FluxForecast {
                outcome: told.outcome,
                takes_us: told
                    .takes_us
                    .or(Some(leg.to).filter(|_| !leg.stalled))
                    .filter(|_| told.outcome == FluxOutcome::Fails),
                message: told.message,
                dies_at: Some(leg.stage),
                caveats: told.caveats,
                ..blank
            }
        }
        Fate::Open { stage, at } => FluxForecast { caveats: open(report, run, &wording, stage, at), ..blank },
    }
}

/// The host key passed here by rules that are not Flux's, and by Flux's it would not.
fn refuses_key(run: Trace<'_>) -> Option<(Mark<'_>, HostKeyVerdict)> {
    let mark = run.mark(Stage::KeyExchange).filter(|mark| mark.problem().is_none())?;
    let known = run.seen().find_map(|seen| if let Seen::KnownKeyTypes(known) = seen { Some(known) } else { None })?;
    Some((mark, known.as_flux.filter(|verdict| *verdict != HostKeyVerdict::Trusted && known.given)?))
}

/// Flux draws the order of host key types, and may draw one that is known of other hosts only.
fn now_and_then(run: Trace<'_>) -> Option<String> {
    let known = run.seen().find_map(|seen| if let Seen::KnownKeyTypes(known) = seen { Some(known) } else { None })?;
    let offer = run.seen().find_map(|seen| if let Seen::SshServerOffer(offer) = seen { Some(offer) } else { None })?;
    let (strangers, all) = crate::rules::strangers(known, offer)?;
    Some(format!(
        "{} times out of {all} it fails instead, with `ssh: handshake failed: {}`: the order of host key types is drawn.",
        strangers.len(),
        "knownhosts: key mismatch"
    ))
}

fn unknown_without_reason(report: &Report) -> FluxForecast {
    FluxForecast {
        timeout_us: report.header.plan.timeout_us,
        flux_version: report.header.plan.flux_version,
        outcome: FluxOutcome::Unknown,
        takes_us: None,
        message: None,
        dies_at: None,
        extrapolated: false,
        caveats: Vec::new(),
    }
}

fn unknown(report: &Report, why: &str) -> FluxForecast {
    FluxForecast { caveats: vec![why.to_owned()], ..unknown_without_reason(report) }
}

/// Why the run cannot tell, and what Flux would say if it went on like this.
fn open(report: &Report, run: Trace<'_>, wording: &Wording, stage: Option<Stage>, at: Micros) -> Vec<String> {
    let timeout = report.header.plan.timeout_us;
    let Some(stage) = stage else {
        return vec!["The run ended before anything was seen of the clone.".to_owned()];
    };
    let mut caveats = vec![format!(
        "The run ended after {} of Flux's {}, in the {}; whether the rest fits cannot be told from it.",
        figures::time(at),
        figures::time(timeout),
        stage.words()
    )];
    let keepalives = run.server_wait().map_or(0, |wait| wait.keepalives);
    if stage == Stage::PackStart && keepalives > 0 {
        // Two keepalives are the ten bytes that satisfy go-git's peek of seven (flux-git.md §1.3).
        let tail = wording.deadline(stage, clock::SeenUntilThen { headers: true, peeked: true });
        caveats.push(format!(
            "If only keepalives come until then, the condition reads: {}",
            wording.condition(clock::Pass::Clone, &tail)
        ));
    }
    caveats
}

/// A fresh clone was measured; with an artifact in storage Flux lists the references first, within the same time
/// (flux-git.md §2.2).
fn listing_first(report: &Report, run: Trace<'_>, takes: Micros) -> Option<String> {
    let plan = &report.header.plan;
    let lists = matches!(plan.git_ref, GitRef::Head | GitRef::Branch(_) | GitRef::Tag(_)) && !plan.artifact_stored;
    let listing = clock::listing(run).filter(|_| lists)?;
    let together = takes + listing;
    let fits = if together > plan.timeout_us { "which no longer fits" } else { "which fits as well" };
    Some(format!(
        "With an artifact already stored, Flux first lists the references on a connection of its own: {} in all, \
         {fits}.",
        figures::time(together)
    ))
}

/// Where HTTP sent the run, if it did.
fn redirected(run: Trace<'_>) -> Option<&str> {
    run.0.observations.iter().rev().find_map(|observation| match &observation.seen {
        Seen::Redirect { to } => Some(to.as_str()),
        _ => None,
    })
}

const fn over_ssh(transport: Transport) -> bool {
    matches!(transport, Transport::Ssh)
}

#[cfg(test)]
mod tests;
