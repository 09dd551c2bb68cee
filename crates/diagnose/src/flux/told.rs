//! One answer of Flux under way: to the letter, roughly, or not known. It knows no failure.

use model::Micros;

use crate::FluxOutcome;

/// What can be said.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) outcome: FluxOutcome,
    pub(super) message: Option<String>,
    /// When, on Flux's clock, where that is not when it failed here.
    pub(super) takes_us: Option<Micros>,
    pub(super) caveats: Vec<String>,
}

impl Told {
    pub(super) fn words(message: String) -> Self {
        Self { outcome: FluxOutcome::Fails, message: Some(message), takes_us: None, caveats: Vec::new() }
    }

    /// It fails, and these words cannot be known to the last letter.
    pub(super) fn roughly(caveat: impl Into<String>) -> Self {
        Self { outcome: FluxOutcome::Fails, message: None, takes_us: None, caveats: vec![caveat.into()] }
    }

    pub(super) fn unknown(caveat: impl Into<String>) -> Self {
        Self { outcome: FluxOutcome::Unknown, message: None, takes_us: None, caveats: vec![caveat.into()] }
    }

    pub(super) const fn after(mut self, time: Micros) -> Self {
        self.takes_us = Some(time);
        self
    }

    pub(super) fn but(mut self, caveat: impl Into<String>) -> Self {
        self.caveats.push(caveat.into());
        self
    }
}
