//! How an exchange stops early.

/// The exchange cannot go on. What happened has been written down as a stage's problem; this only carries the news up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halt;
