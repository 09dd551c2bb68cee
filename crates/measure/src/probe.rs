//! The contract of a probe: it asks one question of the network and writes down observations.

use std::pin::Pin;

use model::{Ended, Parameters};

use crate::Context;

/// A probe's run. It never fails: what went wrong is an observation, and `Ended` says only where the run stopped.
pub type ProbeFuture = Pin<Box<dyn Future<Output = Ended> + Send>>;

/// One question to the network.
pub trait Probe: Sync {
    /// What it asks, what it costs, what it needs.
    fn card(&self) -> &'static Card;

    /// Makes ready what is not the network's, and returns the asking itself: the run's clock starts with the future.
    /// Observations go to `context.recorder` as they are made. `None` where the parameters are another probe's.
    fn run(&self, parameters: &Parameters, context: Context) -> Option<ProbeFuture>;
}

/// What a user should know before a probe runs.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// As in [`Parameters::probe`].
    pub name: &'static str,
    /// The question, one sentence.
    pub question: &'static str,
    /// How it is answered: method and standards.
    pub method: &'static str,
    /// Connections and bytes at the defaults.
    pub cost: &'static str,
    /// Rights it needs.
    pub privileges: &'static str,
    /// What it cannot tell.
    pub blind_to: &'static str,
}
