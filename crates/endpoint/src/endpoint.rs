//! The endpoint itself: its listeners, its life, and what a client has to know to reach it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::config::EndpointConfig;
use crate::credentials::{Credentials, subject_names};
use crate::error::EndpointError;
use crate::git::Behaviour;
use crate::http::HttpServer;
use crate::journal::{Event, EventKind, Journal, Transport};
use crate::repository::Repository;
use crate::ssh::SshServer;
use crate::wire::Line;

/// A running endpoint. Dropping it stops it; [`Endpoint::shutdown`] also waits until it has stopped.
pub struct Endpoint {
    addresses: [Option<SocketAddr>; 3],
    credentials: Arc<Credentials>,
    names: Vec<String>,
    head: String,
    journal: Arc<Journal>,
    stop: watch::Sender<bool>,
    /// Closed once every listener and connection is gone.
    stopped: watch::Receiver<()>,
}

impl Endpoint {
    /// Starts it on the runtime that runs this. Returns once it listens.
    pub async fn start(config: EndpointConfig) -> Result<Self, EndpointError> {
        let (endpoint, service) = Self::prepare(config).await?;
        tokio::spawn(service);
        Ok(endpoint)
    }

    /// Starts it on a thread of its own with a runtime of its own, so that a client under test shares no executor
    /// with it. Blocks until it listens.
    pub fn spawn_thread(config: EndpointConfig) -> Result<Self, EndpointError> {
        let failed = |reason: &dyn fmt::Display| EndpointError::Thread { reason: reason.to_string() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| failed(&e))?;
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let run = move || {
            runtime.block_on(async move {
                match Self::prepare(config).await {
                    // If nobody waits for the answer any more, the endpoint is dropped and the service stops at once.
                    Err(error) => drop(sender.send(Err(error))),
                    Ok((endpoint, service)) => {
                        drop(sender.send(Ok(endpoint)));
                        service.await;
                    }
                }
            });
        };
        std::thread::Builder::new().name("netprobe-endpoint".to_owned()).spawn(run).map_err(|e| failed(&e))?;
        receiver.recv().map_err(|e| failed(&e))?
    }

    /// `ssh://git@127.0.0.1:PORT/demo.git`, if it listens for SSH.
    pub fn ssh_url(&self) -> Option<String> {
        url("ssh", "git@", self.ssh_address())
    }

    /// `https://127.0.0.1:PORT/demo.git`, if it listens for HTTPS.
    pub fn https_url(&self) -> Option<String> {
        url("https", "", self.https_address())
    }

    /// `http://127.0.0.1:PORT/demo.git`, if it listens for plain HTTP.
    pub fn http_url(&self) -> Option<String> {
        url("http", "", self.http_address())
    }

    /// Where it listens for SSH.
    pub fn ssh_address(&self) -> Option<SocketAddr> {
        self.addresses[0]
    }

    /// Where it listens for HTTPS.
    pub fn https_address(&self) -> Option<SocketAddr> {
        self.addresses[1]
    }

