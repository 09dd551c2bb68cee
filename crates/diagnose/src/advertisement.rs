//! When a ref advertisement is slow or large enough for a word. It says nothing of why.

use model::{Bytes, Micros, Protocol, Stage};

use crate::policy::Policy;
use crate::trace::{Mark, Trace, is_ours};

/// An advertisement of protocol v0 that deserves attention.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlowAdvertisement<'a> {
    /// Its record.
    pub(crate) mark: Mark<'a>,
    /// The wait for it and its transfer together.
    pub(crate) took_us: Micros,
    /// Its bytes.
    pub(crate) size: Bytes,
    /// References in it.
    pub(crate) refs: u32,
}

/// The run's advertisement, if it is slow and a large share of the run, or large whatever it took. A stalled one is
/// another matter.
pub(crate) fn slow<'a>(run: Trace<'a>, policy: &Policy) -> Option<SlowAdvertisement<'a>> {
    let (mark, advertisement) = run.advertisement()?;
    if run.parameters().protocol != Protocol::V0 || mark.problem().is_some_and(|problem| !is_ours(&problem.kind)) {
        return None;
    }
    let took_us = took(run)?;
    let percent = u128::from(took_us.0) * 100 / u128::from(run.0.took_us.0.max(1));
    let slow = took_us > policy.slow_advertisement_us && percent > u128::from(policy.slow_advertisement_percent);
    let large = advertisement.size >= policy.large_advertisement;
    (slow || large).then_some(SlowAdvertisement { mark, took_us, size: advertisement.size, refs: advertisement.refs })
}

/// The wait for the advertisement and its transfer together.
pub(crate) fn took(run: Trace<'_>) -> Option<Micros> {
    let transfer = run.mark(Stage::AdvertisementTransfer)?.seen.took_us;
    let wait = run.mark(Stage::AdvertisementWait).map_or(Micros(0), |mark| mark.seen.took_us);
    Some(wait + transfer)
}
