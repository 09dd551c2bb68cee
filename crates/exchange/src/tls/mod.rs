//! The TLS handshake over a connection of ours, timed, its flights measured, the chain's verdict written down.

mod chain;
mod config;
mod hello;
mod roots;
mod verifier;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use measure::{Timeline, from_io};
use model::{Bytes, Failure, FailureKind, FlightSize, Stage, Step, TlsHello, TlsServerName, TlsTrust};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, InvalidMessage};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use chain::describe_certificate;

use crate::Halt;
use crate::tap::{Heard, Tap};
use roots::Roots;
use verifier::Verifier;

/// An open TLS connection.
#[derive(Debug)]
pub struct Tls<S> {
    /// The stream.
    pub stream: TlsStream<Tap<S>>,
    /// True where ALPN chose HTTP/2.
    pub http2: bool,
    /// True where the server is who it says it is. Only then may credentials be sent.
    pub trusted: bool,
}

/// Whom to trust. Reading the system's authorities takes milliseconds, which should pass before anything is timed.
#[derive(Debug)]
pub struct Trust {
    ca_files: Vec<PathBuf>,
    /// The authorities, or why a file of them cannot be used.
    made: OnceLock<Result<Arc<Roots>, String>>,
}

impl Trust {
    /// Trusts the system's authorities and those in `ca_files`. A file that cannot be used is reported by the handshake.
    pub fn new(ca_files: Vec<PathBuf>) -> Self {
        Self { ca_files, made: OnceLock::new() }
    }

    /// Reads them now rather than at the first handshake.
    pub fn prepare(&self) {
        self.made();
    }

    fn made(&self) -> &Result<Arc<Roots>, String> {
        self.made.get_or_init(|| Roots::load(&self.ca_files).map(Arc::new))
    }
}

/// How the hello is made. The default is the imitated client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello {
    /// Which key exchange is offered, and so its size.
    pub key_exchange: TlsHello,
    /// Which name it carries in the clear. One without a name is as long as the one with it.
    pub server_name: TlsServerName,
}

impl Default for Hello {
    fn default() -> Self {
        Self { key_exchange: TlsHello::AsProfile, server_name: TlsServerName::Target }
    }
}

/// Shakes hands with `host`.
///
/// An untrusted chain is written down as the stage's problem and the connection handed back all the same: what follows
/// is still worth measuring.
pub async fn handshake<S>(
    timeline: &Timeline,
    stream: S,
    host: &str,
    trust: &Trust,
    hello: Hello,
) -> Result<Tls<S>, Halt>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    timeline.enter(Stage::Tls);
    let received_before = timeline.meter().map(|meter| meter.wire().received).unwrap_or_default();
    let stream = Tap::new(stream, timeline.context().clock);
    let mut seen = Seen { received_before, heard: stream.heard(), ..Seen::default() };
    let (config, name, verifier) = match prepare(timeline, host, trust, hello) {
        Ok(prepared) => prepared,
        Err(problem) => {
            timeline.fail(seen.step(timeline), problem);
            return Err(Halt);
        }
    };
    seen.client_bytes = (hello == Hello::default()).then(|| hello::client_bytes(timeline.context().profile, &name));
    let connector = TlsConnector::from(Arc::new(config));
    let attempt = timeline.watch(connector.connect(name, stream)).await;
    let stream = match attempt.and_then(|done| done.map_err(|error| refusal(&error))) {
        Ok(stream) => stream,
        Err(problem) => {
            timeline.fail(seen.step(timeline), problem);
            return Err(Halt);
        }
    };
    seen.take(&stream, &verifier);
    let http2 = seen.alpn.as_deref() == Some("h2");
    let step = seen.step(timeline);
    let verdict = verifier.verdict();
    match verdict.as_ref().and_then(|verdict| verdict.problem.clone()) {
        None => timeline.end(step),
        Some((kind, text)) => timeline.fail(step, Failure::new(kind, "verify the server's certificate").saying(text)),
    }
    Ok(Tls { stream, http2, trusted: verdict.is_some_and(|verdict| verdict.trust.verified) })
}

