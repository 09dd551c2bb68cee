//! How many runs there are at a time: those that flood would measure each other.

use std::sync::{Condvar, Mutex};

/// Some of the seats that all runs share.
pub(crate) struct Seats(usize);

impl Seats {
    /// Waits until so many are free.
    pub(crate) fn take(wanted: usize) -> Self {
        let mut free = FREE.lock().unwrap();
        while *free < wanted {
            free = FREED.wait(free).unwrap();
        }
        *free -= wanted;
        Self(wanted)
    }
}

impl Drop for Seats {
    fn drop(&mut self) {
        *FREE.lock().unwrap() += self.0;
        FREED.notify_all();
    }
}

static FREE: Mutex<usize> = Mutex::new(ALL_SEATS);
static FREED: Condvar = Condvar::new();

/// Runs at a time; one that floods takes half of them.
pub(crate) const ALL_SEATS: usize = 10;
