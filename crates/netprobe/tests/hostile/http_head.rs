//! Heads of HTTP/1.1 answers: endless, lying, redirecting.

use std::io;

use crate::bed::{Behaviour, Way, all};
use crate::git::{ESCAPES, garbage};
use crate::http::{Http, flood};
use crate::pace::slowly;

#[test]
fn heads() {
    all(&[
        http(
            "headers without end",
            |mut http| {
                http.raw(b"HTTP/1.1 200 OK\r\n")?;
                flood(&mut http, b"X-More: and more\r\n")
            },
            "malformed",
        )
        .flood(),
        http(
            "a header of 1 MiB",
            |mut http| {
                http.raw(format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20)).as_bytes())?;
                http.be_silent()
            },
            "malformed",
        ),
        http("a status line without end", |mut http| flood(&mut http, b"HTTP/1.1 200 OK"), "malformed").flood(),
        http("100-continue without end", |mut http| flood(&mut http, b"HTTP/1.1 100 Continue\r\n\r\n"), "malformed")
            .flood(),
        http("line feeds without end", |mut http| flood(&mut http, b"\r\n"), "malformed").flood(),
        http(
            "garbage for an answer",
            |mut http| {
                http.raw(&garbage(100_000))?;
                http.be_silent()
            },
            "malformed",
        ),
        http(
            "SSH in place of HTTP",
            |mut http| {
                http.raw(b"SSH-2.0-OpenSSH_9.2\r\n")?;
                http.be_silent()
            },
            "malformed",
        ),
        http(
            "a refusal full of escapes",
            |mut http| {
                let head = format!(
                    "HTTP/1.1 403 \x1b[31m\r\nContent-Type: text/\x1b[2Jhtml\r\nContent-Length: {}\r\n\r\n",
                    ESCAPES.len()
                );
                http.raw(format!("{head}{ESCAPES}").as_bytes())?;
                http.be_silent()
            },
            "malformed",
        ),
        http("a 503 full of escapes", |mut http| page(&mut http, "503 Down", ESCAPES), "http-status"),
        http(
            "a page in place of git",
            |mut http| page(&mut http, "200 OK", &format!("<html>{ESCAPES}</html>")),
            "malformed",
        ),
        http(
            "a page without end",
            |mut http| {
                http.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")?;
                flood(&mut http, b"<p>more</p>")
            },
            "malformed",
        )
        .flood(),
        http("status 999", |mut http| page(&mut http, "999 \u{9b}31m", ""), "http-status"),
        http(
            "challenges full of escapes",
            |mut http| {
                http.raw(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"\x9b31m\xe2\x80\xae\"\r\nContent-Length: 0\r\n\r\n")?;
                http.be_silent()
            },
            "no-credential",
        ),
        http(
            "a redirect to itself",
            |mut http| redirect(&mut http, "/r.git/info/refs?service=git-upload-pack"),
            "http-status",
        ),
        http("a redirect to a file", |mut http| redirect(&mut http, "file:///etc/passwd"), "http-status"),
        http(
            "a redirect to another scheme",
            |mut http| redirect(&mut http, "gopher://127.0.0.1/r.git/info/refs"),
            "http-status",
        ),
        http(
            "a redirect of escapes",
            |mut http| redirect(&mut http, "http://\u{9b}31m\u{202e}/\u{9b}2J"),
            "http-status",
        ),
        http(
            "a redirect to a dead port",
            |mut http| redirect(&mut http, "http://127.0.0.2:1/r.git/info/refs?service=git-upload-pack"),
            "connect-refused",
        ),
        http("a redirect to nowhere", |mut http| page(&mut http, "302 Found", ""), "http-status"),
        http("silence", Http::be_silent, "server-silent"),
        http(
            "a byte a second",
            |mut http| slowly(&http.socket()?, b"HTTP/1.1 200 OK\r\n", |byte| http.raw(&[*byte])),
            "cut-for-budget",
        ),
    ]);
}

pub(crate) fn http(
    name: &str,
    serve: impl Fn(Http) -> io::Result<()> + Send + Sync + 'static,
    finding: &'static str,
) -> Behaviour {
    Behaviour::new(name, Way::Http, move |stream| serve(Http::asked(stream)?), finding)
}

fn page(http: &mut Http, status: &str, text: &str) -> io::Result<()> {
    let length = text.len();
    http.raw(
        format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n{text}").as_bytes(),
    )?;
    http.request().map(drop)
}

fn redirect(http: &mut Http, location: &str) -> io::Result<()> {
    http.raw(
        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .as_bytes(),
    )
}
