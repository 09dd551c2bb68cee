//! Flux's clock: it starts before the dial and never pauses. Over SSH the handshake spends it and is not cut by it;
//! over HTTPS it cuts everywhere, and Go's own limits cut earlier (flux-git.md §2.5, §2.6, §10). It knows times and
//! stages, and no words.

use model::{Cap, Ended, Failure, FailureKind, GitRef, Micros, Plan, Stage, Step, Transport};

use super::over_ssh;
use crate::trace::{Mark, Trace, is_ours};

/// Go's `http.DefaultTransport`: dialer timeout.
pub(super) const GO_DIAL_LIMIT: Micros = Micros::from_secs(30);
/// Go's `http.DefaultTransport`: `TLSHandshakeTimeout`.
const GO_TLS_LIMIT: Micros = Micros::from_secs(10);
/// Linux from 6.5 on with its defaults: four times 1 s (`tcp_syn_linear_timeouts`) before the 1 + 2 + 4 + … + 64 s of
/// `tcp_syn_retries` 6 (Documentation/networking/ip-sysctl.rst); before that 127 s. The controller was seen to wait 135 s.
pub(super) const KERNEL_CONNECT_TIMEOUT: Micros = Micros::from_secs(131);
/// A transfer that was cut has no rate below this: SSH hands on up to 32 KiB at once (RFC 4253 §6.1), so that the first
/// bytes may come in a millisecond after the wait of seconds in which they travelled.
const LEAST_TRANSFER: Micros = Micros::from_secs(1);
/// go-git peeks this far behind the acknowledgement before it takes the pack to have begun (flux-git.md §1.1).
const PEEKED_BYTES: u64 = 7;

/// Which of Flux's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// The listing of references, on a connection of its own.
    List,
    /// The clone.
    Clone,
}

/// One stage on Flux's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub(super) pass: Pass,
    pub(super) stage: Stage,
    pub(super) from: Micros,
    pub(super) to: Micros,
    /// Waiting on it was given up here.
    pub(super) stalled: bool,
    /// What is said of its end was not seen.
    pub(super) extrapolated: bool,
}

/// What the client had got of a stage when the deadline struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SeenUntilThen {
    /// The headers of the HTTP response.
    pub(super) headers: bool,
    /// Seven bytes behind the acknowledgement.
    pub(super) peeked: bool,
}

/// How it ends for Flux.
#[derive(Debug, Clone)]
pub(super) enum Fate<'a> {
    /// The last byte arrives in time.
    Done { at: Micros, extrapolated: bool },
    /// The deadline strikes.
    Struck { leg: Leg, at: Micros, seen_until_then: SeenUntilThen },
    /// One of Go's own limits strikes before it.
    OwnLimit { leg: Leg, at: Micros, tail: String },
    /// A handshake that nothing cuts.
    Hangs { leg: Leg },
    /// It fails at once.
    Failed { leg: Leg, failure: &'a Failure },
    /// The run says too little.
    Open { stage: Option<Stage>, at: Micros },
}

/// How it ends for Flux if the run is its own.
pub(super) fn fate<'a>(plan: &Plan, run: Trace<'a>) -> Fate<'a> {
    let timeout = plan.timeout_us;
    let ssh = over_ssh(plan.target.transport);
    let mut last = (None, Micros(0));
    for (leg, mark) in legs(plan, run) {
        last = (Some(leg.stage), leg.to);
        if let Some(fate) = own_limit(plan.target.transport, timeout, leg, mark, run) {
            return fate;
        }
        let uncut = ssh && leg.stage.is_handshake();
        let seen = |at: Micros| seen_until(mark, leg, at);
        match mark.problem() {
            Some(failure) if matches!(failure.kind, FailureKind::Stalled { .. }) => {
                let leg = Leg { stalled: true, extrapolated: leg.to < timeout, ..leg };
                if leg.stage == Stage::Resolve {
                    return Fate::Failed { leg, failure };
                }
                let at = timeout.max(leg.from);
                return if uncut { Fate::Hangs { leg } } else { Fate::Struck { leg, at, seen_until_then: seen(at) } };
            }
            _ if !uncut && leg.to > timeout => {
                let at = timeout.max(leg.from);
                return Fate::Struck { leg, at, seen_until_then: seen(at) };
            }
            Some(failure) if !is_ours(&failure.kind) => return Fate::Failed { leg, failure },
            Some(_) => break,
            None => {}
        }
    }
    let (stage, at) = last;
    if run.0.ended == Ended::Complete {
        return Fate::Done { at, extrapolated: false };
    }
    match needed(plan, run) {
        Some(needed) if needed.total <= timeout => Fate::Done { at: needed.total, extrapolated: true },
        Some(needed) => {
            let leg = Leg {
                pass: Pass::Clone,
                stage: Stage::PackTransfer,
                from: needed.pack_began,
                to: needed.total,
                stalled: false,
                extrapolated: true,
            };
            let at = timeout.max(leg.from);
            Fate::Struck { leg, at, seen_until_then: SeenUntilThen { headers: true, peeked: true } }
        }
        None => Fate::Open { stage, at },
    }
}

/// How long Flux would need without a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needed {
    /// From the dial to the last byte, the listing included where Flux makes one.
    pub(crate) total: Micros,
    /// When the pack began.
    pub(crate) pack_began: Micros,
    /// True where the pack was cut and its end is extrapolated.
    pub(crate) extrapolated: bool,
}

