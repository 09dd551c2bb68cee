//! One address: so many attempts, one after the other, each written down as it ends.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use measure::{Context, Dial, Dialled, dial, from_io};
use model::{ConnectAttempt, Door, Failure, FailureKind, Micros, Seen};

use crate::histogram::RoundTrips;

/// Whom to try, and how often.
pub(crate) struct Address {
    pub(crate) context: Arc<Context>,
    /// The name that led here, the address and the port.
    pub(crate) at: (String, IpAddr, u16),
    pub(crate) door: Door,
    pub(crate) connects: u32,
    pub(crate) patience_us: Micros,
}

/// Why an address was not tried to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The run's time is over.
    OutOfTime,
    /// Somebody wants it to end.
    Cancelled,
}

impl Address {
    /// Makes the attempts. One that gets no answer at all is the last: a second one would only wait as long again.
    pub(crate) async fn dial(self) -> Result<(), Halt> {
        let peer = SocketAddr::new(self.at.1, self.at.2);
        let mut round_trips = RoundTrips::new(peer);
        let outcome = self.attempts(peer, &mut round_trips).await;
        if let Some(seen) = round_trips.seen() {
            self.context.recorder.write(Seen::ConnectRtt(seen));
        }
        outcome
    }

    async fn attempts(&self, peer: SocketAddr, round_trips: &mut RoundTrips) -> Result<(), Halt> {
        let clock = self.context.clock;
        let repeats_until_us = repeats_until(clock.now(), self.context.deadline_us);
        let mut due_us = clock.now();
        for made in 0..self.connects {
            if made > 0 {
                self.or_stopped(tokio::time::sleep(due_us.since(clock.now()).into())).await?;
                if clock.now() > repeats_until_us {
                    break;
                }
            }
            due_us = clock.now() + PACE;
            let attempt = self.attempt(peer).await?;
            let silent = attempt.problem.as_ref().is_some_and(|problem| is_silence(&problem.kind));
            round_trips.add(attempt.handshake);
            self.context.recorder.write(Seen::Connect(attempt));
            if silent {
                break;
            }
        }
        Ok(())
    }

    async fn attempt(&self, peer: SocketAddr) -> Result<ConnectAttempt, Halt> {
        let clock = self.context.clock;
        let left = self.context.deadline_us.since(clock.now() + LAST_LOOK);
        if left < SHORTEST {
            return Err(Halt::OutOfTime);
        }
        let started_us = clock.now();
        let patience_us = self.patience_us.min(left);
        let Dialled { syns, outcome } = self.or_stopped(dial(peer, Duration::from(patience_us))).await?;
        let mut attempt = ConnectAttempt {
            host: self.at.0.clone(),
            peer,
            door: self.door,
            started_us,
            took_us: clock.now().since(started_us),
            syns,
            problem: None,
            handshake: None,
            parting: None,
        };
        match outcome {
            Dial::Connected(silent) => {
                attempt.handshake = silent.handshake;
                attempt.parting = Some(silent.part().await);
            }
            Dial::Failed(error) => attempt.problem = Some(from_io(&error, "connect").with(peer)),
            Dial::Unanswered => {
                let kind = if patience_us < self.patience_us {
                    FailureKind::OutOfTime
                } else {
                    FailureKind::Stalled { silent_us: attempt.took_us }
                };
                attempt.problem = Some(Failure::new(kind, "connect").with(peer));
            }
        }
        Ok(attempt)
    }

    async fn or_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Halt> {
        tokio::select! {
            done = work => Ok(done),
            () = self.context.stop.asked() => Err(Halt::Cancelled),
        }
    }
}

const fn is_silence(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::Stalled { .. } | FailureKind::OutOfTime)
}

/// Repeats take no more than half of the time that is left: on a far path, too, others have to have theirs.
fn repeats_until(now: Micros, deadline_us: Micros) -> Micros {
    now + Micros(deadline_us.since(now).0 / 2)
}

/// From the beginning of one connection to an address to that of the next, at the least. OpenSSH from 9.8 on adds a second for each client that leaves without a login, lets
/// one go by each second, and shuts a source out from 15 on (`sshd_config`(5), `PerSourcePenalties`): twenty at this pace come
/// to ten.
const PACE: Micros = Micros::from_millis(500);

/// Left before the deadline for closing up.
const LAST_LOOK: Micros = Micros::from_millis(300);

/// An attempt with less than this tells nothing.
const SHORTEST: Micros = Micros::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_leave_half_of_the_time() {
        let until = |now, deadline| repeats_until(Micros::from_secs(now), Micros::from_secs(deadline));
        assert_eq!(until(8, 30), Micros::from_secs(19));
        assert_eq!(until(31, 30), Micros::from_secs(31), "nothing is left: no repeats");
    }
}
