//! Waiting with open eyes: a wait ends when what was waited for comes, when silence has lasted too long, when far more
//! came than this stage can be about, when the run's time is over, or when somebody asks. Before it gives up it takes the
//! look that a diagnosis lives on.

use std::time::Duration;

use model::{Bytes, Failure, FailureKind, Micros, Seen, Stage, StallSnapshot, TcpInfo, TransferSample};
use tokio::time::MissedTickBehavior;

use crate::{Context, Meter};

/// When to stop waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Silence that counts as a stall, where the stage has no times of its own: a look-up is silent by nature, and nobody
    /// answers a connection attempt between two of the kernel's.
    pub silence_us: Micros,
    /// When the run must be over, since the report's zero.
    pub deadline_us: Micros,
}

#[derive(Debug, PartialEq, Eq)]
enum Wait {
    GoOn,
    Stalled { silent_us: Micros },
    OutOfTime { silent_us: Micros },
}

impl Patience {
    /// The same with the times that this stage has of its own.
    fn during(self, stage: Stage) -> Self {
        let silence_us = match stage {
            Stage::Resolve => self.silence_us.max(LOOK_UP),
            Stage::Connect => self.silence_us.min(last_attempt_before(self.silence_us) + ANSWER),
            _ => self.silence_us,
        };
        Self { silence_us, ..self }
    }

    fn decide(self, now: Micros, last_progress: Micros) -> Wait {
        let silent_us = now.since(last_progress);
        if silent_us >= self.silence_us {
            Wait::Stalled { silent_us }
        } else if now + LAST_LOOK >= self.deadline_us {
            Wait::OutOfTime { silent_us }
        } else {
            Wait::GoOn
        }
    }
}

/// The stage under way.
pub(crate) struct Here {
    /// When it began, or what came was last worked on, since the report's zero.
    pub(crate) moved_us: Micros,
    /// What had come on its connection by then.
    pub(crate) received_before: Bytes,
    /// Its connection.
    pub(crate) meter: Option<Meter>,
    /// The kernel's view of that when it began.
    pub(crate) before: Option<TcpInfo>,
}

/// Awaits `future`, looking up every [`TICK`]. `present` tells of the stage under way.
pub(crate) async fn watch<T>(
    context: &Context,
    patience: Patience,
    present: impl Fn() -> Here,
    future: impl Future<Output = T>,
) -> Result<T, Failure> {
    let mut future = std::pin::pin!(future);
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut samples = 0_u32;
    loop {
        tokio::select! {
            biased;
            done = &mut future => return Ok(done),
            () = context.stop.asked() => return Err(Failure::new(FailureKind::Cancelled, waiting_for(context))),
            _ = tick.tick() => {}
        }
        let Here { moved_us, received_before, meter, before } = present();
        let meter = meter.as_ref();
        let stage = context.gauge.read().stage;
        let came = meter.map_or(Bytes(0), |meter| meter.wire().received) - received_before;
        if let Some(most) = most_in(stage).filter(|most| came > *most) {
            let said = format!("more than {} MiB came", most.0 >> 20);
            return Err(Failure::new(FailureKind::TooLarge, waiting_for(context)).saying(said));
        }
        // Our own writing is progress too: the socket takes more only once the other side has taken what was before.
        let last_progress = meter.map_or(moved_us, |meter| meter.last_received().max(meter.last_sent())).max(moved_us);
        let patience = patience.during(stage);
        let (kind, silent_us) = match patience.decide(context.clock.now(), last_progress) {
            Wait::GoOn => {
                sample(context, meter, &mut samples);
                continue;
            }
            Wait::Stalled { silent_us } => (FailureKind::Stalled { silent_us }, silent_us),
            Wait::OutOfTime { silent_us } => (FailureKind::OutOfTime, silent_us),
        };
        context.recorder.write(Seen::Stall(StallSnapshot {
            during: stage,
            silent_us,
            wire: meter.map(Meter::wire).unwrap_or_default(),
            before,
            now: meter.and_then(Meter::tcp),
        }));
        return Err(Failure::new(kind, waiting_for(context)));
    }
}

/// When the kernel sends its last SYN before `end`: after 0, 1, 3, 7, 15, … s (RFC 6298, sections 2 and 5.5). Linux from 6.5 on
/// sends after 0, 1, 2, 3, 4, 5, 7, 11, 19, … s (`tcp_syn_linear_timeouts`): more of them, and as early, so that the answer to
/// no fewer is waited for.
fn last_attempt_before(end: Micros) -> Micros {
    let mut sent = Micros(0);
    loop {
        let next = sent + sent + Micros::from_secs(1);
        if next >= end {
            return sent;
        }
        sent = next;
    }
}

fn waiting_for(context: &Context) -> String {
    format!("wait during: {}", context.gauge.read().stage.words())
}

