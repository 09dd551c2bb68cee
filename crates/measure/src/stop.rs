//! A wish from outside that a run end now: Ctrl-C, SIGTERM.

use tokio::sync::watch;

/// Seen by the run.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Held by whoever may end it.
#[derive(Debug, Clone)]
pub struct StopHandle(watch::Sender<bool>);

impl Stop {
    /// A pair, not stopped.
    pub fn pair() -> (StopHandle, Self) {
        let (sender, receiver) = watch::channel(false);
        (StopHandle(sender), Self(receiver))
    }

    /// Returns once stopping was asked for; never, if nobody can ask any more.
    pub async fn asked(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl StopHandle {
    /// Asks every holder of the other half to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}
