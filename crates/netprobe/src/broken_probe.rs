//! A probe that panics, for the test that a report outlives that. It takes the place of the others where the variable
//! `NETPROBE_TEST_PANIC` is `1`, and is safe to have: it opens nothing, and the run that it breaks is marked as broken.

use measure::{Card, Context, Probe, ProbeFuture};
use model::{Ended, Parameters};

/// The probes to measure with.
pub(crate) fn probes() -> &'static [&'static dyn Probe] {
    if std::env::var_os("NETPROBE_TEST_PANIC").is_some_and(|value| value == "1") {
        return &[&BrokenProbe];
    }
    catalogue::PROBES
}

struct BrokenProbe;

impl Probe for BrokenProbe {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn run(&self, _parameters: &Parameters, context: Context) -> Option<ProbeFuture> {
        Some(Box::pin(break_down(context)))
    }
}

async fn break_down(context: Context) -> Ended {
    context.recorder.remark("a panic was asked for");
    tokio::task::yield_now().await;
    std::panic::panic_any("NETPROBE_TEST_PANIC is set")
}

const CARD: Card = Card {
    name: "broken",
    question: "Does a report outlive a probe that panics?",
    method: "It panics.",
    cost: "Nothing.",
    privileges: "None.",
    blind_to: "Everything.",
};
