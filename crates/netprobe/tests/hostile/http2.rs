//! HTTP/2 frames inside of good TLS (RFC 9113 §6).

use std::io::{self, Write};

use crate::bed::{Behaviour, Way, all};
use crate::git::{ESCAPES, garbage};
use crate::http::{drain, flood};
use crate::tls::{Stream, accept};

#[test]
fn frames() {
    all(&[
        h2(
            "garbage",
            |mut tls| {
                tls.write_all(&garbage(50_000))?;
                drain(tls)
            },
            "malformed",
        ),
        h2(
            "HTTP/1.1 after all",
            |mut tls| {
                tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
                drain(tls)
            },
            "malformed",
        ),
        h2("settings without end", |tls| flood(tls, &frame(4, 0, 0, &[])), "malformed|server-silent|cut-for-budget")
            .flood(),
        h2(
            "pings without end, and their answers unread",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                flood(tls, &frame(6, 0, 0, &[7; 8]))
            },
            "malformed|server-silent|cut-for-budget",
        )
        .flood(),
        h2(
            "a farewell full of escapes",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                tls.write_all(&frame(7, 0, 0, &[&[0, 0, 0, 0, 0, 0, 0, 11][..], ESCAPES.as_bytes()].concat()))?;
                drain(tls)
            },
            "connection-cut",
        ),
        h2(
            "headers that go on without end",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                tls.write_all(&frame(1, 0, 1, &[0x88]))?;
                flood(tls, &frame(9, 0, 1, &[&[0x40, 1, b'x', 100][..], &[b'y'; 100]].concat()))
            },
            "malformed",
        )
        .flood(),
        h2(
            "a frame of 16 MiB",
            |mut tls| {
                tls.write_all(&[0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])?;
                flood(tls, &[0])
            },
            "malformed",
        )
        .flood(),
        h2(
            "data beyond the window",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                tls.write_all(&headers())?;
                flood(tls, &frame(0, 0, 1, &[b'x'; 16_000]))
            },
            "malformed",
        )
        .flood(),
        h2(
            "empty data without end",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                tls.write_all(&headers())?;
                flood(tls, &frame(0, 0, 1, &[]))
            },
            "malformed",
        )
        .flood(),
        h2(
            "pushes without end",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                flood(tls, &frame(5, 4, 1, &[0, 0, 0, 2, 0x88]))
            },
            "malformed",
        )
        .flood(),
        h2(
            "the stream reset",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                tls.write_all(&frame(3, 0, 1, &[0, 0, 0, 11]))?;
                drain(tls)
            },
            "connection-cut",
        ),
        h2(
            "windows of 2 GiB without end",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                flood(tls, &frame(8, 0, 0, &[0x7f, 0xff, 0xff, 0xff]))
            },
            "malformed",
        )
        .flood(),
        h2(
            "priorities without end",
            |mut tls| {
                tls.write_all(&frame(4, 0, 0, &[]))?;
                flood(tls, &frame(2, 0, 1, &[0, 0, 0, 3, 1]))
            },
            "malformed|server-silent|cut-for-budget",
        )
        .flood(),
        h2("silence", drain, "server-silent"),
        h2("the end", |_| Ok(()), "connection-cut"),
    ]);
}

fn h2(
    name: &str,
    serve: impl Fn(Stream) -> io::Result<()> + Send + Sync + 'static,
    finding: &'static str,
) -> Behaviour {
    Behaviour::new(name, Way::Https, move |stream| serve(accept(stream, b"h2", &[])?), finding)
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Status 200 and git's media type, by literals without an index (RFC 7541 §6.2.2).
fn headers() -> Vec<u8> {
    let kind = b"application/x-git-upload-pack-advertisement";
    let length = u8::try_from(kind.len()).unwrap();
    frame(1, 4, 1, &[&[0x88, 0, 12][..], b"content-type", &[length], kind].concat())
}
