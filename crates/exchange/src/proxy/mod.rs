//! The way through a proxy: SOCKS 5 or HTTP CONNECT, timed as a stage of its own. What comes back is a stream to the
//! server, on the same counted TCP connection.

mod connect;
mod socks5;

use access::proxy::{Proxy, ProxyKind};
use measure::{MeteredStream, Timeline, from_io};
use model::{Failure, FailureKind, Stage, Step};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::Halt;

/// Asks `proxy` for a tunnel to `host` and `port`.
pub async fn through(
    timeline: &Timeline,
    mut stream: MeteredStream,
    proxy: &Proxy,
    host: &str,
    port: u16,
) -> Result<MeteredStream, Halt> {
    timeline.enter(Stage::Proxy);
    let step = Step::Proxy { kind: kind(proxy.kind).to_owned(), via: format!("{}:{}", proxy.host, proxy.port) };
    match timeline.watch(open(&mut stream, proxy, host, port)).await.and_then(std::convert::identity) {
        Ok(()) => {
            timeline.end(step);
            Ok(stream)
        }
        Err(problem) => {
            timeline.fail(step, problem);
            Err(Halt)
        }
    }
}

/// The conversation with the proxy, on whatever stream reaches it. It reads no byte of what comes behind its answer.
///
/// # Errors
/// What went wrong, as an observation: the stream broke, or the proxy refused or did not speak its protocol.
pub async fn open<S>(stream: &mut S, proxy: &Proxy, host: &str, port: u16) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match proxy.kind {
        ProxyKind::Socks5 | ProxyKind::Socks5h => socks5::open(stream, proxy, host, port).await,
        ProxyKind::HttpConnect => connect::open(stream, proxy, host, port).await,
        ProxyKind::HttpsConnect => {
            Err(Failure::new(FailureKind::Local, "open a tunnel").saying("TLS to the proxy itself is not supported"))
        }
    }
}

fn kind(kind: ProxyKind) -> &'static str {
    match kind {
        ProxyKind::Socks5 => "socks5",
        ProxyKind::Socks5h => "socks5h",
        ProxyKind::HttpConnect => "http connect",
        ProxyKind::HttpsConnect => "https connect",
    }
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), Failure> {
    stream.write_all(bytes).await.map_err(|error| from_io(&error, "speak to the proxy"))
}

async fn hear<const COUNT: usize>(stream: &mut (impl AsyncRead + Unpin)) -> Result<[u8; COUNT], Failure> {
    let mut bytes = [0; COUNT];
    stream.read_exact(&mut bytes).await.map_err(|error| from_io(&error, "hear the proxy"))?;
    Ok(bytes)
}

fn refused(text: impl Into<model::RemoteText>) -> Failure {
    Failure::new(FailureKind::ProxyRefused, "open a tunnel through the proxy").saying(text)
}