    /// Where it listens for plain HTTP.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.addresses[2]
    }

    /// Lines of `known_hosts` with its host keys; empty if it does not listen for SSH.
    pub fn known_hosts(&self) -> String {
        self.ssh_address().map_or_else(String::new, |address| self.credentials.known_hosts(&self.names, address.port()))
    }

    /// The certificate of the authority that its HTTPS certificate comes from, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.credentials.ca_pem
    }

    /// The private key of the client that it lets in, in OpenSSH's format. A secret, if a throw-away one.
    pub fn identity_pem(&self) -> &str {
        &self.credentials.identity_pem
    }

    /// The commit that `main` and HEAD point to, as forty hex digits.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// What has happened so far, in order.
    pub fn events(&self) -> Vec<Event> {
        self.journal.read()
    }

    /// Waits for the first event that matches; one that has happened already counts. For tests that must not sleep.
    pub async fn wait_for(&self, matches: impl Fn(&Event) -> bool) -> Event {
        self.journal.wait_for(matches).await
    }

    /// Stops listening, ends every connection, and returns everything that happened once all are gone.
    pub async fn shutdown(mut self) -> Vec<Event> {
        self.stop.send_replace(true);
        // Nothing is ever sent: the error that ends this wait is the service dropping its end.
        while self.stopped.changed().await.is_ok() {}
        self.journal.read()
    }

    async fn prepare(
        config: EndpointConfig,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), EndpointError> {
        let journal = Arc::new(Journal::new());
        let (stop, stopping) = watch::channel(false);
        let (alive, stopped) = watch::channel(());
        let names = subject_names(&config);
        let listeners =
            [bind("SSH", config.ssh).await?, bind("HTTPS", config.https).await?, bind("HTTP", config.http).await?];
        let addresses = listeners.each_ref().map(|listener| listener.as_ref()?.local_addr().ok());
        let work = move || -> Result<_, EndpointError> {
            let credentials = Arc::new(Credentials::make(&config)?);
            let repository = Arc::new(Repository::build(config.repository.clone())?);
            Ok((config, credentials, repository))
        };
        let prepared = tokio::task::spawn_blocking(work).await;
        let (config, credentials, repository) =
            prepared.map_err(|e| EndpointError::Thread { reason: e.to_string() })??;
        let endpoint = Self {
            addresses,
            credentials: Arc::clone(&credentials),
            names,
            head: repository.head().to_string(),
            journal: Arc::clone(&journal),
            stop,
            stopped,
        };
        let behaviour = Behaviour { repository, fault: config.fault, pace: config.pace };
        let anonymous = config.ssh_access.anonymous;
        let ssh = SshServer::new(&credentials, anonymous, REPOSITORY_PATH, behaviour.clone());
        let http = HttpServer::new(config.http_access, REPOSITORY_PATH, behaviour);
        let reception = Reception {
            ssh: Arc::new(ssh),
            http: Arc::new(http),
            tls: TlsAcceptor::from(Arc::clone(&credentials.tls)),
            journal,
            stopping,
            connections: AtomicU64::new(0),
        };
        let service = async move {
            let reception = Arc::new(reception);
            let mut accepting = JoinSet::new();
            let transports = [Transport::Ssh, Transport::Https, Transport::Http];
            for (transport, listener) in transports.into_iter().zip(listeners) {
                if let Some(listener) = listener {
                    accepting.spawn(Arc::clone(&reception).accept(transport, listener));
                }
            }
            while accepting.join_next().await.is_some() {}
            drop(alive);
        };
        Ok((endpoint, service))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Receives connections and hands them to their server.
struct Reception {
    ssh: Arc<SshServer>,
    http: Arc<HttpServer>,
    tls: TlsAcceptor,
    journal: Arc<Journal>,
    stopping: watch::Receiver<bool>,
    connections: AtomicU64,
}

impl Reception {
    async fn accept(self: Arc<Self>, transport: Transport, listener: TcpListener) {
        let mut connections = JoinSet::new();
        let mut stopping = self.stopping.clone();
        loop {
            tokio::select! {
                // An error means that the endpoint was dropped: stop as well.
                _ = stopping.wait_for(|stop| *stop) => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => {
                    // A connection that died in the queue, or a lack of descriptors that an end of another one cures.
                    if let Ok((socket, _)) = accepted {
                        connections.spawn(Arc::clone(&self).serve(transport, socket));
                    }
                }
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    async fn serve(self: Arc<Self>, transport: Transport, socket: TcpStream) {
        // Only delays small packets if it fails.
        let _ = socket.set_nodelay(true);
        let id = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let line = Line::new(id, socket, Arc::clone(&self.journal));
        line.note(EventKind::Accepted { transport });
        let mut stopping = self.stopping.clone();
        let work = async {
            match transport {
                Transport::Ssh => Arc::clone(&self.ssh).serve(Arc::clone(&line)).await,
                Transport::Https => {
                    let (http, tls) = (Arc::clone(&self.http), self.tls.clone());
                    tokio::select! {
                        () = http.serve(Arc::clone(&line), Some(tls)) => {}
                        () = line.ended() => {}
                    }
                }
                Transport::Http => {
                    tokio::select! {
                        () = Arc::clone(&self.http).serve(Arc::clone(&line), None) => {}
                        () = line.ended() => {}
                    }
                }
            }
            line.finish().await;
        };
        tokio::select! {
            () = work => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
        line.close();
    }
}

async fn bind(transport: &'static str, address: Option<SocketAddr>) -> Result<Option<TcpListener>, EndpointError> {
    let Some(address) = address else {
        return Ok(None);
    };
    let bound = TcpListener::bind(address).await;
    bound.map(Some).map_err(|source| EndpointError::Listen { transport, address, source })
}

fn url(scheme: &str, user: &str, address: Option<SocketAddr>) -> Option<String> {
    let address = reachable(address?);
    Some(format!("{scheme}://{user}{address}{REPOSITORY_PATH}"))
}

/// An address that a client on this machine can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Where the repository is served.
const REPOSITORY_PATH: &str = "/demo.git";

/// Connections at a time on each transport; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 256;
