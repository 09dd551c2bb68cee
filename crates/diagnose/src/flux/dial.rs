//! How long Flux's dial is held up by addresses that do not answer before it gets to the one that does. Go races the two
//! families and tries the addresses of one family one after the other (Go 1.24 net/dial.go: `dialParallel`, `dialSerial`,
//! `partialDeadline`). Over HTTP the dial has a deadline of its own and not the request's (net/http/transport.go).

use std::net::IpAddr;

use model::{Micros, Report, Stage};

use super::clock::{self, Pass, SeenUntilThen};
use super::over_ssh;
use super::wording::Wording;
use crate::figures::time;
use crate::reach::{Answer, Reach};
use crate::trace::Trace;
use crate::{FluxForecast, FluxOutcome};

/// The same forecast behind the wait for silent addresses, where there is one.
pub(super) fn delayed(report: &Report, run: Trace<'_>, forecast: FluxForecast) -> FluxForecast {
    let plan = &report.header.plan;
    let ssh = over_ssh(plan.target.transport);
    let deadline = (!ssh).then_some(clock::GO_DIAL_LIMIT);
    // A proxy's or a jump host's addresses are not dialled by Flux.
    let direct = run.detour(&plan.target).is_none();
    let held_up = (direct && run.passed(Stage::Connect)).then(|| wait(report, run, deadline)).flatten();
    let Some(Wait { silent, time: waits }) = held_up else { return forecast };
    let rotates =
        "Name servers often turn the order of addresses round: where another one comes first, Flux is not held up.";
    let mut caveats = vec![rotates.to_owned()];
    if ssh {
        caveats.push(format!(
            "{silent} comes first and does not answer. Over SSH no timeout covers the dial: Flux goes on to the next address \
             when the kernel gives up, after about {}; until then Ready stays as it was, and the only sign is \
             `Reconciling=True: reconciliation in progress`.",
            time(waits)
        ));
        return FluxForecast {
            outcome: FluxOutcome::HangsSilently,
            takes_us: None,
            message: None,
            dies_at: Some(Stage::Connect),
            caveats,
            ..forecast
        };
    }
    caveats.push(format!("{silent} comes first and does not answer: Flux waits {} for it.", time(waits)));
    if waits >= plan.timeout_us {
        let wording = Wording::new(&plan.target, run);
        let seen = SeenUntilThen { headers: false, peeked: false };
        let pass = if clock::lists_first(plan) { Pass::List } else { Pass::Clone };
        return FluxForecast {
            outcome: FluxOutcome::TimesOut,
            takes_us: Some(plan.timeout_us),
            message: Some(wording.condition(pass, &wording.deadline(Stage::Connect, seen))),
            dies_at: Some(Stage::Connect),
            caveats,
            ..forecast
        };
    }
    let takes_us = forecast.takes_us.map(|takes| takes + waits);
    let late = forecast.outcome == FluxOutcome::Fits && takes_us.is_some_and(|takes| takes > plan.timeout_us);
    caveats.extend(forecast.caveats);
    FluxForecast {
        outcome: if late { FluxOutcome::TimesOut } else { forecast.outcome },
        takes_us: if late { Some(plan.timeout_us) } else { takes_us },
        caveats,
        ..forecast
    }
}

struct Wait {
    /// The first address that does not answer.
    silent: IpAddr,
    time: Micros,
}

/// Until the first connection stands, if that is later than the other family's head start.
fn wait(report: &Report, run: Trace<'_>, deadline: Option<Micros>) -> Option<Wait> {
    let reach = Reach::of(report);
    let order = run.first_addresses();
    let first = *order.first()?;
    let family = |same: bool| -> Vec<IpAddr> {
        order.iter().copied().filter(|address| (address.is_ipv4() == first.is_ipv4()) == same).collect()
    };
    let primary = serial(&reach, &family(true), deadline);
    let fallback = serial(&reach, &family(false), deadline).map(|time| time + HEAD_START);
    let time = [primary, fallback].into_iter().flatten().min()?;
    let silent = order.iter().find(|address| matches!(reach.answer(**address), Some(Answer::Silent { .. })))?;
    (time > HEAD_START).then_some(Wait { silent: *silent, time })
}

/// Until one of these answers, tried in this order; none where none does.
fn serial(reach: &Reach<'_>, addresses: &[IpAddr], deadline: Option<Micros>) -> Option<Micros> {
    let mut waited = Micros(0);
    for (remaining, address) in (1..=addresses.len() as u64).rev().zip(addresses) {
        match reach.answer(*address) {
            // What is not known is taken to answer.
            None | Some(Answer::Connects(_)) => return Some(waited),
            Some(Answer::Refuses(_) | Answer::Barred(_) | Answer::NotRouted) => {}
            Some(Answer::Silent { .. }) => {
                let share = match deadline {
                    None => clock::KERNEL_CONNECT_TIMEOUT,
                    Some(deadline) => {
                        let left = deadline.since(waited);
                        Micros(left.0 / remaining).max(LEAST_SHARE).min(left)
                    }
                };
                waited = waited + share;
            }
        }
    }
    None
}

/// Go's `fallbackDelay` before it tries the other family.
const HEAD_START: Micros = Micros::from_millis(300);
/// Go's `saneMinimum` for one of several addresses.
const LEAST_SHARE: Micros = Micros::from_secs(2);
