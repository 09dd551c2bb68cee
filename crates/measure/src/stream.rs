//! A TCP connection that is counted, made the way a measurement needs it: one attempt, one address, no Nagle.

use std::io;
use std::net::{SocketAddr, TcpStream as StdTcpStream};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

use crate::{Clock, Gauge, Meter};

/// Opens a connection to `peer`. `mss_clamp_bytes` is set as `TCP_MAXSEG` before the SYN, so that it limits both
/// directions: what we announce and what we send.
///
/// # Errors
/// Whatever the kernel says of the connection, or of this machine.
pub async fn connect(
    peer: SocketAddr,
    mss_clamp_bytes: Option<u16>,
    clock: Clock,
    gauge: Gauge,
) -> io::Result<MeteredStream> {
    let socket = Socket::new(Domain::for_address(peer), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if let Some(clamp) = mss_clamp_bytes {
        socket.set_tcp_mss(u32::from(clamp))?;
    }
    let socket = TcpSocket::from_std_stream(StdTcpStream::from(socket));
    let stream = socket.connect(peer).await?;
    MeteredStream::new(stream, clock, gauge)
}

/// A [`TcpStream`] whose bytes are counted by its [`Meter`].
#[derive(Debug)]
pub struct MeteredStream {
    stream: TcpStream,
    meter: Meter,
    /// Bytes read since others had their turn.
    in_a_row: usize,
    pause: Option<Pause>,
}

impl MeteredStream {
    fn new(stream: TcpStream, clock: Clock, gauge: Gauge) -> io::Result<Self> {
        let socket = SockRef::from(&stream).try_clone()?;
        Ok(Self { stream, meter: Meter::new(clock, gauge, socket), in_a_row: 0, pause: None })
    }

    /// Its meter, which may outlive it.
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Our end.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.stream.local_addr().ok()
    }
}

impl AsyncRead for MeteredStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.in_a_row >= TURN {
            self.in_a_row = 0;
            self.pause = Some(Pause(Box::pin(tokio::task::yield_now())));
        }
        if let Some(pause) = &mut self.pause {
            ready!(pause.0.as_mut().poll(task));
            self.pause = None;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(task, buffer))?;
        let fresh = buffer.filled().len().saturating_sub(before);
        self.in_a_row += fresh;
        if fresh > 0 {
            self.meter.count_received(fresh);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for MeteredStream {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(task, data))?;
        self.meter.count_sent(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }
}

/// The runtime's own way to let others have their turn: it looks at its timers before it comes back, which it does not
/// for a task that only wakes itself.
struct Pause(Pin<Box<dyn Future<Output = ()> + Send>>);

impl std::fmt::Debug for Pause {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pause")
    }
}

/// Bytes that one reader gets before others have their turn. A library may read on for as long as something comes, and
/// work for seconds on what a hostile server sends, while whoever watches the time waits on the same thread.
const TURN: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn bytes_are_counted_and_a_clamp_binds() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gauge = Gauge::default();
        let peer = listener.local_addr().unwrap();
        let (client, server) = tokio::join!(connect(peer, Some(600), Clock::start(), gauge.clone()), listener.accept());
        let (mut client, mut server) = (client.unwrap(), server.unwrap().0);
        let meter = client.meter();

        client.write_all(b"SSH-2.0-x\r\n").await.unwrap();
        let mut got = [0; 11];
        server.read_exact(&mut got).await.unwrap();
        server.write_all(&vec![7; 40_000]).await.unwrap();
        let mut all = vec![0; 40_000];
        client.read_exact(&mut all).await.unwrap();

        assert_eq!((meter.wire().sent.0, meter.wire().received.0), (11, 40_000));
        assert_eq!(gauge.read().received.0, 40_000);
        assert!(meter.tcp().unwrap().snd_mss_bytes <= 600, "the clamp binds what we send");
    }

    #[tokio::test]
    async fn a_reader_that_never_rests_does_not_stop_the_clocks() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = listener.local_addr().unwrap();
        let (client, server) = tokio::join!(connect(peer, None, Clock::start(), Gauge::default()), listener.accept());
        let (mut client, server) = (client.unwrap(), server.unwrap().0);
        let sender = std::thread::spawn(move || {
            let mut server = server.into_std().unwrap();
            server.set_nonblocking(false).unwrap();
            let much = vec![7; 60_000];
            while std::io::Write::write_all(&mut server, &much).is_ok() {}
        });
        // As a library does that works on each part as it comes.
        let reading = tokio::spawn(async move {
            let mut bytes = [0; 4 * 1024];
            loop {
                let began = Instant::now();
                client.read_exact(&mut bytes).await.unwrap();
                while began.elapsed() < Duration::from_millis(4) {}
            }
        });
        let began = Instant::now();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let took = began.elapsed();
        reading.abort();
        assert!(reading.await.is_err(), "it is ended, and does not end");
        sender.join().unwrap();
        assert!(took < Duration::from_millis(250), "a timer of 50 ms took {took:?}");
    }
}
