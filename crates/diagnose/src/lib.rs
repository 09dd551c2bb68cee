//! All judgement, pure: a report in, a diagnosis out. No clock, no socket, no randomness.

mod diagnosis;

pub use diagnosis::{Confidence, Diagnosis, Evidence, Finding, FluxForecast, FluxOutcome, Severity, Verdict};
