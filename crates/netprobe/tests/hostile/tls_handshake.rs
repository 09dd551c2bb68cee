//! The TLS handshake: records, alerts, chains (RFC 8446).

use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::bed::{Behaviour, Way, all};
use crate::git::garbage;
use crate::http::{drain, dribble, flood};
use crate::tls::{Certificate, accept, accept_with};

#[test]
fn handshakes() {
    all(&[
        tls("nothing and the end", |_| Ok(()), "connection-cut"),
        tls("silence", drain, "server-silent"),
        tls(
            "garbage",
            |mut stream| {
                stream.write_all(&garbage(100_000))?;
                drain(stream)
            },
            "tls-failed",
        ),
        tls("garbage without end", |stream| flood(stream, &garbage(50_000)), "tls-failed").flood(),
        tls("zeros without end", |stream| flood(stream, &[0]), "tls-failed").flood(),
        tls(
            "an alert",
            |mut stream| {
                hello(&mut stream)?;
                stream.write_all(&record(21, &[2, 40]))?;
                drain(stream)
            },
            "tls-failed",
        ),
        tls(
            "warnings without end",
            |mut stream| {
                hello(&mut stream)?;
                flood(stream, &record(21, &[1, 90]))
            },
            "tls-failed",
        )
        .flood(),
        tls(
            "empty records without end",
            |mut stream| {
                hello(&mut stream)?;
                flood(stream, &record(22, &[]))
            },
            "tls-failed",
        )
        .flood(),
        tls(
            "a record that is never filled",
            |mut stream| {
                hello(&mut stream)?;
                stream.write_all(&[22, 3, 3, 0x40, 0, 2])?;
                drain(stream)
            },
            "server-silent",
        ),
        tls(
            "a record that is too long",
            |mut stream| {
                hello(&mut stream)?;
                stream.write_all(&[22, 3, 3, 0xff, 0xff])?;
                flood(stream, &[2])
            },
            "tls-failed",
        )
        .flood(),
        tls(
            "a message of 16 MiB",
            |mut stream| {
                hello(&mut stream)?;
                stream.write_all(&record(22, &[2, 0xff, 0xff, 0xff]))?;
                flood(stream, &record(22, &[0; 16_000]))
            },
            "tls-failed",
        )
        .flood(),
        tls(
            "a hello and the end",
            |mut stream| {
                let session = hello(&mut stream)?;
                stream.write_all(&server_hello(&session))
            },
            "connection-cut",
        ),
        tls(
            "a hello and garbage",
            |mut stream| {
                let session = hello(&mut stream)?;
                stream.write_all(&server_hello(&session))?;
                stream.write_all(&record(23, &garbage(5_000)))?;
                drain(stream)
            },
            "tls-failed",
        ),
        tls(
            "hellos without end",
            |mut stream| {
                let session = hello(&mut stream)?;
                flood(stream, &server_hello(&session))
            },
            "tls-failed",
        )
        .flood(),
        tls(
            "changes of cipher without end",
            |mut stream| {
                let session = hello(&mut stream)?;
                stream.write_all(&server_hello(&session))?;
                flood(stream, &record(20, &[1]))
            },
            "tls-failed",
        )
        .flood(),
        tls(
            "a byte a second",
            |mut stream| {
                let session = hello(&mut stream)?;
                dribble(&stream, &server_hello(&session))
            },
            "cut-for-budget",
        ),
        tls(
            "a chain of 1 MiB",
            |stream| {
                let chain = vec![Certificate::make("ballast", 8_000).der; 128];
                accept(stream, b"http/1.1", &chain).map(drop)
            },
            "tls-failed",
        ),
        tls(
            "a certificate of 60 KiB",
            |stream| accept_with(stream, &Certificate::make("large", 60_000)).and_then(drain),
            "certificate-untrusted",
        ),
        tls(
            "a chain of 100 certificates",
            |stream| {
                let chain = vec![Certificate::usual().der.clone(); 100];
                accept(stream, b"http/1.1", &chain).map(drop)
            },
            "connection-cut",
        ),
        tls(
            "a name full of escapes",
            |stream| {
                let certificate = Certificate::make(crate::git::ESCAPES, 0);
                accept_with(stream, &certificate).and_then(drain)
            },
            "certificate-untrusted",
        ),
    ]);
}

fn tls(
    name: &str,
    serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
    finding: &'static str,
) -> Behaviour {
    Behaviour::new(name, Way::Https, serve, finding)
}

/// Reads the client's hello; returns its session id.
fn hello(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body)?;
    let length = usize::from(body[38]);
    Ok(body[39..39 + length].to_vec())
}

/// TLS 1.3 by X25519 and AES-128-GCM, with a share that nobody knows the secret of.
fn server_hello(session: &[u8]) -> Vec<u8> {
    let share = [&[0, 51, 0, 36, 0, 29, 0, 32][..], &[9; 32]].concat();
    let extensions = [&[0, 43, 0, 2, 3, 4][..], &share].concat();
    let session = [&[u8::try_from(session.len()).unwrap()], session].concat();
    let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
    let body = [&[3, 3][..], &[7; 32], &session, &[0x13, 0x01, 0], &length, &extensions].concat();
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    record(22, &[&[2][..], &length[1..], &body].concat())
}

fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3][..], &length, payload].concat()
}
