//! A real name server, which can be slow, silent, forgetful or lying.
//!
//! Knows UDP and TCP (RFC 1035, RFC 7766) on as many addresses as it is given. Refuses to ask others: it is authoritative
//! for its zones and knows nothing else.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Result;
use socket2::SockRef;

use self::responder::{Responder, Transport};
use super::stop::Stop;
use crate::place::Place;
use crate::units::Delay;

mod faults;
mod responder;
mod zone;

pub use self::faults::{Aaaa, Answers, NameServerFaults};
pub use self::zone::Zone;

/// What a name server is.
#[derive(Debug, Clone)]
pub struct NameServerOptions {
    /// Where it runs.
    pub place: Place,
    /// Addresses of that place that it listens on, each at port 53.
    pub addresses: Vec<IpAddr>,
    /// What it knows.
    pub zone: Zone,
    /// What is wrong with it.
    pub faults: NameServerFaults,
}

/// A running name server.
#[derive(Debug)]
pub struct NameServer {
    responder: Arc<Responder>,
    stop: Arc<Stop>,
    doors: Vec<Door>,
}

/// One socket and the thread that serves it.
#[derive(Debug)]
struct Door {
    socket: Socket,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Socket {
    Udp(UdpSocket),
    Tcp(TcpListener),
}

/// What all threads of a server share.
#[derive(Clone)]
struct Service {
    responder: Arc<Responder>,
    stop: Arc<Stop>,
    delay: Duration,
}

impl NameServer {
    /// Begins to answer.
    pub fn start(options: &NameServerOptions) -> Result<Self> {
        let responder = Arc::new(Responder::new(options.zone.clone(), options.faults.clone()));
        let mut server = Self { responder: Arc::clone(&responder), stop: Arc::default(), doors: Vec::new() };
        if !options.faults.listening {
            return Ok(server);
        }
        let delay = options.faults.delay.map_or(Duration::ZERO, Delay::duration);
        let service = Service { responder, stop: Arc::clone(&server.stop), delay };
        for address in &options.addresses {
            let address = SocketAddr::new(*address, PORT);
            server.open(Socket::Udp(options.place.receive(address)?), service.clone())?;
            if options.faults.tcp {
                server.open(Socket::Tcp(options.place.listen(address)?), service.clone())?;
            }
        }
        Ok(server)
    }

    /// How many questions have come so far.
    pub fn questions(&self) -> u64 {
        self.responder.counted().0
    }

    /// How many of them a fault has met. Nobody counts where nobody listens.
    pub fn struck(&self) -> u64 {
        self.responder.counted().1
    }

    fn open(&mut self, socket: Socket, service: Service) -> Result<()> {
        let builder = thread::Builder::new().name("lab-dns".into());
        let thread = match &socket {
            Socket::Udp(socket) => {
                let socket = socket.try_clone()?;
                builder.spawn(move || service.datagrams(&socket))?
            }
            Socket::Tcp(listener) => {
                let listener = listener.try_clone()?;
                builder.spawn(move || service.connections(&listener))?
            }
        };
        self.doors.push(Door { socket, thread: Some(thread) });
        Ok(())
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.set();
        for door in &self.doors {
            let socket = match &door.socket {
                Socket::Udp(socket) => SockRef::from(socket),
                Socket::Tcp(listener) => SockRef::from(listener),
            };
            // Wakes who waits for it. Linux does so for UDP too, and says at the same time that it is not connected.
            let _ = socket.shutdown(Shutdown::Both);
        }
        for thread in self.doors.iter_mut().filter_map(|door| door.thread.take()) {
            // A panic there has already been printed.
            let _ = thread.join();
        }
    }
}

impl Service {
    fn datagrams(&self, socket: &UdpSocket) {
        let (mut buffer, pending) = (vec![0; usize::from(u16::MAX)], Arc::new(()));
        thread::scope(|scope| {
            while !self.stop.is_set() {
                let Ok((length, client)) = socket.recv_from(&mut buffer) else { continue };
                let Some(answer) = self.responder.respond(buffer.get(..length).unwrap_or_default(), Transport::Udp)
                else {
                    continue;
                };
                // A client that is gone is not our concern.
                let send = move || drop(socket.send_to(&answer, client));
                if self.delay.is_zero() {
                    send();
                } else if Arc::strong_count(&pending) <= MOST_PENDING {
                    let slot = Arc::clone(&pending);
                    scope.spawn(move || {
                        if !self.stop.is_set_within(self.delay) {
                            send();
                        }
                        drop(slot);
                    });
                }
            }
        });
    }

    fn connections(&self, listener: &TcpListener) {
        let pending = Arc::new(());
        thread::scope(|scope| {
            while !self.stop.is_set() {
                let connection = match listener.accept() {
                    Ok((connection, _)) => connection,
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                    Err(_) => break,
                };
                if Arc::strong_count(&pending) <= MOST_PENDING {
                    let slot = Arc::clone(&pending);
                    scope.spawn(move || {
                        // It ends with the client or with its patience.
                        let _ = self.converse(connection);
                        drop(slot);
                    });
                }
            }
        });
    }

    /// Answers one question after the other.
    fn converse(&self, mut connection: TcpStream) -> io::Result<()> {
        connection.set_read_timeout(Some(IDLE))?;
        while !self.stop.is_set() {
            let mut length = [0; 2];
            connection.read_exact(&mut length)?;
            let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
            connection.read_exact(&mut question)?;
            let Some(answer) = self.responder.respond(&question, Transport::Tcp) else { continue };
            if self.stop.is_set_within(self.delay) {
                break;
            }
            let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
            connection.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat())?;
        }
        Ok(())
    }
}

/// RFC 1035, section 4.2.
const PORT: u16 = 53;
/// Answers that wait and connections, each at a time for each address; what is more is dropped.
const MOST_PENDING: usize = 256;
/// How long a silent connection is kept.
const IDLE: Duration = Duration::from_secs(2);