/// What the handshake shows, gathered as it comes.
#[derive(Debug, Default)]
struct Seen {
    received_before: Bytes,
    heard: Heard,
    client_bytes: Option<usize>,
    version: Option<String>,
    cipher: Option<String>,
    group: Option<String>,
    alpn: Option<String>,
    chain: Vec<model::Certificate>,
    trust: Option<TlsTrust>,
}

impl Seen {
    fn take<S>(&mut self, stream: &TlsStream<S>, verifier: &Verifier) {
        let (_, connection) = stream.get_ref();
        self.version = connection.protocol_version().map(|version| format!("{version:?}").replace('_', "."));
        self.cipher = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
        self.group = connection.negotiated_key_exchange_group().map(|group| format!("{:?}", group.name()));
        self.alpn = connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        self.chain = chain::describe(connection.peer_certificates().unwrap_or_default());
        self.trust = verifier.verdict().map(|verdict| verdict.trust);
    }

    fn step(&self, timeline: &Timeline) -> Step {
        let meter = timeline.meter();
        let received = meter.map(|meter| meter.wire().received).unwrap_or_default();
        Step::Tls {
            version: self.version.clone(),
            cipher: self.cipher.clone(),
            group: self.group.clone(),
            alpn: self.alpn.clone(),
            client_flight: flight(&self.heard.first().sent, self.client_bytes),
            server_flight_bytes: received - self.received_before,
            chain: self.chain.clone(),
            trust: self.trust.clone(),
        }
    }
}

fn prepare(
    timeline: &Timeline,
    host: &str,
    trust: &Trust,
    hello: Hello,
) -> Result<(ClientConfig, ServerName<'static>, Arc<Verifier>), Failure> {
    let local = |text: String| Failure::new(FailureKind::Local, "prepare TLS").saying(text);
    let name = ServerName::try_from(host.to_owned()).map_err(|error| local(error.to_string()))?;
    let profile = timeline.context().profile;
    let roots = trust.made().clone().map_err(local)?;
    let provider = config::provider(profile, hello.key_exchange);
    let verifier = Arc::new(Verifier::new(roots, &provider).map_err(local)?);
    let mut config = config::with_verifier(provider, verifier.clone())
        .ok_or_else(|| local("the TLS library refuses its own defaults".to_owned()))?;
    config.enable_sni = hello.server_name == TlsServerName::Target;
    let wanted = match hello.key_exchange {
        TlsHello::AsProfile => hello::client_bytes(profile, &name),
        // As small as it comes.
        TlsHello::Classic => 0,
    };
    config.alpn_protocols = hello::alpn_for(&config, &name, wanted);
    Ok((config, name, verifier))
}

/// The hello is the first record we sent.
fn flight(sent: &[u8], client_bytes: Option<usize>) -> Option<FlightSize> {
    let [22, _, _, high, low, ..] = *sent else { return None };
    let sent = Bytes(u64::from(u16::from_be_bytes([high, low])) + RECORD_HEADER);
    let client = client_bytes.map(|bytes| Bytes(bytes as u64));
    let why_different = match client {
        Some(client) if client != sent => Some("the TLS library's hello cannot be made this small".to_owned()),
        _ => None,
    };
    Some(FlightSize { sent, client, why_different })
}

fn refusal(error: &std::io::Error) -> Failure {
    let operation = "shake hands over TLS";
    let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return from_io(error, operation);
    };
    let failure = Failure::new(FailureKind::Tls, operation);
    match inner {
        // The first byte of a record is one of a handful (RFC 8446 §5.1).
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => failure.saying("what came is not TLS"),
        _ => failure.saying(inner.to_string()),
    }
}

/// Of a TLS record (RFC 8446 §5.1).
const RECORD_HEADER: u64 = 5;
