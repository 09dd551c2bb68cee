//! How long many questions are waited for together: long while nobody answers, shorter once anybody has.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The end of waiting, for all questions that left at the same time.
#[derive(Debug, Clone)]
pub struct Limit {
    end: watch::Sender<Instant>,
    /// The end where somebody has answered.
    answered: Instant,
}

impl Limit {
    /// Waits for `silent` from now, for only `answered` once an answer has come.
    pub fn new(silent: Duration, answered: Duration) -> Self {
        let now = Instant::now();
        Self { end: watch::Sender::new(now + silent), answered: now + answered.min(silent) }
    }

    /// Somebody has answered. Others then have as long as was said, and a moment more from now.
    pub fn an_answer_came(&self) {
        let now = Instant::now();
        self.end.send_if_modified(|end| {
            let before = *end;
            *end = sooner(before, self.answered, now);
            *end < before
        });
    }

    /// Returns when waiting is over.
    pub async fn over(&self) {
        let mut end = self.end.subscribe();
        loop {
            let present = *end.borrow_and_update();
            tokio::select! {
                () = sleep_until(present) => return,
                // The sender lives as long as `self`.
                _ = end.changed() => {}
            }
        }
    }
}

fn sooner(end: Instant, answered: Instant, now: Instant) -> Instant {
    answered.max(now + COMPANY).min(end)
}

/// Servers that are equally slow do not answer at the same instant.
const COMPANY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_waited_out_only_where_nobody_answers() {
        let began = Instant::now();
        let at = |millis| began + Duration::from_millis(millis);
        let end = |answer_at| sooner(at(5_000), at(2_000), at(answer_at));
        assert_eq!(end(10), at(2_000));
        assert_eq!(end(3_000), at(4_000), "all are slow");
        assert_eq!(end(4_500), at(5_000));
    }

    #[tokio::test]
    async fn an_answer_ends_the_wait_of_others() {
        let limit =
            Limit { end: watch::Sender::new(Instant::now() + Duration::from_hours(1)), answered: Instant::now() };
        let waits = limit.over();
        limit.end.send_replace(Instant::now());
        waits.await;
    }
}
