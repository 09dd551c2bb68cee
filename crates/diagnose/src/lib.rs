//! All judgement, pure: a report in, a diagnosis out. No clock, no socket, no randomness.
//!
//! [`diagnose`] asks every rule of [`RULES`] about every [`model::Report`]; [`forecast`] says what Flux would make of
//! it; [`follow_up`] names the run that would separate the causes that are still possible.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod about;
mod advertisement;
mod authorities;
mod case;
mod change;
mod command;
mod compare;
mod diagnosis;
mod doors;
mod figures;
mod fingerprint;
mod flux;
mod follow_up;
mod healed;
mod hole;
mod judge;
mod judgement;
mod names;
mod policy;
mod processor;
mod reach;
mod rules;
#[cfg(test)]
mod samples;
mod shake;
mod sight;
mod ssh;
mod trace;

pub use about::about;
pub use compare::{
    Cell, Column, Comparison, Difference, DifferenceBound, DifferenceKind, Echo, ExchangeEnd, FaultPlace,
    Incomparability, Measure, Quantity, Row, RowMark, Told, compare,
};
pub use diagnosis::{Confidence, Diagnosis, Evidence, Finding, FluxForecast, FluxOutcome, Severity, Verdict};
pub use flux::forecast;
pub use follow_up::follow_up;
pub use judge::diagnose;
pub use policy::Policy;
pub use rules::{RULES, Rule, Weight};
