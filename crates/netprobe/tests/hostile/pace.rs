//! A server that takes its time: a piece, a pause, the next piece. The pause is a wait for the client to go, so that a
//! behaviour is over when its run is.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Says one piece after the other, with a pause behind each, for as long as the client behind `socket` is there.
pub(crate) fn slowly<P>(
    socket: &TcpStream,
    pieces: impl IntoIterator<Item = P>,
    mut say: impl FnMut(P) -> io::Result<()>,
) -> io::Result<()> {
    for piece in pieces {
        say(piece)?;
        if goes(socket, PAUSE)? {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
    }
    Ok(())
}

/// Whether the client closes or resets the connection within this time. What it says meanwhile stays unread.
fn goes(socket: &TcpStream, within: Duration) -> io::Result<bool> {
    let within = Timespec { tv_sec: within.as_secs().cast_signed(), tv_nsec: within.subsec_nanos().into() };
    Ok(poll(&mut [PollFd::new(socket, PollFlags::RDHUP)], Some(&within))? > 0)
}

/// Below every run's patience, so that it is slow and not silent.
const PAUSE: Duration = Duration::from_millis(700);

#[test]
fn a_pause_is_over_when_the_client_goes() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    io::Write::write_all(&mut client, b"more that nobody reads").unwrap();
    assert!(!goes(&server, Duration::ZERO).unwrap(), "it is still there");
    drop(client);
    assert!(goes(&server, Duration::from_hours(1)).unwrap());
}
