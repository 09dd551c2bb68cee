//! Bodies of HTTP/1.1 answers: their lengths, chunks and compression.

use std::io::Write;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::bed::all;
use crate::git::{advertisement, first_line, garbage, id, line};
use crate::http::flood;
use crate::http_head::http;

#[test]
fn bodies() {
    // Made before they are waited for.
    LazyLock::force(&BOMB);
    LazyLock::force(&LIVELY_BOMB);
    all(&[
        http(
            "less than was promised",
            |mut http| http.raw(&[head("Content-Length: 5000"), body()].concat()),
            "malformed",
        ),
        http(
            "more than was promised",
            |mut http| {
                http.raw(&[head("Content-Length: 40"), body()].concat())?;
                http.be_silent()
            },
            "connection-cut",
        ),
        http(
            "two lengths",
            |mut http| {
                http.raw(&[head("Content-Length: 40\r\nContent-Length: 50"), body()].concat())?;
                http.be_silent()
            },
            "malformed",
        ),
        http(
            "a length below zero",
            |mut http| {
                http.raw(&[head("Content-Length: -1"), body()].concat())?;
                http.be_silent()
            },
            "malformed",
        ),
        http(
            "a chunk of 16 EiB",
            |mut http| {
                http.raw(&[head("Transfer-Encoding: chunked"), b"ffffffffffffffff\r\n".to_vec(), body()].concat())?;
                http.be_silent()
            },
            "malformed",
        ),
        http(
            "a chunk of more than that",
            |mut http| {
                http.raw(&[head("Transfer-Encoding: chunked"), b"fffffffffffffffff\r\n".to_vec(), body()].concat())?;
                http.be_silent()
            },
            "malformed",
        ),
        http(
            "a chunk's length that is none",
            |mut http| {
                http.raw(&[head("Transfer-Encoding: chunked"), b"\x1b[2J\r\n".to_vec(), body()].concat())?;
                http.be_silent()
            },
            "malformed",
        ),
        http(
            "a chunk's extension without end",
            |mut http| {
                http.raw(&[head("Transfer-Encoding: chunked"), b"5;".to_vec()].concat())?;
                flood(&mut http, b"x")
            },
            "malformed",
        )
        .flood(),
        http(
            "trailers without end",
            |mut http| {
                http.raw(&[head("Transfer-Encoding: chunked"), b"0\r\n".to_vec()].concat())?;
                flood(&mut http, b"X-More: and more\r\n")
            },
            "malformed",
        )
        .flood(),
        http(
            "a compressed bomb",
            |mut http| {
                http.raw(&head("Content-Encoding: gzip"))?;
                http.raw(&BOMB)?;
                http.be_silent()
            },
            "cut-for-budget|malformed|advertisement-slow",
        )
        .flood(),
        http(
            "a compressed bomb for a response",
            |mut http| {
                http.head("application/x-git-upload-pack-advertisement")?;
                http.data(&body())?;
                http.end()?;
                http.request()?;
                let kind = "Content-Type: application/x-git-upload-pack-result\r\nContent-Encoding: gzip";
                http.raw(format!("HTTP/1.1 200 OK\r\n{kind}\r\n\r\n").as_bytes())?;
                http.raw(&LIVELY_BOMB)?;
                http.be_silent()
            },
            "malformed|cut-for-budget",
        )
        .flood(),
        http(
            "garbage that says it is compressed",
            |mut http| {
                http.raw(&[head("Content-Encoding: gzip"), garbage(5_000)].concat())?;
                http.be_silent()
            },
            "malformed",
        ),
        http(
            "a bomb for an error page",
            |mut http| {
                http.raw(b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\n\r\n")?;
                http.raw(&BOMB)?;
                http.be_silent()
            },
            "http-status",
        )
        .flood(),
        http(
            "a body behind the references without end",
            |mut http| {
                http.head("application/x-git-upload-pack-advertisement")?;
                http.data(&body())?;
                loop {
                    http.data(&[b'x'; 60_000])?;
                }
            },
            "malformed",
        )
        .flood(),
    ]);
}

fn head(more: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n{more}\r\n\r\n")
        .into_bytes()
}

fn body() -> Vec<u8> {
    [b"001e# service=git-upload-pack\n0000".to_vec(), advertisement()].concat()
}

/// A megabyte that stands for half a gigabyte of references.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let again = line(format!("{} refs/heads/again\n", id()).as_bytes()).repeat(16_384);
    bomb(&[&b"001e# service=git-upload-pack\n0000"[..], &first_line()].concat(), &again)
});

/// The same of signs of life where a pack is due.
static LIVELY_BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| bomb(b"00000008NAK\n", &b"0005\x01".repeat(200_000)));

fn bomb(first: &[u8], again: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(first).unwrap();
    for _ in 0..512 {
        gzip.write_all(again).unwrap();
    }
    gzip.finish().unwrap()
}
