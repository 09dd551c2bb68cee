//! `ProxyJump`: an SSH connection inside another. The outer handshakes are the proxy stage; what is measured behind them
//! is the inner one, whose TCP counters are the first hop's.

use access::identity::Identity;
use access::{Hop, SshAccess};
use measure::{MeteredStream, Timeline};
use model::{Failure, FailureKind, KnownKeyTypes, Stage, Step};
use russh::ChannelStream;
use russh::client::{Msg, connect_stream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::handler::Witness;
use super::offer::Offer;
use super::{Session, Wanted, config, host_key};
use crate::Halt;

/// A stream to the destination, whichever way it takes.
pub enum Route {
    /// The connection itself.
    Direct(MeteredStream),
    /// A channel through the last jump host, and the session that carries it.
    Jump(ChannelStream<Msg>, Box<Session>),
}

/// Goes through the jump hosts, if there are any, and opens the way to the destination.
pub(super) async fn through(
    timeline: &Timeline,
    stream: MeteredStream,
    access: &SshAccess,
    keys: &[Identity],
) -> Result<Route, Halt> {
    let mut route = Route::Direct(stream);
    for (index, hop) in access.jumps.iter().enumerate() {
        timeline.enter(Stage::Proxy);
        let next = access.jumps.get(index + 1).unwrap_or(&access.destination);
        let step = Step::Proxy { kind: "ssh jump".to_owned(), via: format!("{}:{}", hop.host_name, hop.port) };
        let opened = timeline.watch(leap(timeline, route, hop, next, keys)).await.and_then(std::convert::identity);
        match opened {
            Ok(further) => {
                timeline.end(step);
                route = further;
            }
            Err(problem) => {
                timeline.fail(step, problem);
                return Err(Halt);
            }
        }
    }
    Ok(route)
}

/// A jump host is given credentials, so its key must be trusted; there is nothing to measure behind one that is not.
async fn leap(timeline: &Timeline, route: Route, hop: &Hop, next: &Hop, keys: &[Identity]) -> Result<Route, Failure> {
    let client = timeline.context().client();
    let known = KnownKeyTypes { all: Vec::new(), ..host_key::known_types(hop, client) };
    let offer = Offer::new(timeline.context().profile, &known, &Wanted::default());
    let witness = Witness::default();
    let failed = |error: russh::Error| witness.failure(&error, "reach the jump host");
    let handle = connect_stream(Arc::new(config(&offer)), route, witness.clone()).await.map_err(failed)?;
    let verdict = host_key::judge(hop, client, &witness.shown());
    let verdict = verdict.ok_or_else(|| Failure::new(FailureKind::Malformed, "see the jump host's key"))?;
    if let Some(problem) = host_key::distrust(&verdict) {
        return Err(problem);
    }
    let mut session = Session { handle, witness: witness.clone(), hop: hop.clone(), trusted: true };
    session.log_in_quietly(keys).await?;
    let channel =
        session.handle.channel_open_direct_tcpip(next.host_name.as_str(), u32::from(next.port), "127.0.0.1", 0);
    let channel = channel.await.map_err(failed)?;
    Ok(Route::Jump(channel.into_stream(), Box::new(session)))
}

impl AsyncRead for Route {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match &mut *self {
            Self::Direct(stream) => Pin::new(stream).poll_read(task, buffer),
            Self::Jump(stream, _) => Pin::new(stream).poll_read(task, buffer),
        }
    }
}

impl AsyncWrite for Route {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, data: &[u8]) -> Poll<std::io::Result<usize>> {
        match &mut *self {
            Self::Direct(stream) => Pin::new(stream).poll_write(task, data),
            Self::Jump(stream, _) => Pin::new(stream).poll_write(task, data),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match &mut *self {
            Self::Direct(stream) => Pin::new(stream).poll_flush(task),
            Self::Jump(stream, _) => Pin::new(stream).poll_flush(task),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match &mut *self {
            Self::Direct(stream) => Pin::new(stream).poll_shutdown(task),
            Self::Jump(stream, _) => Pin::new(stream).poll_shutdown(task),
        }
    }
}
