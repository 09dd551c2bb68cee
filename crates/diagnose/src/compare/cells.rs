//! What stands in the cells of one column. It sees one report and whether the pack of another one was cut; what differs is
//! none of its business.

use model::{Ended, Micros, Seen, Stage, StageSeen, Step, TcpInfo, Trailer};

use super::comparison::ExchangeEnd;
use super::row::{Cell, Incomparability, Measure, Quantity};
use super::view::View;
use crate::reach::Reach;
use crate::sight::Sight;
use crate::trace::{Mark, Trace, is_ours};

/// What the columns have in common, which a single one cannot know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common {
    /// Some packs were cut at a cap, and not all of them at as many bytes.
    pub(super) cut_apart: bool,
    /// The reference pointed at different commits.
    pub(super) commits_differ: bool,
}

/// The cell of this column in that row.
pub(super) fn cell(view: &View<'_>, measure: Measure, common: Common) -> Cell {
    let cell = match measure {
        Measure::Stage { stage } => of_stage(view, stage, common),
        Measure::Exchange => whole(view, common),
        Measure::Addresses => addresses(view),
        Measure::Dialled => {
            let dialled = view.dialled().map(|peer| Quantity::Words { words: peer.to_string() });
            found(dialled, || absent(view, Stage::Connect, common))
        }
        Measure::RoundTrip => found(round_trip(view), || not_run("no connection told its round trip")),
        Measure::SegmentSizes => found(segments(view), || absent(view, Stage::Connect, common)),
        Measure::Algorithms => found(algorithms(view), || algorithms_absent(view, common)),
        Measure::Pack | Measure::PackRate => pack(view, measure, common),
        Measure::Processor => processor(view),
        Measure::Flux => value(Quantity::Flux {
            outcome: view.diagnosis.flux.outcome,
            takes_us: view.diagnosis.flux.takes_us,
            timeout_us: view.diagnosis.flux.timeout_us,
        }),
        Measure::Finding => {
            let first = view.diagnosis.findings.first();
            let named =
                first.map(|finding| Quantity::Finding { rule: finding.rule.clone(), confidence: finding.confidence });
            found(named, || not_run("nothing was found"))
        }
    };
    match (view.stranger, cell) {
        // What a finding is called and what Flux comes to are told of each column by themselves.
        (Some(why), Cell::Value { value }) if !matches!(measure, Measure::Finding | Measure::Flux) => {
            Cell::Incomparable { why, value: Some(value) }
        }
        (_, cell) => cell,
    }
}

/// The time that was spent in a stage, over all connections of the run: a redirect passes some twice.
pub(super) fn time_in(run: Trace<'_>, stage: Stage) -> Option<Micros> {
    let times = run.marks().filter(|mark| mark.stage() == stage).map(|mark| mark.seen.took_us);
    times.reduce(|sum, time| sum + time)
}

/// How many bytes of the pack came, and over which time; none where none was due.
pub(super) fn transfer(run: Trace<'_>) -> Option<(u64, Micros)> {
    let (mark, pack) = run.pack()?;
    Some((pack.pack.0, mark.seen.took_us))
}

fn of_stage(view: &View<'_>, stage: Stage, common: Common) -> Cell {
    let Some((run, mark)) = view.run.and_then(|run| Some((run, run.mark(stage)?))) else {
        return absent(view, stage, common);
    };
    if let Some(failed) = failed(view, mark, None) {
        return failed;
    }
    let took = value(Quantity::Duration { took_us: time_in(run, stage).unwrap_or_default() });
    match stage {
        Stage::PackTransfer if common.cut_apart && is_cut(run) => beside(Incomparability::CutAtCap, took),
        Stage::PackStart | Stage::PackTransfer if common.commits_differ => beside(Incomparability::OtherCommit, took),
        _ => took,
    }
}

