//! How the threads of a server learn that it is over, also while they make somebody wait.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Whether to stop.
#[derive(Debug, Default)]
pub(super) struct Stop {
    set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(super) fn set(&self) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    pub(super) fn is_set(&self) -> bool {
        self.is_set_within(Duration::ZERO)
    }

    pub(super) fn is_set_within(&self, duration: Duration) -> bool {
        let set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let (set, _) =
            self.changed.wait_timeout_while(set, duration, |set| !*set).unwrap_or_else(PoisonError::into_inner);
        *set
    }
}
