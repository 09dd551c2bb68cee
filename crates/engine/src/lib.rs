//! Makes the runs of a plan, one after the other, asks what would tell more, and keeps the journal. It knows no rule and
//! no probe: both are handed to it.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod journal_file;
mod plan;
mod run;

pub use journal_file::{JournalError, JournalFile};
pub use plan::{Wish, plan};
pub use run::{Job, run};
