//! What a run says while it goes on: one line that is rewritten on a terminal, one line an event elsewhere. The clock is
//! the caller's.

use model::{Bytes, Micros};

use crate::{ascii, number, text};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Why the run is made, in a few words: `the fetch`, or a follow-up's question.
    pub purpose: &'a str,
    /// The stage under way, as [`model::Stage::words`] has it.
    pub stage: &'a str,
    /// Bytes received so far.
    pub received: Bytes,
    /// Since the report's zero.
    pub elapsed_us: Micros,
    /// The budget of all runs together.
    pub budget_us: Micros,
}

impl Progress<'_> {
    /// One status line of at most `width` columns, without a line feed. What matters least goes first where it is narrow:
    /// the purpose, then the bar.
    pub fn line(&self, width: usize, unicode: bool) -> String {
        let clock = format!("{} of {}", seconds(self.elapsed_us), number::duration(self.budget_us));
        let figures = format!("{:>9}  {clock:>14}", number::bytes(self.received));
        let stage = text::harmless(self.stage);
        let purpose = text::harmless(self.purpose);
        let bar = self.bar(unicode);
        let candidates = [
            format!("{bar}  {figures}  {stage} · {purpose}"),
            format!("{bar}  {figures}  {stage}"),
            format!("{figures}  {stage}"),
        ];
        let line = candidates.iter().find(|line| text::columns(line) <= width);
        let line = line.cloned().unwrap_or_else(|| text::fitted(&format!("{stage}  {clock}"), width));
        if unicode { line } else { ascii::spelled(&line) }
    }

    /// How much of the budget is gone.
    fn bar(&self, unicode: bool) -> String {
        let elapsed = self.elapsed_us.min(self.budget_us);
        let filled = if unicode {
            crate::chart::bar(Micros(0), elapsed, self.budget_us, BAR_CELLS)
        } else {
            let cells = usize::try_from(elapsed.0.saturating_mul(BAR_CELLS as u64) / self.budget_us.0.max(1));
            "#".repeat(cells.unwrap_or(BAR_CELLS))
        };
        let (open, close) = if unicode { ("▕", "▏") } else { ("[", "]") };
        format!("{open}{}{close}", text::padded(&filled, BAR_CELLS))
    }
}

/// One line where lines cannot be rewritten: `[ 3.2 s] TLS handshake done in 41 ms`.
pub fn event(elapsed_us: Micros, words: &str) -> String {
    format!("[{:>6}] {}", seconds(elapsed_us), text::harmless(words))
}

/// The words for a stage that ended well.
pub fn stage_done(stage: &str, took_us: Micros) -> String {
    // Zero would say that no time passed.
    format!("{stage} done in {}", number::duration(took_us.max(Micros(1))))
}

/// The words for a stage that did not.
pub fn stage_failed(stage: &str, took_us: Micros, failure: &model::Failure) -> String {
    format!("{stage} ended after {}: {}", number::duration(took_us), crate::failure::words(failure))
}

/// Tenths of a second and nothing else: a unit that changes would make the line jump.
fn seconds(time: Micros) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

const BAR_CELLS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const UNDER_WAY: Progress<'_> = Progress {
        purpose: "the fetch",
        stage: "pack transfer",
        received: Bytes(4_404_019),
        elapsed_us: Micros(3_210_000),
        budget_us: Micros(30_000_000),
    };

    #[test]
    fn the_line_says_stage_bytes_time_and_budget() {
        assert_eq!(
            UNDER_WAY.line(80, true),
            "▕█▊              ▏   4.20 MiB   3.2 s of 30 s  pack transfer · the fetch"
        );
        assert_eq!(
            UNDER_WAY.line(80, false),
            "[#               ]   4.20 MiB   3.2 s of 30 s  pack transfer - the fetch"
        );
    }

    #[test]
    fn it_fits_every_width_and_stays_ascii_where_asked() {
        for width in 0..120 {
            let line = UNDER_WAY.line(width, true);
            assert!(text::columns(&line) <= width, "{width}: {line}");
            assert!(UNDER_WAY.line(width, false).is_ascii(), "{width}");
        }
        assert_eq!(UNDER_WAY.line(32, true), "pack transfer  3.2 s of 30 s");
        let late = Progress { elapsed_us: Micros::from_secs(99), ..UNDER_WAY };
        assert!(late.line(60, true).contains("99.0 s of 30 s"));
    }

    #[test]
    fn plain_lines_align_and_are_clean() {
        let done = stage_done("TLS handshake", Micros(41_000));
        assert_eq!(event(Micros(3_210_000), &done), "[ 3.2 s] TLS handshake done in 41.0 ms");
        assert_eq!(event(Micros(12_000_000), "a\x1b[2J"), "[12.0 s] a[2J");
        let refused = model::Failure::new(model::FailureKind::Refused, "connect");
        assert_eq!(
            stage_failed("TCP connect", Micros(800), &refused),
            "TCP connect ended after 0.8 ms: connection refused"
        );
    }
}