/// The cell of a stage that did not end well.
fn failed(view: &View<'_>, mark: Mark<'_>, stage: Option<Stage>) -> Option<Cell> {
    let problem = mark.problem()?;
    let turned_away = match view.column.end {
        ExchangeEnd::NoLogin { stage } => Some(stage),
        ExchangeEnd::Secret { stage } => stage,
        _ => None,
    };
    if turned_away.is_some_and(|stage| stage <= mark.stage()) {
        return Some(without(Incomparability::NoLogin));
    }
    if is_ours(&problem.kind) {
        return Some(without(Incomparability::BrokenOff));
    }
    Some(Cell::Failed { how: problem.kind.clone(), stage, after_us: mark.seen.took_us })
}

/// Why there is nothing of a stage.
fn absent(view: &View<'_>, stage: Stage, common: Common) -> Cell {
    let Some(run) = view.run else { return not_run("no exchange was made") };
    let last = run.marks().map(Mark::stage).max();
    if last.is_some_and(|last| stage < last) || run.0.ended == Ended::Complete {
        return not_run("no part of this exchange");
    }
    if is_cut(run) {
        return if common.cut_apart {
            without(Incomparability::CutAtCap)
        } else {
            not_run("the pack was cut before it")
        };
    }
    match view.column.end {
        ExchangeEnd::NoLogin { .. } | ExchangeEnd::Secret { .. } => without(Incomparability::NoLogin),
        _ if run.first_problem().is_some_and(|(_, failure)| !is_ours(&failure.kind)) => Cell::NotReached,
        _ => without(Incomparability::BrokenOff),
    }
}

fn whole(view: &View<'_>, common: Common) -> Cell {
    let Some(run) = view.run else { return not_run("no exchange was made") };
    let took = value(Quantity::Duration { took_us: run.0.took_us });
    let failed = run.first_problem().and_then(|(mark, _)| failed(view, mark, Some(mark.stage())));
    match &run.0.ended {
        Ended::Cut { .. } if common.cut_apart => beside(Incomparability::CutAtCap, took),
        Ended::Complete | Ended::Cut { .. } => took,
        Ended::Skipped { reason } => not_run(reason),
        _ => match failed {
            Some(Cell::Failed { how, stage, .. }) => Cell::Failed { how, stage, after_us: run.0.took_us },
            Some(other) => other,
            None => beside(Incomparability::BrokenOff, took),
        },
    }
}

fn addresses(view: &View<'_>) -> Cell {
    let addresses = view.run.map(Trace::first_addresses).unwrap_or_default();
    if addresses.is_empty() {
        return match of_stage(view, Stage::Resolve, NOTHING_COMMON) {
            Cell::Value { .. } => not_run("an address was given"),
            other => other,
        };
    }
    value(Quantity::Addresses { addresses: addresses.to_vec() })
}

/// The least of all round trips to the first server: of handshakes (`TCP_INFO` when they stood), and of the exchange.
fn round_trip(view: &View<'_>) -> Option<Quantity> {
    let run = view.run?;
    let peer = view.dialled()?;
    let reach = Reach::of(view.report);
    let handshakes =
        reach.entrance().filter_map(crate::reach::Try::attempt).filter(|attempt| attempt.peer.ip() == peer.ip());
    let of_handshakes = handshakes.filter_map(|attempt| Some(attempt.handshake?.rtt_us));
    let redirected = run.seen().any(|seen| matches!(seen, Seen::Redirect { .. }));
    let of_exchange = run.marks().filter(|_| !redirected).filter_map(|mark| Some(mark.seen.tcp?.min_rtt_us));
    // The kernel says 0 where it measured none, and its largest number before the first one.
    let least = of_handshakes.chain(of_exchange).filter(|us| (1..u32::MAX).contains(us)).min()?;
    Some(Quantity::Duration { took_us: Micros(least.into()) })
}

/// As the kernel had them in the end: it may have learned of a smaller path on the way.
fn segments(view: &View<'_>) -> Option<Quantity> {
    let run = view.run?;
    let of_stages = run.marks().filter_map(|mark| mark.seen.tcp);
    let of_stall = run.stall().and_then(|stall| stall.look()?.now);
    let known = |tcp: &TcpInfo| tcp.advertised_mss_bytes > 0 && tcp.path_mtu_bytes > 0;
    let tcp = of_stages.chain(of_stall).rfind(known)?;
    Some(Quantity::Segments { announced_mss_bytes: tcp.advertised_mss_bytes, path_mtu_bytes: tcp.path_mtu_bytes })
}

