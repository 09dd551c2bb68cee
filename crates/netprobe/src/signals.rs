//! Ctrl-C and SIGTERM: the first one ends the run with what was seen, the second one ends the program.

use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use measure::Stop;
use model::StopCause;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Exit;
use crate::output;

/// The wish to stop, and whose it was.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    /// Handed to whoever has to stop.
    pub(crate) stop: Stop,
    cause: Arc<OnceLock<StopCause>>,
    last_words: Arc<OnceLock<String>>,
}

impl Signals {
    /// Listens from now on. Has to be called on the runtime.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let context = "signals cannot be listened for";
        let mut interrupt = signal(SignalKind::interrupt()).context(context)?;
        let mut terminate = signal(SignalKind::terminate()).context(context)?;
        let (handle, stop) = Stop::pair();
        let cause = Arc::new(OnceLock::new());
        let first = Arc::clone(&cause);
        let last_words = Arc::<OnceLock<String>>::default();
        let words = Arc::clone(&last_words);
        tokio::spawn(async move {
            loop {
                let heard = tokio::select! {
                    Some(()) = interrupt.recv() => StopCause::Interrupt,
                    Some(()) = terminate.recv() => StopCause::Terminate,
                    else => return,
                };
                if first.set(heard).is_err() {
                    give_up(heard, words.get().map(String::as_str));
                }
                handle.stop();
            }
        });
        Ok(Self { stop, cause, last_words })
    }

    /// What a person has to be told who asks a second time, and so leaves something behind. Only the first words count.
    pub(crate) fn leave_behind(&self, words: String) {
        let _ = self.last_words.set(words);
    }

    /// Whether one has come.
    pub(crate) fn asked(&self) -> bool {
        self.cause.get().is_some()
    }

    /// Which signal came first.
    pub(crate) fn cause(&self) -> StopCause {
        self.cause.get().copied().unwrap_or(StopCause::Interrupt)
    }
}

#[expect(clippy::exit, reason = "somebody asked twice; whatever does not end by itself must not hold the program up")]
fn give_up(cause: StopCause, last_words: Option<&str>) {
    output::complain("ended at the second signal; the report breaks off");
    if let Some(words) = last_words {
        output::complain(words);
    }
    let exit = if cause == StopCause::Terminate { Exit::Terminated } else { Exit::Interrupted };
    std::process::exit(exit.code().into());
}