/// What a server may send in a stage where little is due. A transfer has bounds of its own, in whoever reads it.
fn most_in(stage: Stage) -> Option<Bytes> {
    match stage {
        Stage::Proxy | Stage::Greeting | Stage::KeyExchange | Stage::Tls | Stage::Authenticate => Some(HANDSHAKE),
        Stage::Exec
        | Stage::AdvertisementWait
        | Stage::Request
        | Stage::ResponseWait
        | Stage::Acknowledgment
        | Stage::FirstPacket
        | Stage::PackStart
        | Stage::End => Some(AHEAD),
        Stage::Resolve | Stage::Connect | Stage::AdvertisementTransfer | Stage::ShallowList | Stage::PackTransfer => {
            None
        }
    }
}

/// One point of the series, while something is being transferred. Past [`DENSE_SAMPLES`] only every tenth is kept, so
/// that an hour of transfer does not fill memory.
fn sample(context: &Context, meter: Option<&Meter>, samples: &mut u32) {
    let reading = context.gauge.read();
    if !matches!(reading.stage, Stage::AdvertisementTransfer | Stage::PackTransfer) {
        return;
    }
    *samples = samples.saturating_add(1);
    if *samples > DENSE_SAMPLES && !samples.is_multiple_of(10) {
        return;
    }
    if let Some((meter, tcp)) = meter.and_then(|meter| Some((meter, meter.tcp()?))) {
        let sample = TransferSample { during: reading.stage, wire: meter.wire(), pack: reading.pack, tcp };
        context.recorder.write(Seen::Sample(sample));
    }
}

/// How often the connection is looked at. Finer shows nothing more on paths with tens of milliseconds of delay.
const TICK: Duration = Duration::from_millis(100);

/// Twice 5 s for a name server that is silent (resolv.conf(5), `timeout` and `attempts`), and a little: the resolver's own
/// word is worth more than our impatience.
const LOOK_UP: Micros = Micros::from_millis(10_500);

/// What the answer to a SYN may take.
const ANSWER: Micros = Micros::from_millis(1_500);

/// A hundred times what the longest chain of certificates or the longest banner takes.
const HANDSHAKE: Bytes = Bytes::from_mebibytes(1);

/// Twice what a server may send before anybody asks it for more: the largest window that is given, HTTP/2's 4 MiB.
const AHEAD: Bytes = Bytes::from_mebibytes(8);

/// Left before a deadline for the last look and for closing up.
const LAST_LOOK: Micros = Micros::from_millis(300);

/// Three minutes at one sample a [`TICK`].
const DENSE_SAMPLES: u32 = 1_800;

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { silence_us: Micros::from_secs(6), deadline_us: Micros::from_secs(30) };

    #[test]
    fn silence_is_counted_from_the_last_byte() {
        let at = |now, last| PATIENCE.decide(Micros::from_millis(now), Micros::from_millis(last));
        assert_eq!(at(5_900, 0), Wait::GoOn);
        assert_eq!(at(6_000, 0), Wait::Stalled { silent_us: Micros::from_secs(6) });
        assert_eq!(at(20_000, 15_000), Wait::GoOn);
    }

    #[test]
    fn a_stage_with_times_of_its_own_is_waited_for_by_them() {
        let waits = |silence_s, stage| {
            Patience { silence_us: Micros::from_secs(silence_s), ..PATIENCE }.during(stage).silence_us
        };
        assert_eq!(waits(6, Stage::Greeting), Micros::from_secs(6));
        assert_eq!(waits(6, Stage::Resolve), Micros::from_millis(10_500), "two rounds of the C library's");
        assert_eq!(waits(20, Stage::Resolve), Micros::from_secs(20));
        assert_eq!(waits(6, Stage::Connect), Micros::from_millis(4_500), "the third attempt goes out after 3 s");
        assert_eq!(waits(8, Stage::Connect), Micros::from_secs(8), "the fourth after 7 s");
        assert_eq!(waits(20, Stage::Connect), Micros::from_millis(16_500), "the fifth after 15 s");
        assert_eq!(waits(1, Stage::Connect), Micros::from_secs(1));
    }

    #[test]
    fn the_deadline_ends_a_wait_that_is_not_silent() {
        let at = |now, last| PATIENCE.decide(Micros::from_millis(now), Micros::from_millis(last));
        assert_eq!(at(29_600, 29_000), Wait::GoOn);
        assert_eq!(at(29_700, 29_000), Wait::OutOfTime { silent_us: Micros::from_millis(700) });
        assert_eq!(at(29_700, 20_000), Wait::Stalled { silent_us: Micros::from_millis(9_700) }, "silence says more");
    }

    #[test]
    fn a_flood_is_one_only_where_little_is_due() {
        let flood = |stage, came| most_in(stage).is_some_and(|most| came > most);
        assert!(!flood(Stage::Tls, Bytes(60_000)), "a long chain of certificates");
        assert!(flood(Stage::Greeting, Bytes::from_mebibytes(2)));
        assert!(!flood(Stage::AdvertisementWait, Bytes::from_mebibytes(4)), "a window's worth may come early");
        assert!(flood(Stage::PackStart, Bytes::from_mebibytes(9)));
        for transfer in [Stage::AdvertisementTransfer, Stage::ShallowList, Stage::PackTransfer] {
            assert!(!flood(transfer, Bytes(u64::MAX)), "{transfer:?} is bounded by its reader");
        }
    }
}
