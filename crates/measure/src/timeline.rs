//! The stages of one exchange, one after the other without a gap: where one ends the next begins.

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{Bytes, Failure, Micros, Seen, Stage, StageSeen, Step, TcpInfo, WireCount};

use crate::watch::{Here, watch};
use crate::{Context, Meter, Patience};

/// Keeps time for one exchange and writes each stage down as it ends.
///
/// Everything takes `&self`, so that an exchange can end stages from inside the future that is being watched.
#[derive(Debug)]
pub struct Timeline {
    context: Context,
    patience: Patience,
    now: Mutex<Present>,
}

/// The stage under way.
#[derive(Debug, Clone)]
struct Present {
    meter: Option<Meter>,
    connected_us: Option<Micros>,
    began_us: Micros,
    worked_us: Micros,
    received_before: Bytes,
    before: Option<TcpInfo>,
}

impl Timeline {
    /// Begins now, with no connection yet.
    pub fn start(context: Context, silence_us: Micros) -> Self {
        let patience = Patience { silence_us, deadline_us: context.deadline_us };
        let now = Present {
            meter: None,
            connected_us: None,
            began_us: context.clock.now(),
            worked_us: Micros(0),
            received_before: Bytes(0),
            before: None,
        };
        Self { context, patience, now: Mutex::new(now) }
    }

    /// From now on the stages are about this connection. An earlier one is closed.
    pub fn attach(&self, meter: Meter) {
        let now = self.context.clock.now();
        let mut present = self.present();
        present.connected_us.get_or_insert(now);
        present.received_before = Bytes(0);
        if let Some(previous) = present.meter.replace(meter) {
            previous.close();
        }
    }

    /// When the first connection stood, since the report's zero.
    pub fn connected_us(&self) -> Option<Micros> {
        self.present().connected_us
    }

    /// The stages that follow are about no connection yet. One that was there is closed.
    pub fn detach(&self) {
        if let Some(previous) = self.present().meter.take() {
            previous.close();
        }
    }

    /// The connection that the stages are about.
    pub fn meter(&self) -> Option<Meter> {
        self.present().meter.clone()
    }

    /// What the probe was given.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// When the present stage began, since the report's zero.
    pub fn began_us(&self) -> Micros {
        self.present().began_us
    }

    /// Names the stage that is under way. It began where the last one ended.
    pub fn enter(&self, stage: Stage) {
        self.context.gauge.enter(stage);
        let mut present = self.present();
        present.before = present.meter.as_ref().and_then(Meter::tcp);
    }

    /// What came is worked on now: it may be much more than was on the wire, and silence meanwhile is not the server's.
    pub fn works(&self) {
        let now = self.context.clock.now();
        self.present().worked_us = now;
    }

    /// The present stage ended well, now.
    pub fn end(&self, step: Step) {
        self.write(step, None, self.context.clock.now(), self.wire());
    }

    /// The present stage ended well at a moment that was noted when it passed, with so many bytes on the connection. The
    /// kernel's view that goes with it is the one of now.
    pub fn end_at(&self, step: Step, at_us: Micros, wire: WireCount) {
        self.write(step, None, at_us, wire);
    }

    /// Bytes on the connection so far.
    pub fn wire(&self) -> WireCount {
        self.meter().as_ref().map(Meter::wire).unwrap_or_default()
    }

    /// The present stage did not end well.
    pub fn fail(&self, step: Step, problem: Failure) {
        self.write(step, Some(problem), self.context.clock.now(), self.wire());
    }

    /// Awaits `future` with open eyes: see [`Patience`]. The error is a stall, the end of the run's time, a flood where
    /// little is due, or a wish to stop; of the first two a snapshot of the connection has then been written down.
    pub async fn watch<T>(&self, future: impl Future<Output = T>) -> Result<T, Failure> {
        let present = || {
            let present = self.present();
            Here {
                moved_us: present.began_us.max(present.worked_us),
                received_before: present.received_before,
                meter: present.meter.clone(),
                before: present.before,
            }
        };
        watch(&self.context, self.patience, present, future).await
    }

    fn write(&self, step: Step, problem: Option<Failure>, at_us: Micros, wire: WireCount) {
        let Present { meter, began_us, .. } = self.present().clone();
        self.context.recorder.write(Seen::Stage(StageSeen {
            started_us: began_us,
            took_us: at_us.since(began_us),
            step,
            problem,
            wire,
            tcp: meter.as_ref().and_then(Meter::tcp),
        }));
        let mut present = self.present();
        (present.began_us, present.received_before) = (at_us, wire.received);
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run leaves no connection behind, not even one that a library's own task still holds.
impl Drop for Timeline {
    fn drop(&mut self) {
        if let Some(meter) = self.meter() {
            meter.close();
        }
    }
}
