//! The only way out for what a probe sees: each observation leaves at once, so that nothing seen is lost with the probe.

use std::fmt;
use std::sync::Arc;

use model::{Observation, Seen};

use crate::Clock;

/// Hands observations to whoever keeps the journal.
#[derive(Clone)]
pub struct Recorder {
    clock: Clock,
    sink: Arc<dyn Fn(Observation) + Send + Sync>,
}

impl Recorder {
    /// A recorder that stamps with `clock` and gives to `sink`.
    pub fn new(clock: Clock, sink: impl Fn(Observation) + Send + Sync + 'static) -> Self {
        Self { clock, sink: Arc::new(sink) }
    }

    /// Writes down something seen now.
    pub fn write(&self, seen: Seen) {
        (self.sink)(Observation { at_us: self.clock.now(), seen });
    }

    /// Writes down one sentence for the reader.
    pub fn remark(&self, text: impl Into<model::RemoteText>) {
        self.write(Seen::Remark { text: text.into() });
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Recorder")
    }
}
