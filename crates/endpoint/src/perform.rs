//! Plays a script on a transport: sends, waits, keeps the rate, strikes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::git::{Act, Reply, Script};
use crate::journal::EventKind;
use crate::trip::Trip;
use crate::wire::Line;

/// Where the bytes of a reply go.
pub(crate) trait Outlet: Send + Sync {
    /// Hands bytes on, waiting while the client does not take them. `false`: nobody takes them any more.
    fn send(&self, bytes: Bytes) -> impl Future<Output = bool> + Send;

    /// The connection below.
    fn line(&self) -> &Arc<Line>;

    /// Whether response headers go before the first byte, so that even a strike without bytes has to send something
    /// to learn when they are out.
    const HAS_HEADERS: bool;
}

/// Plays a reply to its end. `false` if the conversation is over: struck, or the client is gone.
pub(crate) async fn perform<O: Outlet>(
    reply: Reply,
    trip: &mut Trip,
    pack_bytes_per_second: Option<u64>,
    outlet: &O,
) -> bool {
    let line = outlet.line();
    let mut begun_pack = None;
    let mut script = Script::new(reply, trip, pack_bytes_per_second);
    let mut goes_on = true;
    while let Some(act) = script.next().filter(|_| goes_on) {
        goes_on = match act {
            Act::Send(bytes) => outlet.send(bytes).await,
            Act::SendNotBefore(due, bytes) => {
                let begun = *begun_pack.get_or_insert_with(Instant::now);
                let left = due.saturating_sub(begun.elapsed());
                // The timer ticks in milliseconds: shorter waits are made up for by the next packet.
                (left < TIMER_TICK || line.sleep(left).await) && outlet.send(bytes).await
            }
            Act::Pause(pause) => line.sleep(pause).await,
            Act::Strike(bytes, ending) => {
                if !bytes.is_empty() || O::HAS_HEADERS {
                    outlet.send(bytes).await;
                }
                line.strike_when_flushed(ending);
                line.ended().await;
                false
            }
        };
    }
    line.note(EventKind::Replied { sent: trip.sent() });
    goes_on
}

const TIMER_TICK: Duration = Duration::from_millis(1);