/// How long Flux would need without a deadline; none where the run did not see enough of the pack. A pack that was cut
/// is extrapolated from its estimated size and its mean rate, if it ran long enough to have one.
pub(crate) fn needed(plan: &Plan, run: Trace<'_>) -> Option<Needed> {
    let (mark, pack) = run.pack()?;
    let shift = if lists_first(plan) { listing(run)? } else { Micros(0) };
    let pack_began = mark.seen.started_us.since(run.0.started_us) + shift;
    if run.0.ended == Ended::Complete {
        let last = run.marks().last()?.seen.ended_us().since(run.0.started_us);
        return Some(Needed { total: last + shift, pack_began, extrapolated: false });
    }
    let cut = matches!(run.0.ended, Ended::Cut { .. } | Ended::Stopped { .. })
        || mark.problem().is_some_and(|problem| is_ours(&problem.kind));
    let filled_the_cap = matches!(run.0.ended, Ended::Cut { cap: Cap::Bytes });
    let has_a_rate = filled_the_cap || mark.seen.took_us >= LEAST_TRANSFER;
    let whole = pack.estimated_pack.filter(|_| cut && has_a_rate && pack.pack.0 > 0)?;
    let stretched = u128::from(mark.seen.took_us.0) * u128::from(whole.0.max(pack.pack.0)) / u128::from(pack.pack.0);
    let transfer = Micros(u64::try_from(stretched).unwrap_or(u64::MAX));
    Some(Needed { total: pack_began + transfer, pack_began, extrapolated: true })
}

/// How long one listing of the references takes: everything up to the end of the advertisement.
pub(super) fn listing(run: Trace<'_>) -> Option<Micros> {
    let mark = run.mark(Stage::AdvertisementTransfer).filter(|mark| mark.problem().is_none())?;
    Some(mark.seen.ended_us().since(run.0.started_us))
}

/// flux-git.md §2.2: only `spec.ref.name` lists on a first clone; a branch or a tag does once an artifact is stored. Over HTTP
/// Go may use the connection again; that it does not is assumed.
pub(super) const fn lists_first(plan: &Plan) -> bool {
    match plan.git_ref {
        GitRef::Name(_) => true,
        GitRef::Head | GitRef::Branch(_) | GitRef::Tag(_) => plan.artifact_stored,
        GitRef::Semver(_) | GitRef::Commit { .. } => false,
    }
}

/// The run's stages as Flux would pass them, twice up to the advertisement where it lists first.
fn legs<'a>(plan: &Plan, run: Trace<'a>) -> Vec<(Leg, Mark<'a>)> {
    let leg = |pass: Pass, mark: Mark<'_>, shift: Micros| Leg {
        pass,
        stage: mark.stage(),
        from: mark.seen.started_us.since(run.0.started_us) + shift,
        to: mark.seen.ended_us().since(run.0.started_us) + shift,
        stalled: false,
        extrapolated: false,
    };
    let mut legs = Vec::new();
    let mut shift = Micros(0);
    if lists_first(plan) {
        let until_advertised = run.marks().filter(|mark| mark.stage() <= Stage::AdvertisementTransfer);
        legs.extend(until_advertised.map(|mark| (leg(Pass::List, mark, shift), mark)));
        match listing(run) {
            Some(took) => shift = took,
            None => return legs,
        }
    }
    legs.extend(run.marks().map(|mark| (leg(Pass::Clone, mark, shift), mark)));
    legs
}

fn own_limit<'a>(transport: Transport, timeout: Micros, leg: Leg, mark: Mark<'a>, run: Trace<'a>) -> Option<Fate<'a>> {
    let stalled = mark.problem().is_some_and(|problem| matches!(problem.kind, FailureKind::Stalled { .. }));
    let (limit, tail) = match (transport, leg.stage) {
        (Transport::Ssh, _) => return None,
        (_, Stage::Connect) => (GO_DIAL_LIMIT, format!("dial tcp {}: i/o timeout", run.peer()?)),
        (_, Stage::Tls) => (GO_TLS_LIMIT, "net/http: TLS handshake timeout".to_owned()),
        _ => return None,
    };
    let at = leg.from + limit;
    let strikes = at < timeout && (stalled || leg.to > at);
    strikes.then(|| Fate::OwnLimit { leg: Leg { stalled, extrapolated: leg.to < at, ..leg }, at, tail })
}

/// What had come of this stage at `at` on Flux's clock. A stage that ended well later had not ended then: whatever
/// closes it is taken as not seen, as the HTTP headers mostly come together with the first body bytes.
fn seen_until(mark: Mark<'_>, leg: Leg, at: Micros) -> SeenUntilThen {
    let ended_badly = mark.problem().is_some();
    let headers = match mark.seen.step {
        Step::AdvertisementWait { http_status } | Step::ResponseWait { http_status } => {
            ended_badly && http_status.is_some()
        }
        _ => leg.stage > Stage::ResponseWait || leg.stage == Stage::AdvertisementTransfer,
    };
    let peeked = match mark.seen.step {
        Step::FirstPacket { bytes_after_ack, .. } => ended_badly && bytes_after_ack.0 >= PEEKED_BYTES,
        Step::PackStart { peeked_at_us: Some(peeked_at), .. } => leg.from + peeked_at.since(mark.seen.started_us) <= at,
        Step::PackStart { .. } => false,
        _ => leg.stage > Stage::PackStart,
    };
    SeenUntilThen { headers, peeked }
}
