//! One `git-upload-pack` on one channel: greeting, requests, replies, exit status.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use russh::ChannelId;
use russh::server::Handle;
use tokio::sync::mpsc;

use crate::git::{Behaviour, Service, Splitter, Turn, Version};
use crate::perform::{Outlet, perform};
use crate::trip::Trip;
use crate::wire::Line;

/// Runs one conversation and closes its channel.
pub(super) async fn converse(
    behaviour: Behaviour,
    version: Version,
    input: mpsc::UnboundedReceiver<Bytes>,
    waiting_bytes: Arc<AtomicUsize>,
    outlet: ChannelOutlet,
) {
    let status = talk(behaviour, version, input, &waiting_bytes, &outlet).await;
    let ChannelOutlet { handle, id, .. } = outlet;
    if let Some(status) = status {
        // The client may have gone in the meantime.
        let _ = handle.exit_status_request(id, status).await;
        let _ = handle.eof(id).await;
        let _ = handle.close(id).await;
    }
}

/// Returns the exit status, or nothing if the connection is gone.
async fn talk(
    behaviour: Behaviour,
    version: Version,
    mut input: mpsc::UnboundedReceiver<Bytes>,
    waiting_bytes: &AtomicUsize,
    outlet: &ChannelOutlet,
) -> Option<u32> {
    let mut trip = Trip::new(&behaviour.fault);
    let rate = behaviour.pace.pack_bytes_per_second;
    let mut service = Service::new(behaviour, version);
    let mut splitter = Splitter::default();
    let greeting = service.greeting(false);
    if !perform(greeting, &mut trip, rate, outlet).await {
        return None;
    }
    loop {
        let turn = match splitter.next() {
            Ok(None) => {
                let Some(bytes) = input.recv().await else {
                    return Some(0);
                };
                waiting_bytes.fetch_sub(bytes.len(), Ordering::Relaxed);
                splitter.push(&bytes);
                continue;
            }
            Ok(Some(packet)) => service.take(packet),
            Err(error) => Err(error),
        };
        let (reply, status) = match turn {
            Ok(Turn::Listen) => continue,
            Ok(Turn::Answer(reply)) => (reply, None),
            Ok(Turn::Last(reply)) => (reply, Some(0)),
            Err(error) => (error.reply(), Some(128)),
        };
        if !perform(reply, &mut trip, rate, outlet).await {
            return None;
        }
        if status.is_some() {
            return status;
        }
    }
}

/// The channel as the place where replies go.
pub(super) struct ChannelOutlet {
    pub(super) handle: Handle,
    pub(super) id: ChannelId,
    pub(super) line: Arc<Line>,
}

impl Outlet for ChannelOutlet {
    const HAS_HEADERS: bool = false;

    async fn send(&self, bytes: Bytes) -> bool {
        self.handle.data(self.id, self.line.hand_over(bytes)).await.is_ok()
    }

    fn line(&self) -> &Arc<Line> {
        &self.line
    }
}
