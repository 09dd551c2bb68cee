//! Before and in place of the identification line (RFC 4253 §4.2).

use std::io::Write;
use std::net::TcpStream;

use crate::bed::{Behaviour, Way, all};
use crate::git::{ESCAPES, garbage};
use crate::http::{drain, dribble, flood};

#[test]
fn greetings() {
    all(&[
        ssh("lines without end before the identification", |stream| flood(stream, b"Welcome\r\n"), "malformed").flood(),
        ssh("one line without end", |stream| flood(stream, b"x"), "malformed").flood(),
        ssh("zeros without end", |stream| flood(stream, b"\0"), "malformed").flood(),
        ssh("escapes without end", |stream| flood(stream, ESCAPES.as_bytes()), "malformed").flood(),
        ssh("line feeds without end", |stream| flood(stream, b"\n"), "malformed").flood(),
        ssh(
            "an identification with escapes and zeros",
            |stream| say(stream, b"SSH-2.0-\x1b[31m\0\x07evil\r\n"),
            "connection-cut",
        ),
        ssh("an identification that is no UTF-8", |stream| say(stream, b"SSH-2.0-\xff\xfe\x9b31m\r\n"), "malformed"),
        ssh(
            "an identification of 10,000 bytes",
            |stream| say(stream, &[b"SSH-2.0-", &[b'x'; 10_000][..], b"\r\n"].concat()),
            "malformed",
        ),
        ssh("SSH 1", |stream| say(stream, b"SSH-1.5-OpenSSH_1.2\r\n"), "malformed"),
        ssh("HTTP in place of SSH", |stream| say(stream, b"HTTP/1.1 400 Bad Request\r\n\r\n<html>\r\n"), "malformed"),
        ssh(
            "a reason, and the end",
            |stream| say(stream, format!("Exceeded MaxStartups {ESCAPES}\r\n").as_bytes()),
            "remote-error|server-connection-limit",
        ),
        ssh("garbage and the end", |stream| say(stream, &garbage(3_000)), "malformed"),
        ssh("nothing and the end", |_| Ok(()), "connection-cut"),
        ssh("silence", drain, "server-silent"),
        ssh("a byte a second", |stream| dribble(&stream, b"SSH-2.0-OpenSSH_9.2\r\n"), "cut-for-budget"),
    ]);
}

fn ssh(
    name: &str,
    serve: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    finding: &'static str,
) -> Behaviour {
    Behaviour::new(name, Way::Ssh, serve, finding)
}

/// Says it, and hangs up once the client does or has nothing more to say.
fn say(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    drain(stream)
}