fn algorithms(view: &View<'_>) -> Option<Quantity> {
    let names = view.run?.marks().find_map(|mark| agreed(mark.seen))?;
    Some(Quantity::Words { words: names })
}

fn agreed(seen: &StageSeen) -> Option<String> {
    match &seen.step {
        Step::KeyExchange { algorithms: Some(names), .. } => Some(format!("{} {}", names.kex, names.cipher)),
        Step::Tls { version: Some(version), group, .. } => {
            Some([Some(version), group.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}

fn algorithms_absent(view: &View<'_>, common: Common) -> Cell {
    let ssh = view.report.header.plan.target.transport == model::Transport::Ssh;
    let stage = if ssh { Stage::KeyExchange } else { Stage::Tls };
    match of_stage(view, stage, common) {
        Cell::Value { .. } | Cell::Failed { .. } => not_run("not told"),
        other => other,
    }
}

fn pack(view: &View<'_>, measure: Measure, common: Common) -> Cell {
    let Some((run, (bytes, over_us))) = view.run.and_then(|run| Some((run, transfer(run)?))) else {
        return absent(view, Stage::PackTransfer, common);
    };
    let Some((mark, pack)) = run.pack() else { return Cell::NotReached };
    if let Some(failed) = failed(view, mark, None) {
        return failed;
    }
    if measure == Measure::PackRate {
        let bits = bytes.saturating_mul(8).saturating_mul(1_000_000).checked_div(over_us.0);
        // A rate is one whether the pack came to its end or not.
        return found(bits.map(|bits_per_second| Quantity::Rate { bits_per_second, over_us }), || {
            not_run("it took no time")
        });
    }
    let size = value(Quantity::Size { size_bytes: pack.pack });
    let part = pack.trailer == Trailer::NotReached && is_cut(run);
    match () {
        () if part && common.cut_apart => beside(Incomparability::CutAtCap, size),
        () if common.commits_differ => beside(Incomparability::OtherCommit, size),
        () => size,
    }
}

fn processor(view: &View<'_>) -> Cell {
    let Some(run) = view.run else { return not_run("no exchange was made") };
    let used = Sight::of(run.0, |seen| if let Seen::Machine(used) = seen { Some(used) } else { None }).last();
    let Some(used) = used.map(|sight| sight.seen) else { return not_run("the machine was not looked at") };
    match &used.run_queue_us {
        model::Found::Value(waited) => {
            let waited_us = (*waited).min(used.took_us);
            let held = used.throttling.value().map_or(Micros(0), |held| held.throttled_us);
            let held_by_quota = held > Micros(0) && held.0 >= waited_us.0 / 2;
            value(Quantity::Waited { waited_us, held_by_quota })
        }
        model::Found::Absent(why) => not_run(why),
    }
}

pub(super) fn is_cut(run: Trace<'_>) -> bool {
    matches!(run.0.ended, Ended::Cut { .. })
}

fn value(value: Quantity) -> Cell {
    Cell::Value { value }
}

fn found(quantity: Option<Quantity>, otherwise: impl FnOnce() -> Cell) -> Cell {
    quantity.map_or_else(otherwise, value)
}

fn not_run(why: &str) -> Cell {
    Cell::NotRun { why: why.to_owned() }
}

fn without(why: Incomparability) -> Cell {
    Cell::Incomparable { why, value: None }
}

/// The same cell, not to be compared.
fn beside(why: Incomparability, cell: Cell) -> Cell {
    match cell {
        Cell::Value { value } => Cell::Incomparable { why, value: Some(value) },
        other => other,
    }
}

pub(super) const NOTHING_COMMON: Common = Common { cut_apart: false, commits_differ: false };
