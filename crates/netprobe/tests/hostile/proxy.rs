//! Proxies: HTTP CONNECT, SOCKS 5 (RFC 1928), and one that takes requests itself.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::bed::{Behaviour, Way, all};
use crate::git::{ESCAPES, garbage};
use crate::http::{drain, dribble, flood, request};

#[test]
fn tunnels() {
    for way in [Way::Connect, Way::ConnectToHttps] {
        let connect = |name, serve: fn(TcpStream) -> io::Result<()>, finding| {
            let asked = move |mut stream: TcpStream| {
                request(&mut stream)?;
                serve(stream)
            };
            Behaviour::new(format!("{way:?}: {name}"), way, asked, finding)
        };
        all(&[
            connect(
                "garbage",
                |mut stream| {
                    stream.write_all(&garbage(100_000))?;
                    drain(stream)
                },
                "malformed",
            ),
            connect(
                "headers without end",
                |mut stream| {
                    stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
                    flood(stream, b"X-More: and more\r\n")
                },
                "malformed",
            )
            .flood(),
            connect(
                "a refusal full of escapes",
                |mut stream| {
                    stream.write_all(format!("HTTP/1.1 403 {}\r\n\r\n", ESCAPES.replace('\r', "")).as_bytes())?;
                    drain(stream)
                },
                "proxy-refused",
            ),
            connect("the end", |_| Ok(()), "connection-cut"),
            connect("silence", drain, "server-silent"),
            connect("a byte a second", |stream| dribble(&stream, b"HTTP/1.1 200 OK\r\n\r\n"), "cut-for-budget"),
            connect(
                "a tunnel, and the end",
                |mut stream| stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n"),
                "connection-cut",
            ),
        ]);
    }
}

#[test]
fn socks() {
    let socks = |name, serve: fn(TcpStream) -> io::Result<()>, finding| {
        let greeted = move |mut stream: TcpStream| {
            stream.read_exact(&mut [0; 3])?;
            serve(stream)
        };
        Behaviour::new(format!("SOCKS: {name}"), Way::Socks, greeted, finding)
    };
    all(&[
        socks(
            "garbage",
            |mut stream| {
                stream.write_all(&garbage(10_000))?;
                drain(stream)
            },
            "malformed",
        ),
        socks(
            "a login that was not offered",
            |mut stream| {
                stream.write_all(&[5, 2])?;
                drain(stream)
            },
            "proxy-refused",
        ),
        socks(
            "an unknown reply",
            |mut stream| {
                stream.write_all(&[5, 0, 5, 200, 0, 1])?;
                drain(stream)
            },
            "proxy-refused",
        ),
        socks(
            "an unknown kind of address",
            |mut stream| {
                stream.write_all(&[5, 0, 5, 0, 0, 99])?;
                drain(stream)
            },
            "malformed",
        ),
        socks(
            "a name that is not all there",
            |mut stream| {
                stream.write_all(&[5, 0, 5, 0, 0, 3, 255, b'x'])?;
                drain(stream)
            },
            "server-silent",
        ),
        socks("the end", |_| Ok(()), "connection-cut"),
        socks("silence", drain, "server-silent"),
        socks("a byte a second", |stream| dribble(&stream, &[5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]), "cut-for-budget"),
        socks(
            "a tunnel that floods",
            |mut stream| {
                stream.write_all(&[5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
                flood(stream, ESCAPES.as_bytes())
            },
            "malformed",
        )
        .flood(),
    ]);
}

#[test]
fn forwarded_requests() {
    let forward = |name, serve: fn(TcpStream) -> io::Result<()>, finding| {
        let asked = move |mut stream: TcpStream| {
            request(&mut stream)?;
            serve(stream)
        };
        Behaviour::new(format!("proxy: {name}"), Way::Forward, asked, finding)
    };
    all(&[
        forward(
            "a login wanted in escapes",
            |mut stream| {
                stream.write_all(
                    b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"\x9b31m\"\r\nContent-Length: 0\r\n\r\n",
                )?;
                drain(stream)
            },
            "proxy-refused",
        ),
        forward(
            "garbage",
            |mut stream| {
                stream.write_all(&garbage(10_000))?;
                drain(stream)
            },
            "malformed",
        ),
    ]);
}
