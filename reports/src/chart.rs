//! Small charts made of block characters: a bar on a time scale, and a rate over time. Pure arithmetic; colour and
//! ASCII are somebody else's business.

use model::{Bytes, Micros, TransferSample};

/// Rates over a transfer, in equal steps of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Bits per second, one for each step; what lies between two samples is spread evenly.
    pub bits_per_second: Vec<f64>,
    /// From the first sample to the last.
    pub span_us: Micros,
}

impl Rates {
    /// Cuts a series of samples, each with its time, into `steps` equal steps. None where there are fewer than three
    /// samples or no time passed: two points are a mean, not a course.
    pub fn of<'a>(samples: impl IntoIterator<Item = (Micros, &'a TransferSample)>, steps: usize) -> Option<Self> {
        let points: Vec<(Micros, Bytes)> = samples.into_iter().map(|(at, sample)| (at, sample.pack)).collect();
        let (first, last) = (points.first()?.0, points.last()?.0);
        let span_us = last.since(first);
        if points.len() < MIN_SAMPLES || span_us.0 == 0 || steps == 0 {
            return None;
        }
        // More steps than samples would show the sampling, not the transfer.
        let steps = steps.min(points.len() - 1);
        let seconds_a_step = span_us.as_secs_f64() / steps as f64;
        let bytes_at = |seconds: f64| interpolated(&points, first, seconds);
        let bits_per_second = (0..steps)
            .map(|step| {
                let (start, end) = (step as f64 * seconds_a_step, (step + 1) as f64 * seconds_a_step);
                (bytes_at(end) - bytes_at(start)).max(0.0) * 8.0 / seconds_a_step
            })
            .collect();
        Some(Self { bits_per_second, span_us })
    }

    /// The highest rate of a step.
    pub fn peak(&self) -> f64 {
        self.bits_per_second.iter().copied().fold(0.0, f64::max)
    }

    /// One character a step, its height relative to the peak; a step in which nothing came is a space.
    pub fn sparkline(&self) -> String {
        let peak = self.peak();
        self.bits_per_second
            .iter()
            .map(|rate| {
                // Less than a bit per second is arithmetic's dust.
                if *rate < 1.0 { ' ' } else { pick(&HEIGHTS, (rate / peak * HEIGHTS.len() as f64).round()) }
            })
            .collect()
    }
}

/// A bar on a scale of `cells` characters that stands for `total`: it begins at `start` and is `length` long. Never empty:
/// what took no time still shows as a sliver where it was.
pub fn bar(start: Micros, length: Micros, total: Micros, cells: usize) -> String {
    if cells == 0 {
        return String::new();
    }
    let scale = cells as f64 / (total.0.max(1) as f64);
    let last_start = cells as f64 - 1.0 / EIGHTHS.len() as f64;
    let from = (start.0 as f64 * scale).clamp(0.0, last_start);
    let to = ((start + length).0 as f64 * scale).clamp(from, cells as f64);
    let first = from.floor();
    let mut out = " ".repeat(whole(first));
    if to - from <= 1.0 {
        out.push(pick(&EIGHTHS, ((to - from) * EIGHTHS.len() as f64).round()));
        return out;
    }
    // There is no left edge finer than a half.
    let lead = from - first;
    out.push(if lead >= 0.75 {
        ' '
    } else if lead >= 0.25 {
        '▐'
    } else {
        '█'
    });
    let full = to.floor();
    out.push_str(&"█".repeat(whole(full - first - 1.0)));
    let rest = ((to - full) * EIGHTHS.len() as f64).round();
    if rest >= 1.0 {
        out.push(pick(&EIGHTHS, rest));
    }
    out
}

fn interpolated(points: &[(Micros, Bytes)], first: Micros, seconds: f64) -> f64 {
    let mut before = (0.0, 0.0);
    for (at, bytes) in points {
        let here = (at.since(first).as_secs_f64(), bytes.0 as f64);
        if here.0 >= seconds {
            let share = if here.0 > before.0 { (seconds - before.0) / (here.0 - before.0) } else { 1.0 };
            return before.1 + (here.1 - before.1) * share;
        }
        before = here;
    }
    before.1
}

/// The `number`th of `characters`, counted from 1; the nearest where there is none.
fn pick(characters: &[char; 8], number: f64) -> char {
    characters.get(whole(number).clamp(1, characters.len()) - 1).copied().unwrap_or(' ')
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, which is what is wanted")]
fn whole(value: f64) -> usize {
    value.max(0.0) as usize
}

const MIN_SAMPLES: usize = 3;
/// Eighths of a cell, filled from the left (Unicode block elements U+258F to U+2588).
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Eighths of a cell, filled from below (U+2581 to U+2588).
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

#[cfg(test)]
mod tests {
    use model::{Stage, TcpInfo, WireCount};

    use super::*;

    fn bar_ms(start: u64, length: u64, total: u64, cells: usize) -> String {
        bar(Micros::from_millis(start), Micros::from_millis(length), Micros::from_millis(total), cells)
    }

    #[test]
    fn bars_begin_and_end_where_they_should() {
        assert_eq!(bar_ms(0, 100, 100, 4), "████");
        assert_eq!(bar_ms(0, 50, 100, 4), "██");
        assert_eq!(bar_ms(50, 50, 100, 4), "  ██");
        assert_eq!(bar_ms(25, 40, 100, 4), " █▋");
        assert_eq!(bar_ms(12, 88, 100, 4), "▐███", "half a cell in");
        assert_eq!(bar_ms(0, 0, 100, 4), "▏", "never empty");
        assert_eq!(bar_ms(100, 0, 100, 4), "   ▏", "not even at the end");
        assert_eq!(bar_ms(90, 500, 100, 4), "   ▐".replace('▐', "▍"), "clipped to the scale");
        assert_eq!(bar_ms(0, 0, 0, 4), "▏", "an empty scale divides nothing");
        assert_eq!(bar_ms(0, 1, 1, 0), "");
    }

    #[test]
    fn no_bar_is_wider_than_its_cells() {
        for start in 0..50 {
            for length in 0..60 {
                let bar = bar_ms(start, length, 50, 7);
                assert!(bar.chars().count() <= 7 && !bar.trim().is_empty(), "{start}+{length}: {bar:?}");
            }
        }
    }

    fn sample(pack: u64) -> TransferSample {
        let (during, wire) = (Stage::PackTransfer, WireCount::default());
        TransferSample { during, wire, pack: Bytes(pack), tcp: TcpInfo::default() }
    }

    #[test]
    fn a_sparkline_shows_the_course_of_the_rate() {
        let series = [(0, 0), (100, 1_000), (200, 3_000), (300, 3_000), (400, 7_000)];
        let samples: Vec<_> = series.iter().map(|(at, pack)| (Micros::from_millis(*at), sample(*pack))).collect();
        let rates = Rates::of(samples.iter().map(|(at, sample)| (*at, sample)), 40).unwrap();
        assert_eq!(rates.sparkline(), "▂▄ █");
        assert!((rates.peak() - 320_000.0).abs() < 1.0, "{}", rates.peak());
        let two = Rates::of(samples.iter().map(|(at, sample)| (*at, sample)), 2).unwrap();
        assert!((two.bits_per_second[0] - 120_000.0).abs() < 1.0, "{two:?}");
        assert_eq!(Rates::of(samples.iter().take(2).map(|(at, sample)| (*at, sample)), 40), None);
    }
}
