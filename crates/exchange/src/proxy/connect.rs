//! HTTP CONNECT (RFC 9110 §9.3.6), read byte by byte so that nothing of the tunnel is swallowed.

use access::proxy::Proxy;
use model::{Failure, FailureKind, RemoteText};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{hear, refused, say};

/// Asks for the tunnel and reads the answer's head.
pub(super) async fn open<S>(stream: &mut S, proxy: &Proxy, host: &str, port: u16) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let login = proxy.credential.as_ref().map_or_else(String::new, |credential| {
        format!("Proxy-Authorization: {}\r\n", credential.authorization_header().expose())
    });
    let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: netprobe\r\n{login}\r\n");
    say(stream, request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(Failure::new(FailureKind::TooLarge, "hear the proxy").saying("its answer has no end"));
        }
        head.extend(hear::<1>(stream).await?);
    }
    verdict(&head)
}

fn verdict(head: &[u8]) -> Result<(), Failure> {
    let line = RemoteText::from_bytes(head.split(|byte| *byte == b'\r').next().unwrap_or_default());
    let status = line
        .as_str()
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1))
        .and_then(|code| code.parse().ok());
    match status {
        Some(200..=299_u16) => Ok(()),
        Some(_) => Err(refused(line)),
        None => Err(Failure::new(FailureKind::Malformed, "hear the proxy").saying(line)),
    }
}

/// Larger than any head in earnest.
const MAX_HEAD: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_2xx_is_a_tunnel() {
        assert!(verdict(b"HTTP/1.1 200 Connection established\r\n\r\n").is_ok());
        let denied = verdict(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").unwrap_err();
        assert_eq!(denied.kind, FailureKind::ProxyRefused);
        assert!(denied.text.as_str().contains("407"));
        assert_eq!(verdict(b"SSH-2.0-OpenSSH\r\n\r\n").unwrap_err().kind, FailureKind::Malformed);
    }

    #[tokio::test]
    async fn every_line_of_the_request_ends_as_http_demands() {
        let source = access::Source::line(std::path::Path::new("test"), 1);
        let proxy = Proxy::parse("http://ada:secret@proxy.test:3128", access::Client::Git, source).unwrap();
        let mut stream = tokio::io::join(&b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0"[..], Vec::new());
        open(&mut stream, &proxy, "git.test", 22).await.unwrap();
        let said = String::from_utf8(stream.writer().clone()).unwrap();
        assert_eq!(said.matches('\n').count(), 5);
        assert_eq!(said.matches("\r\n").count(), 5, "{said:?}");
        assert_eq!(*stream.reader(), b"SSH-2.0", "what is behind the answer belongs to the tunnel");
    }
}
