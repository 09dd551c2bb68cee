//! What the probes around the exchange saw, each record with its place in the report, so that whatever is said can point at
//! it. It knows no probe and picks by the kind of record.

use model::{Measurement, Report, RunId, Seen};

use crate::Evidence;

/// One record of some kind and where it stands.
#[derive(Debug)]
pub(crate) struct Sight<'a, T> {
    run: RunId,
    index: usize,
    /// The run that it belongs to.
    pub(crate) within: &'a Measurement,
    /// The record.
    pub(crate) seen: &'a T,
}

impl<T> Clone for Sight<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Sight<'_, T> {}

impl<'a, T> Sight<'a, T> {
    /// Every record of a kind, in order: `Sight::all(report, |seen| match seen { Seen::Query(query) => Some(query), _ => None })`.
    pub(crate) fn all(
        report: &'a Report,
        pick: impl Fn(&'a Seen) -> Option<&'a T> + Copy + 'a,
    ) -> impl Iterator<Item = Self> + 'a {
        report.measurements.iter().flat_map(move |within| Self::of(within, pick))
    }

    /// The same within one run.
    pub(crate) fn of(
        within: &'a Measurement,
        pick: impl Fn(&'a Seen) -> Option<&'a T> + 'a,
    ) -> impl Iterator<Item = Self> + 'a {
        let observations = within.observations.iter().enumerate();
        observations.filter_map(move |(index, observation)| {
            Some(Self { run: within.run.id, index, within, seen: pick(&observation.seen)? })
        })
    }

    /// A pointer to this record, with what is to be read there.
    pub(crate) fn shows(self, what: impl Into<String>) -> Evidence {
        Evidence { run: self.run, observation: Some(self.index), shows: what.into() }
    }
}
