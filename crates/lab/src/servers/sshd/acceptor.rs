//! The listening half of an SSH server: takes connections and starts one sshd for each.
//!
//! Knows when a connection gets its sshd, if at all. Refuses to know what sshd then does with it.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Result;
use socket2::SockRef;

use crate::git;
use crate::place::Place;
use crate::process::Background;
use crate::programs::announce;
use crate::servers::stop::Stop;

/// Accepts until it is dropped, which ends all sessions.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: TcpListener,
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

/// What happens to a connection.
#[derive(Debug)]
pub(super) struct Reception {
    /// Where sshd runs.
    pub(super) place: Place,
    /// sshd and its arguments.
    pub(super) command: Vec<PathBuf>,
    /// Where sshd writes what it has no log for yet.
    pub(super) log: PathBuf,
    /// From accepting to starting sshd.
    pub(super) delay: Duration,
    /// Whether every connection is turned away.
    pub(super) full: bool,
    /// How many of the first ones are, where not all.
    pub(super) full_for: u32,
    /// Whether every connection is ended without a word.
    pub(super) hangs_up: bool,
}

impl Acceptor {
    pub(super) fn start(listener: TcpListener, reception: Reception) -> Result<Self> {
        let stop = Arc::new(Stop::default());
        let (ours, theirs) = (listener.try_clone()?, Arc::clone(&stop));
        let thread = thread::Builder::new().name("lab-sshd".into()).spawn(move || reception.open(&ours, &theirs))?;
        Ok(Self { listener, stop, thread: Some(thread) })
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.stop.set();
        // Wakes the thread from accept(2), on whatever host and behind whatever filter. It cannot fail: the socket is
        // ours and listens.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            // A panic there has already been printed.
            let _ = thread.join();
        }
    }
}

impl Reception {
    fn open(&self, listener: &TcpListener, stop: &Stop) {
        // Dropped, and so ended, after the threads that add to them.
        let sessions = Mutex::new(Vec::new());
        let mut came = 0_u32;
        thread::scope(|scope| {
            while !stop.is_set() {
                let connection = match listener.accept() {
                    Ok((connection, _)) => connection,
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                    Err(_) if stop.is_set() => break,
                    Err(error) => {
                        announce(&format!("sshd accepts no more: {error}"));
                        break;
                    }
                };
                let sessions = &sessions;
                let turned_away = self.full || came < self.full_for;
                came = came.saturating_add(1);
                scope.spawn(move || {
                    if stop.is_set_within(self.delay) {
                        return;
                    }
                    match self.receive(connection, turned_away) {
                        Ok(session) => keep(sessions, session),
                        Err(error) => announce(&format!("sshd: {error:#}")),
                    }
                });
            }
        });
    }

    fn receive(&self, mut connection: TcpStream, turned_away: bool) -> Result<Option<Background>> {
        if self.hangs_up {
            return Ok(None);
        }
        if turned_away {
            // As sshd does it: without waiting for the client's banner, and without its own.
            connection.write_all(TURNED_AWAY)?;
            return Ok(None);
        }
        let Some((program, arguments)) = self.command.split_first() else { return Ok(None) };
        let errors = OpenOptions::new().append(true).open(&self.log)?;
        let input = OwnedFd::from(connection.try_clone()?);
        let mut command = Command::new(program);
        git::isolate(&mut command);
        command.args(arguments).stdin(input).stdout(OwnedFd::from(connection)).stderr(errors);
        Ok(Some(self.place.start(&mut command)?))
    }
}

/// Adds a session and forgets those that have ended.
fn keep(sessions: &Mutex<Vec<Background>>, session: Option<Background>) {
    let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
    sessions.retain_mut(|session| !session.has_ended());
    sessions.extend(session);
}

/// What OpenSSH 9.2 was seen to send (`drop_connection` in its `sshd.c`).
const TURNED_AWAY: &[u8] = b"Exceeded MaxStartups\r\n";
