//! A response body as it arrives, gzip taken off in small steps so that a compressed bomb fills no memory.

use std::io::Write;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use model::{Failure, FailureKind};

use super::refusal;

/// The rest of an answer.
#[derive(Debug)]
pub struct Body {
    incoming: Incoming,
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
    compressed: Bytes,
}

impl Body {
    pub(super) fn new(incoming: Incoming, gzip: bool) -> Self {
        Self { incoming, gzip: gzip.then(|| MultiGzDecoder::new(Vec::new())), compressed: Bytes::new() }
    }

    /// The next bytes; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            if !self.compressed.is_empty() {
                let plain = self.inflate_some()?;
                // Inflating never waits by itself, and whoever watches must be able to end it.
                tokio::task::yield_now().await;
                if !plain.is_empty() {
                    return Ok(Some(plain));
                }
                continue;
            }
            let Some(frame) = self.incoming.frame().await else { return self.rest() };
            let frame = frame.map_err(|error| refusal(&error, READ))?;
            let Ok(data) = frame.into_data() else { continue };
            if data.is_empty() {
                continue;
            }
            if self.gzip.is_none() {
                return Ok(Some(data));
            }
            self.compressed = data;
        }
    }

    /// Reads at most `limit` bytes and forgets the rest: for the text of an error page.
    pub async fn text(&mut self, limit: usize) -> Vec<u8> {
        let mut text = Vec::new();
        while text.len() < limit {
            match self.next().await {
                Ok(Some(bytes)) => text.extend(bytes.iter().take(limit - text.len())),
                _ => break,
            }
        }
        text
    }

    fn inflate_some(&mut self) -> Result<Bytes, Failure> {
        let step = self.compressed.split_to(self.compressed.len().min(STEP));
        let Some(gzip) = &mut self.gzip else { return Ok(step) };
        gzip.write_all(&step).map_err(|error| Failure::new(FailureKind::Malformed, READ).saying(error.to_string()))?;
        Ok(std::mem::take(gzip.get_mut()).into())
    }

    fn rest(&mut self) -> Result<Option<Bytes>, Failure> {
        let Some(mut gzip) = self.gzip.take() else { return Ok(None) };
        gzip.try_finish().map_err(|error| Failure::new(FailureKind::Malformed, READ).saying(error.to_string()))?;
        let plain = std::mem::take(gzip.get_mut());
        Ok((!plain.is_empty()).then(|| plain.into()))
    }
}

const READ: &str = "read the response body";

/// Deflate gives at most about a thousand bytes for one (RFC 1951), so a step fills at most 1 MiB.
const STEP: usize = 1024;

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::{Ask, Connection};
    use super::*;

    #[tokio::test]
    async fn inflating_lets_others_have_their_turn() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&vec![0; 32 << 20]).unwrap();
        let bomb = gzip.finish().unwrap();
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
        tokio::spawn(async move {
            let mut request = [0; 1024];
            assert!(far.read(&mut request).await.unwrap() > 0, "the request");
            far.write_all(&[head.as_bytes(), &bomb].concat()).await.unwrap();
        });
        let mut connection = Connection::open(near, false, "git.example".to_owned()).await.unwrap();
        let mut body = connection.ask(Ask { uri: "/", ..Ask::default() }).await.unwrap().body;
        let (mut parts, mut pauses, mut largest) = (0, 0, 0);
        loop {
            let mut next = std::pin::pin!(body.next());
            let at_once = poll_fn(|task| Poll::Ready(next.as_mut().poll(task))).await;
            pauses += usize::from(at_once.is_pending());
            let Some(bytes) = (match at_once {
                Poll::Ready(done) => done.unwrap(),
                Poll::Pending => next.await.unwrap(),
            }) else {
                break;
            };
            parts += 1;
            largest = largest.max(bytes.len());
        }
        assert!(parts > 20 && pauses + 2 > parts, "{pauses} pauses in {parts} parts");
        assert!(largest <= 2 << 20, "{largest} bytes at once");
    }
}
