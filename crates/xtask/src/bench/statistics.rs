//! Medians and an interval for them, from a handful of paired runs. Pure.

/// A median with the interval that holds the true one in at least 90 % of cases, where so many runs allow it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Estimate {
    /// From at least one sample; `None` for none. The interval is that of the sign test: it assumes nothing but
    /// independent runs (Conover, Practical Nonparametric Statistics, 3.2). Below 5 runs it is the whole range, which
    /// promises less.
    pub(super) fn of(samples: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_unstable_by(f64::total_cmp);
        let cut = outliers_to_cut(samples.len());
        Some(Self {
            median: median(&samples)?,
            low: *samples.get(cut)?,
            high: *samples.get(samples.len().checked_sub(1 + cut)?)?,
        })
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// How many samples may be left out at each end: the largest k with P(Binomial(n, 1/2) ≤ k) ≤ 5 %, else none.
fn outliers_to_cut(samples: usize) -> usize {
    let mut weight = 0.5_f64.powi(i32::try_from(samples).unwrap_or(i32::MAX));
    let mut below = 0.0;
    for cut in 0..samples {
        below += weight;
        if below > 0.05 {
            return cut.saturating_sub(1);
        }
        weight *= (samples - cut) as f64 / (cut + 1) as f64;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers() {
        assert_eq!(Estimate::of([3.0, 1.0, 2.0]), Some(Estimate { median: 2.0, low: 1.0, high: 3.0 }));
        assert_eq!(Estimate::of([4.0, 1.0, 2.0, 3.0]), Some(Estimate { median: 2.5, low: 1.0, high: 4.0 }));
        assert_eq!(Estimate::of([]), None);
    }

    #[test]
    fn the_interval_is_the_textbooks() {
        // Tables of the sign test: one-sided 5 % points of the binomial distribution.
        let expected = [(1, 0), (4, 0), (5, 0), (7, 0), (8, 1), (10, 1), (11, 2), (15, 3), (20, 5)];
        for (samples, cut) in expected {
            assert_eq!(outliers_to_cut(samples), cut, "{samples} samples");
        }
    }
}
