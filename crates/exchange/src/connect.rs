//! SYN to SYN-ACK, one address, one attempt.

use std::net::SocketAddr;

use measure::{MeteredStream, Timeline, from_io};
use model::{Stage, Step};

use crate::Halt;

/// Connects, with `TCP_MAXSEG` set before the SYN where a clamp is given. From here on the timeline's stages carry the
/// connection's counters.
pub async fn connect(
    timeline: &Timeline,
    peer: SocketAddr,
    mss_clamp_bytes: Option<u16>,
) -> Result<MeteredStream, Halt> {
    timeline.enter(Stage::Connect);
    let (clock, gauge) = (timeline.context().clock, timeline.context().gauge.clone());
    let attempt = timeline.watch(measure::connect(peer, mss_clamp_bytes, clock, gauge)).await;
    let connected = attempt.and_then(|done| done.map_err(|error| from_io(&error, "connect")));
    let local = connected.as_ref().ok().and_then(MeteredStream::local_addr);
    let step = Step::Connect { peer, local, mss_clamp_bytes };
    match connected {
        Ok(stream) => {
            timeline.attach(stream.meter());
            timeline.end(step);
            Ok(stream)
        }
        Err(problem) => {
            timeline.fail(step, problem.with(peer));
            Err(Halt)
        }
    }
}
