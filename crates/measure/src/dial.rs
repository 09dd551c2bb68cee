//! One attempt to connect, looked into while it is under way: how many SYNs it took, also where nobody answers, and what
//! the kernel knew when the connection stood. It says nothing on the connection and judges nothing.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use model::{Bytes, Parting, PartingEnd, TcpHandshake, TcpInfo};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::sys;

/// An attempt that came to an end.
#[derive(Debug)]
pub struct Dialled {
    /// SYNs that were sent; 0 where this machine refused by itself.
    pub syns: u32,
    /// What came of it.
    pub outcome: Dial,
}

/// What comes of an attempt.
#[derive(Debug)]
pub enum Dial {
    /// A connection.
    Connected(Silent),
    /// The kernel's word for what came back, or for why nothing was sent.
    Failed(io::Error),
    /// Nothing came within the time that was given.
    Unanswered,
}

/// A connection on which nothing is said.
#[derive(Debug)]
pub struct Silent {
    stream: TcpStream,
    /// As the handshake left it; none where the kernel does not say.
    pub handshake: Option<TcpHandshake>,
}

/// Sends SYNs to `peer` as the kernel does by itself and waits `patience` for an answer.
pub async fn dial(peer: SocketAddr, patience: Duration) -> Dialled {
    match begin(peer) {
        Ok(stream) => finish(stream, patience).await,
        Err(error) => Dialled { syns: 0, outcome: Dial::Failed(error) },
    }
}

/// The first SYN. An error here is this machine's own: it knows no route, or forbids it.
fn begin(peer: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(peer), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    match socket.connect(&peer.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => TcpStream::from_std(socket.into()),
    }
}

async fn finish(stream: TcpStream, patience: Duration) -> Dialled {
    let answer = timeout(patience, stream.writable()).await;
    let info = sys::tcp_info(stream.as_fd()).ok();
    let outcome = match answer {
        Err(_) => Dial::Unanswered,
        Ok(Err(error)) => Dial::Failed(error),
        Ok(Ok(())) => match stream.take_error() {
            Ok(None) => Dial::Connected(Silent { stream, handshake: info.map(handshake) }),
            Ok(Some(error)) | Err(error) => Dial::Failed(error),
        },
    };
    Dialled { syns: 1 + info.map_or(0, |info| info.total_retransmits), outcome }
}

impl Silent {
    /// Listens for a moment, sends FIN, waits for the other side's, and lets go. What comes is read, as a socket that is
    /// closed with unread bytes answers with RST.
    pub async fn part(mut self) -> Parting {
        let round_trip = Duration::from_micros(self.handshake.map_or(0, |handshake| u64::from(handshake.rtt_us)));
        let moment = (2 * round_trip).clamp(SHORTEST, LONGEST);
        let mut received = 0;
        let end = match timeout(moment, read_one(&self.stream, &mut received)).await {
            Ok(Err(_)) => PartingEnd::ResetAtOnce,
            Ok(Ok(0)) => PartingEnd::ClosedFirst,
            Ok(Ok(_)) | Err(_) => {
                // A reset that came first shows in the reading below.
                let _ = self.stream.shutdown().await;
                match timeout(moment + SHORTEST, drain(&self.stream, &mut received)).await {
                    Ok(()) => PartingEnd::Answered,
                    Err(_) => PartingEnd::Open,
                }
            }
        };
        Parting { end, received: Bytes(received) }
    }
}

async fn drain(stream: &TcpStream, received: &mut u64) {
    while *received < ENOUGH && read_one(stream, received).await.is_ok_and(|read| read > 0) {}
}

async fn read_one(stream: &TcpStream, received: &mut u64) -> io::Result<usize> {
    let mut buffer = [0; 1024];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
            Ok(read) => {
                *received += read as u64;
                return Ok(read);
            }
        }
    }
}

fn handshake(info: TcpInfo) -> TcpHandshake {
    // Of a SYN that went out twice nobody knows which one was answered (Karn's algorithm, RFC 6298 section 3).
    TcpHandshake {
        rtt_us: if info.total_retransmits == 0 { info.rtt_us } else { 0 },
        advertised_mss_bytes: info.advertised_mss_bytes,
        snd_mss_bytes: info.snd_mss_bytes,
        path_mtu_bytes: info.path_mtu_bytes,
    }
}

/// How long the other side may take to say or reset something by itself: two round trips, within these.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(300);

/// An SSH server's greeting fits many times (RFC 4253 section 4.2); more is not read.
const ENOUGH: u64 = 4 * 1024;

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    fn connected(dialled: Dialled) -> Silent {
        match dialled.outcome {
            Dial::Connected(silent) => silent,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_server_that_greets_is_heard_and_left_with_a_fin() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (dialled, server) = tokio::join!(dial(listener.local_addr().unwrap(), PATIENCE), listener.accept());
        let mut server = server.unwrap().0;
        assert_eq!(dialled.syns, 1);
        let silent = connected(dialled);
        let handshake = silent.handshake.unwrap();
        assert!(handshake.advertised_mss_bytes > 536 && handshake.path_mtu_bytes > 1_000, "{handshake:?}");
        server.write_all(b"SSH-2.0-x\r\n").await.unwrap();
        let serving = async {
            let read = server.read_to_end(&mut Vec::new()).await;
            drop(server);
            read
        };
        let (parting, read) = tokio::join!(silent.part(), serving);
        assert_eq!((parting.end, parting.received), (PartingEnd::Answered, Bytes(11)));
        assert_eq!(read.unwrap(), 0, "a reset would be an error here");
    }

    #[tokio::test]
    async fn a_connection_that_is_thrown_away_differs_from_a_refused_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = listener.local_addr().unwrap();
        let (dialled, server) = tokio::join!(dial(peer, PATIENCE), listener.accept());
        server.unwrap().0.set_zero_linger().unwrap();
        assert_eq!(connected(dialled).part().await.end, PartingEnd::ResetAtOnce);

        drop(listener);
        let refused = dial(peer, PATIENCE).await;
        assert_eq!(refused.syns, 1, "one was sent and answered");
        assert!(matches!(refused.outcome, Dial::Failed(error) if error.raw_os_error() == Some(libc::ECONNREFUSED)));
    }

    #[tokio::test]
    async fn what_this_machine_refuses_was_never_sent() {
        // Nothing is routed to the limited broadcast address over TCP.
        let refused = dial("255.255.255.255:22".parse().unwrap(), PATIENCE).await;
        assert_eq!(refused.syns, 0);
        assert!(matches!(refused.outcome, Dial::Failed(_)));
    }

    #[tokio::test]
    async fn silence_is_waited_for_no_longer_than_asked() {
        // A listener whose queue is full drops SYNs (listen(2)).
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let peer = listener.local_addr().unwrap();
        let mut held = Vec::new();
        let silent = loop {
            match dial(peer, Duration::from_millis(150)).await {
                Dialled { outcome: Dial::Connected(silent), .. } => held.push(silent),
                other => break other,
            }
            assert!(held.len() < 10, "the queue never fills");
        };
        assert!(matches!(silent.outcome, Dial::Unanswered) && silent.syns >= 1);
    }
}
