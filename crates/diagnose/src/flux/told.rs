//! One answer of Flux under way: to the letter, roughly, or not known. It knows no failure.

use crate::FluxOutcome;

/// What can be said.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) outcome: FluxOutcome,
    pub(super) message: Option<String>,
    pub(super) caveats: Vec<String>,
}

impl Told {
    pub(super) fn words(message: String) -> Self {
        Self { outcome: FluxOutcome::Fails, message: Some(message), caveats: Vec::new() }
    }

    /// It fails, and these words cannot be known to the last letter.
    pub(super) fn roughly(caveat: impl Into<String>) -> Self {
        Self { outcome: FluxOutcome::Fails, message: None, caveats: vec![caveat.into()] }
    }

    pub(super) fn unknown(caveat: impl Into<String>) -> Self {
        Self { outcome: FluxOutcome::Unknown, message: None, caveats: vec![caveat.into()] }
    }

    pub(super) fn but(mut self, caveat: impl Into<String>) -> Self {
        self.caveats.push(caveat.into());
        self
    }
}
