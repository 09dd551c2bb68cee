//! The socket of one connection, with the means to end it at an exact byte.
//!
//! SSH and TLS buffer, so "stop after these bytes" cannot be said to them. Instead every chunk comes with a receipt that
//! is returned when the layers above have taken the bytes into their buffers; when those layers flush after that, the
//! bytes are on the socket. A strike waits for the flush behind the last receipt. From then on nothing is read or
//! written for those layers any more.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::fault::Ending;
use crate::journal::{EventKind, Journal};

/// One accepted connection, shared by everything that serves it.
#[derive(Debug)]
pub(crate) struct Line {
    id: u64,
    socket: TcpStream,
    journal: Arc<Journal>,
    state: Mutex<State>,
    ended: watch::Sender<bool>,
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// Chunks given to the layers above, taken into their buffers by them, and flushed to the socket.
    handed: u64,
    taken: u64,
    flushed: u64,
    /// Strikes at the flush after which so many chunks are out.
    armed: Option<(u64, Ending)>,
    struck: Option<Ending>,
    wakers: [Option<Waker>; 2],
}

impl Line {
    pub(crate) fn new(id: u64, socket: TcpStream, journal: Arc<Journal>) -> Arc<Self> {
        Arc::new(Self {
            id,
            socket,
            journal,
            state: Mutex::default(),
            ended: watch::Sender::new(false),
            sent_bytes: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
        })
    }

    /// Writes an event of this connection.
    pub(crate) fn note(&self, kind: EventKind) {
        self.journal.write(self.id, kind);
    }

    /// The same bytes, with a receipt.
    pub(crate) fn hand_over(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        self.state().handed += 1;
        Bytes::from_owner(Receipt { bytes, line: Arc::clone(self) })
    }

    /// Ends the connection so at the next flush.
    pub(crate) fn strike_at_next_flush(&self, ending: Ending) {
        self.state().armed.get_or_insert((0, ending));
    }

    /// Ends the connection so as soon as all that was handed over is on the socket.
    pub(crate) fn strike_when_flushed(&self, ending: Ending) {
        let is_flushed = {
            let mut state = self.state();
            let handed = state.handed;
            state.armed.get_or_insert((handed, ending));
            state.flushed >= handed
        };
        if is_flushed {
            self.strike(ending);
        }
    }

    /// Ends the connection so, now.
    pub(crate) fn strike(&self, ending: Ending) {
        {
            let mut state = self.state();
            if state.struck.is_some() || *self.ended.borrow() {
                return;
            }
            state.struck = Some(ending);
        }
        self.note(EventKind::Struck { ending });
        self.halt();
    }

    /// Stops serving; everything that reads or writes gets an error.
    pub(crate) fn halt(&self) {
        self.ended.send_replace(true);
        let wakers = std::mem::take(&mut self.state().wakers);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Returns once the line has been struck or halted.
    pub(crate) async fn ended(&self) {
        // The sender lives in self, so waiting cannot fail.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Sleeps, but not beyond the end of the line. Returns whether it still stands.
    pub(crate) async fn sleep(&self, pause: Duration) -> bool {
        tokio::select! {
            () = self.ended() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }

    /// Ends the connection the way the fault wants it, if one struck.
    pub(crate) async fn finish(&self) {
        let struck = self.state().struck;
        let socket = SockRef::from(&self.socket);
        // The client may be gone already; there is nobody left to tell.
        match struck {
            None => {}
            Some(Ending::Freeze) => self.drain().await,
            Some(Ending::Cut) => {
                let _ = socket.shutdown(Shutdown::Write);
                // Closing with unread bytes would send RST in place of the FIN.
                let _ = tokio::time::timeout(CUT_DRAIN, self.drain()).await;
            }
            Some(Ending::Reset) => {
                let _ = socket.set_linger(Some(Duration::ZERO));
            }
        }
    }

    /// Stops serving and writes down how much went over the line; the socket closes when the last holder drops it.
    pub(crate) fn close(&self) {
        self.halt();
        self.note(EventKind::Closed {
            sent_bytes: self.sent_bytes.load(Ordering::Relaxed),
            received_bytes: self.received_bytes.load(Ordering::Relaxed),
        });
    }

    async fn drain(&self) {
        let mut sink = vec![0; 16 * 1024];
        loop {
            if self.socket.readable().await.is_err() {
                return;
            }
            match self.socket.try_read(&mut sink) {
                Ok(0) => return,
                Ok(read) => self.count_received(read),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_received(&self, size: usize) {
        self.received_bytes.fetch_add(size as u64, Ordering::Relaxed);
    }

    /// Refuses if the line has ended; else makes sure that its end wakes this task.
    fn check(&self, direction: Direction, cx: &Context<'_>) -> io::Result<()> {
        let mut state = self.state();
        if *self.ended.borrow() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let [reader, writer] = &mut state.wakers;
        let place = match direction {
            Direction::Read => reader,
            Direction::Write => writer,
        };
        if place.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
            *place = Some(cx.waker().clone());
        }
        Ok(())
    }

    fn poll_try_write(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.check(Direction::Write, cx)?;
        loop {
            ready!(self.socket.poll_write_ready(cx))?;
            match write(&self.socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(size) => {
                    self.sent_bytes.fetch_add(size as u64, Ordering::Relaxed);
                    return Poll::Ready(Ok(size));
                }
            }
        }
    }
}

/// The line as the stream that SSH, TLS or HTTP runs on.
#[derive(Debug)]
pub(crate) struct Wire(pub(crate) Arc<Line>);

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.check(Direction::Read, cx)?;
        loop {
            ready!(self.0.socket.poll_read_ready(cx))?;
            match self.0.socket.try_read(buf.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(size) => {
                    buf.advance(size);
                    self.0.count_received(size);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.0.poll_try_write(cx, |socket| socket.try_write(buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_try_write(cx, |socket| socket.try_write_vectored(bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let due = {
            let mut state = self.0.state();
            state.flushed = state.taken;
            state.armed.filter(|(chunks, _)| state.flushed >= *chunks)
        };
        if let Some((_, ending)) = due {
            self.0.strike(ending);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if *self.0.ended.borrow() {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(SockRef::from(&self.0.socket).shutdown(Shutdown::Write))
    }
}

#[derive(Debug, Clone, Copy)]
enum Direction {
    Read,
    Write,
}

struct Receipt {
    bytes: Bytes,
    line: Arc<Line>,
}

impl AsRef<[u8]> for Receipt {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.line.state().taken += 1;
    }
}

/// How long a cut connection waits for the client's own FIN.
const CUT_DRAIN: Duration = Duration::from_secs(5);
