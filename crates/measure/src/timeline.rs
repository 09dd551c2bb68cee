//! The stages of one exchange, one after the other without a gap: where one ends the next begins.

use model::{Failure, Micros, Seen, Stage, StageSeen, Step, TcpInfo};

use crate::watch::watch;
use crate::{Context, Meter, Patience};

/// Keeps time for one exchange and writes each stage down as it ends.
#[derive(Debug)]
pub struct Timeline {
    context: Context,
    patience: Patience,
    meter: Option<Meter>,
    began_us: Micros,
    before: Option<TcpInfo>,
}

impl Timeline {
    /// Begins now, with no connection yet.
    pub fn start(context: Context, silence_us: Micros) -> Self {
        let patience = Patience { silence_us, deadline_us: context.deadline_us };
        let began_us = context.clock.now();
        Self { context, patience, meter: None, began_us, before: None }
    }

    /// From now on the stages are about this connection.
    pub fn attach(&mut self, meter: Meter) {
        if let Some(previous) = self.meter.replace(meter) {
            previous.close();
        }
    }

    /// The connection that the stages are about.
    pub fn meter(&self) -> Option<&Meter> {
        self.meter.as_ref()
    }

    /// What the probe was given.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// When the present stage began, since the report's zero.
    pub fn began_us(&self) -> Micros {
        self.began_us
    }

    /// Names the stage that is under way. It began where the last one ended.
    pub fn enter(&mut self, stage: Stage) {
        self.context.gauge.enter(stage);
        self.before = self.meter.as_ref().and_then(Meter::tcp);
    }

    /// The present stage ended well, now.
    pub fn end(&mut self, step: Step) {
        self.end_at(step, self.context.clock.now());
    }

    /// The present stage ended well at a moment that was noted when it passed.
    pub fn end_at(&mut self, step: Step, at_us: Micros) {
        self.write(step, None, at_us);
        self.began_us = at_us;
    }

    /// The present stage did not end well.
    pub fn fail(&mut self, step: Step, problem: Failure) {
        let now = self.context.clock.now();
        self.write(step, Some(problem), now);
        self.began_us = now;
    }

    /// Awaits `future` with open eyes: see [`Patience`]. The error is a stall, the end of the run's time or a wish to
    /// stop; a snapshot of the connection has then been written down.
    pub async fn watch<T>(&self, future: impl Future<Output = T>) -> Result<T, Failure> {
        watch(&self.context, self.patience, self.meter.as_ref(), (self.began_us, self.before), future).await
    }

    /// Silence that counts as a stall in this exchange.
    pub fn silence_us(&self) -> Micros {
        self.patience.silence_us
    }

    fn write(&self, step: Step, problem: Option<Failure>, at_us: Micros) {
        self.context.recorder.write(Seen::Stage(StageSeen {
            started_us: self.began_us,
            took_us: at_us.since(self.began_us),
            step,
            problem,
            wire: self.meter.as_ref().map(Meter::wire).unwrap_or_default(),
            tcp: self.meter.as_ref().and_then(Meter::tcp),
        }));
    }
}

/// A run leaves no connection behind, not even one that a library's own task still holds.
impl Drop for Timeline {
    fn drop(&mut self) {
        if let Some(meter) = &self.meter {
            meter.close();
        }
    }
}
