//! A point of time that packets, traces of git and stamps of scripts have in common.

use std::time::Duration;

/// On this computer's clock: nanoseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// From seconds and nanoseconds, as captures have them.
    pub fn new(seconds: u32, nanoseconds: u32) -> Self {
        Self(i64::from(seconds) * SECOND + i64::from(nanoseconds))
    }

    /// The moment nearest to this one at which clocks show so much since midnight (UTC): git's traces know no date.
    #[must_use]
    pub fn nearest_at(self, since_midnight: Duration) -> Self {
        let shown = i64::try_from(since_midnight.as_nanos()).unwrap_or_default();
        let today = self.0 - self.0.rem_euclid(DAY) + shown;
        let nearest = [today - DAY, today, today + DAY].into_iter().min_by_key(|moment| moment.abs_diff(self.0));
        Self(nearest.unwrap_or(today))
    }

    /// This moment as somebody sees it whom the news of it takes so long to reach.
    #[must_use]
    pub fn later_by(self, way: Duration) -> Self {
        Self(self.0 + i64::try_from(way.as_nanos()).unwrap_or(i64::MAX))
    }

    /// In milliseconds, negative where the other one is later.
    pub fn ms_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1e6
    }
}

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_found_across_midnight() {
        let just_before = Moment::new(2 * 86_400 - 1, 0);
        assert_eq!(just_before.nearest_at(Duration::from_secs(2)), Moment::new(2 * 86_400 + 2, 0));
        assert_eq!(just_before.nearest_at(Duration::from_secs(86_398)), Moment::new(2 * 86_400 - 2, 0));
    }
}
