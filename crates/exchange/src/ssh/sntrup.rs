//! `sntrup761x25519-sha512@openssh.com` by bytes of our own: identification, KEXINIT and a public value of its size, until
//! the server answers with its share. No library here can finish this exchange, and no more is needed to see whether
//! packets of its size get through.

use std::hash::{BuildHasher as _, RandomState};

use measure::{Timeline, from_io};
use model::{Bytes, Failure, FailureKind, FlightSize, RemoteText, Seen, Stage, Step};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::GREET;
use super::kexinit::{self, COOKIE, string};
use super::preamble::{Preamble, in_place_of_ident};
use crate::Halt;

/// Greets and begins the exchange. It ends well with the server's share, and no key was agreed on.
pub async fn begin_sntrup<S: AsyncRead + AsyncWrite + Unpin>(timeline: &Timeline, mut stream: S) -> Result<(), Halt> {
    timeline.enter(Stage::Greeting);
    let mut received = Vec::new();
    let kexinit = kexinit::write(noise(0), lists());
    let flight = Bytes((IDENT.len() + kexinit.len()) as u64);
    let greeted = timeline
        .watch(async {
            stream.write_all(IDENT.as_bytes()).await.map_err(|error| from_io(&error, GREET))?;
            until(&mut stream, &mut received, GREET, |got| Preamble::read(got).ident.is_some()).await
        })
        .await
        .and_then(std::convert::identity);
    let server_ident = Preamble::read(&received).ident;
    let greeting = Step::Greeting { client_ident: IDENT.trim_end().to_owned(), server_ident };
    if let Err(problem) = greeted {
        timeline.fail(greeting, in_place_of_ident(&received, problem));
        return Err(Halt);
    }
    timeline.end(greeting);
    timeline.enter(Stage::KeyExchange);
    let answered = timeline.watch(exchange(&mut stream, &mut received, &kexinit)).await;
    let answered = answered.and_then(std::convert::identity);
    let server = Preamble::read(&received);
    let offer = received.get(server.ident_end..).and_then(kexinit::read);
    if let Some(offer) = offer {
        timeline.context().recorder.write(Seen::SshServerOffer(offer));
    }
    let step = Step::KeyExchange {
        algorithms: None,
        client_flight: Some(FlightSize { sent: flight, client: None, why_different: None }),
        server_kexinit_bytes: server.packet_bytes.map(|bytes| Bytes(bytes as u64)),
        host_key: None,
    };
    match answered {
        Ok(share) => {
            timeline.context().recorder.remark(format!(
                "the server answered to {SNTRUP} with a packet of {share} bytes; nothing was agreed on"
            ));
            timeline.end(step);
            Ok(())
        }
        Err(problem) => {
            timeline.fail(step, problem);
            Err(Halt)
        }
    }
}

/// Both KEXINITs and our public value; the size of the packet with the server's.
async fn exchange<S>(stream: &mut S, received: &mut Vec<u8>, kexinit: &[u8]) -> Result<usize, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let failed = |error: std::io::Error| from_io(&error, EXCHANGE);
    stream.write_all(kexinit).await.map_err(failed)?;
    let whole = |got: &[u8]| {
        let first = Preamble::read(got);
        first.flight_bytes().is_some_and(|flight| got.len() >= flight)
    };
    until(stream, received, EXCHANGE, whole).await?;
    let end = Preamble::read(received).flight_bytes().unwrap_or(received.len());
    let mut value = Vec::with_capacity(PUBLIC_VALUE);
    value.extend((0..).flat_map(noise).take(PUBLIC_VALUE));
    let mut payload = vec![SSH_MSG_KEX_ECDH_INIT];
    payload.extend(string(&value));
    stream.write_all(&kexinit::packet(&payload)).await.map_err(failed)?;
    let packet = |got: &[u8]| {
        let rest = got.get(end..)?;
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk::<4>()?)).ok()?;
        Some((length.saturating_add(4), *rest.get(5)?))
    };
    until(stream, received, EXCHANGE, |got| packet(got).is_some_and(|(length, _)| got.len() - end >= length)).await?;
    match packet(received) {
        Some((length, SSH_MSG_KEX_ECDH_REPLY)) => Ok(length),
        Some((_, SSH_MSG_DISCONNECT)) => {
            // Reason code, then the description (RFC 4253 §11.1).
            let said = received.get(end + 14..).map(RemoteText::from_bytes).unwrap_or_default();
            Err(Failure::new(FailureKind::NoCommonAlgorithm, EXCHANGE).saying(said))
        }
        Some((_, number)) => {
            Err(Failure::new(FailureKind::Malformed, EXCHANGE).saying(format!("message {number} came in its place")))
        }
        None => Err(Failure::new(FailureKind::Closed, EXCHANGE)),
    }
}

/// Reads until `enough`, and never more than a server may say before it encrypts.
async fn until<S: AsyncRead + Unpin>(
    stream: &mut S,
    received: &mut Vec<u8>,
    operation: &str,
    enough: impl Fn(&[u8]) -> bool,
) -> Result<(), Failure> {
    let mut buffer = [0; 4 * 1024];
    while !enough(received) {
        if received.len() >= MOST {
            return Err(Failure::new(FailureKind::TooLarge, operation));
        }
        match stream.read(&mut buffer).await {
            Ok(0) => {
                // A server that has no such exchange closes without a word, or with one that stands in the stream.
                let offered = Preamble::read(received).ident_end;
                let lists = received.get(offered..).and_then(kexinit::read);
                let has_it = lists.is_none_or(|lists| lists.kex.iter().any(|name| name.as_str() == SNTRUP));
                let kind = if has_it { FailureKind::Closed } else { FailureKind::NoCommonAlgorithm };
                return Err(Failure::new(kind, operation));
            }
            Ok(length) => received.extend(buffer.get(..length).unwrap_or_default()),
            Err(error) => return Err(from_io(&error, operation)),
        }
    }
    Ok(())
}

/// Bytes that look like chance. Nothing secret depends on them: no key comes of this exchange.
fn noise(at: u64) -> [u8; COOKIE] {
    let half = |which: u64| RandomState::new().hash_one((at, which)).to_be_bytes();
    let mut noise = [0; COOKIE];
    for (byte, chance) in noise.iter_mut().zip(half(0).into_iter().chain(half(1))) {
        *byte = chance;
    }
    noise
}

fn lists() -> [&'static str; 10] {
    [SNTRUP, HOST_KEYS, CIPHERS, CIPHERS, MACS, MACS, "none", "none", "", ""]
}

const SNTRUP: &str = "sntrup761x25519-sha512@openssh.com";
const HOST_KEYS: &str =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
const CIPHERS: &str = "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr,aes128-gcm@openssh.com";
const MACS: &str = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
const IDENT: &str = "SSH-2.0-netprobe_sntrup761\r\n";
/// A public key of Streamlined NTRU Prime 761 and one of X25519 (OpenSSH, `PROTOCOL` and `kexsntrup761x25519.c`).
const PUBLIC_VALUE: usize = 1_158 + 32;
const EXCHANGE: &str = "exchange keys";
const SSH_MSG_DISCONNECT: u8 = 1;
/// RFC 5656 §4, which this exchange borrows its messages from.
const SSH_MSG_KEX_ECDH_INIT: u8 = 30;
const SSH_MSG_KEX_ECDH_REPLY: u8 = 31;
/// Identification, KEXINIT and a reply with a large host key, several times over.
const MOST: usize = 64 * 1024;
