//! One zero for everything in a report. Monotonic; what the wall clock said at zero stands in the report's header.

use std::time::Instant;

use model::Micros;

/// Counts from the report's zero.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    zero: Instant,
}

impl Clock {
    /// A clock whose zero is now.
    pub fn start() -> Self {
        Self { zero: Instant::now() }
    }

    /// Time since zero.
    pub fn now(&self) -> Micros {
        self.zero.elapsed().into()
    }
}
