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
        tokio::spawn(async move {
            loop {
                let heard = tokio::select! {
                    Some(()) = interrupt.recv() => StopCause::Interrupt,
                    Some(()) = terminate.recv() => StopCause::Terminate,
                    else => return,
                };
                if first.set(heard).is_err() {
                    give_up(heard);
                }
                handle.stop();
            }
        });
        Ok(Self { stop, cause })
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
fn give_up(cause: StopCause) {
    output::complain("ended at the second signal; the report breaks off");
    let exit = if cause == StopCause::Terminate { Exit::Terminated } else { Exit::Interrupted };
    std::process::exit(exit.code().into());
}
