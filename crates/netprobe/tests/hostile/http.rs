//! The server side of HTTP/1.1 by hand: answers in chunks, so that one connection carries the whole conversation.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::pace::slowly;

/// One connection.
pub(crate) struct Http {
    stream: TcpStream,
}

impl Http {
    /// Nothing is read yet.
    pub(crate) fn new(stream: TcpStream) -> Self {
        let _ = stream.set_nodelay(true);
        Self { stream }
    }

    /// Up to a request that waits for its answer.
    pub(crate) fn asked(stream: TcpStream) -> io::Result<Self> {
        let mut http = Self::new(stream);
        http.request()?;
        Ok(http)
    }

    /// Reads one request, its body too.
    pub(crate) fn request(&mut self) -> io::Result<String> {
        request(&mut self.stream)
    }

    /// The head of an answer in chunks.
    pub(crate) fn head(&mut self, content_type: &str) -> io::Result<()> {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n");
        self.raw(head.as_bytes())
    }

    /// One chunk.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.raw(&[format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat())
    }

    /// The last chunk.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.raw(b"0\r\n\r\n")
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The connection, for whoever wants to know whether the client is still there.
    pub(crate) fn socket(&self) -> io::Result<TcpStream> {
        self.stream.try_clone()
    }

    /// Says nothing more and waits for the client to go.
    pub(crate) fn be_silent(self) -> io::Result<()> {
        drain(self.stream)
    }
}

/// Reads one request, its body too.
pub(crate) fn request(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    stream.read_exact(&mut vec![0; length.unwrap_or(0)])?;
    Ok(head)
}

/// Reads until the other side goes.
pub(crate) fn drain(mut stream: impl Read) -> io::Result<()> {
    let mut bytes = [0; 4096];
    while stream.read(&mut bytes)? > 0 {}
    Ok(())
}

/// Writes it for ever.
pub(crate) fn flood(mut stream: impl Write, bytes: &[u8]) -> io::Result<()> {
    let many = bytes.repeat(60_000_usize.div_ceil(bytes.len()));
    loop {
        stream.write_all(&many)?;
    }
}

/// Writes it a byte at a time, as long as the client is there.
pub(crate) fn dribble(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    slowly(stream, bytes, |byte| stream.write_all(&[*byte]))
}

impl Write for &mut Http {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
