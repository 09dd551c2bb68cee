//! Listens in on a byte stream's first bytes, both ways: what protocols say before they encrypt, how large it is, and
//! when it came. It sits right under the protocol, so a proxy's or jump host's bytes are not in it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll, ready};

use measure::Clock;
use model::Micros;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The stream, listened in on.
#[derive(Debug)]
pub struct Tap<S> {
    inner: S,
    clock: Clock,
    heard: Heard,
}

/// What was heard, readable while the stream is elsewhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<First>>);

/// The first bytes, at most [`LIMIT`] of either direction, and when they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct First {
    pub(crate) sent: Vec<u8>,
    pub(crate) received: Vec<u8>,
    /// After each of the first reads: bytes received, and when.
    marks: Vec<(usize, Micros)>,
}

impl First {
    /// When the byte with this offset came; none if it has not.
    pub(crate) fn arrival(&self, offset: usize) -> Option<Micros> {
        self.marks.iter().find(|(received, _)| *received > offset).map(|(_, at_us)| *at_us)
    }
}

impl Heard {
    pub(crate) fn first(&self) -> First {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, First> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Tap<S> {
    pub(crate) fn new(inner: S, clock: Clock) -> Self {
        Self { inner, clock, heard: Heard::default() }
    }

    pub(crate) fn heard(&self) -> Heard {
        self.heard.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(task, buffer))?;
        let fresh = buffer.filled().get(before..).unwrap_or_default();
        let mut first = self.heard.lock();
        if !fresh.is_empty() && first.received.len() < LIMIT {
            keep(&mut first.received, fresh);
            let mark = (first.received.len(), self.clock.now());
            first.marks.push(mark);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(task, data))?;
        let mut first = self.heard.lock();
        if first.sent.len() < LIMIT {
            keep(&mut first.sent, data.get(..written).unwrap_or_default());
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(task)
    }
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = LIMIT.saturating_sub(kept.len());
    kept.extend(bytes.iter().take(room));
}

/// Larger than any flight that is sent in the clear. Each read keeps at least one byte, so it bounds the marks too.
const LIMIT: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn only_the_first_bytes_are_kept() {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let mut tap = Tap::new(near, Clock::start());
        tap.write_all(b"hello").await.unwrap();
        far.write_all(&[1; 10_000]).await.unwrap();
        let mut got = vec![0; 10_000];
        tap.read_exact(&mut got).await.unwrap();
        let first = tap.heard().first();
        assert_eq!((first.sent.as_slice(), first.received.len()), (&b"hello"[..], LIMIT));
        assert!(first.arrival(0).is_some() && first.arrival(LIMIT).is_none());
    }
}
