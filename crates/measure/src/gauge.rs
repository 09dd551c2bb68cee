//! What a running probe is doing, for whoever looks on: the progress line, and the watch that decides on a stall.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use model::{Bytes, Stage};

/// Shared, cheap to write, never a measurement.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Arc<Dials>);

#[derive(Debug, Default)]
struct Dials {
    stage: AtomicU8,
    received: AtomicU64,
    pack: AtomicU64,
}

/// One look at a [`Gauge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The stage under way.
    pub stage: Stage,
    /// Bytes received on the present connection.
    pub received: Bytes,
    /// Pack bytes among them.
    pub pack: Bytes,
}

impl Gauge {
    /// The stage that begins.
    pub fn enter(&self, stage: Stage) {
        self.0.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// Bytes received so far.
    pub fn received(&self, total: u64) {
        self.0.received.store(total, Ordering::Relaxed);
    }

    /// Pack bytes so far.
    pub fn pack(&self, total: u64) {
        self.0.pack.store(total, Ordering::Relaxed);
    }

    /// A look.
    pub fn read(&self) -> Reading {
        let stage = usize::from(self.0.stage.load(Ordering::Relaxed));
        Reading {
            stage: Stage::ALL.get(stage).copied().unwrap_or(Stage::End),
            received: Bytes(self.0.received.load(Ordering::Relaxed)),
            pack: Bytes(self.0.pack.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_survives_the_dial() {
        let gauge = Gauge::default();
        for stage in Stage::ALL {
            gauge.enter(stage);
            assert_eq!(gauge.read().stage, stage);
        }
    }
}
