//! One HTTP connection, plain or under TLS: the smart protocol's GET and POST.
//!
//! The HTTP and TLS servers are used here and nowhere else in this crate.

use std::convert::Infallible;
use std::io::Read;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, SERVER, WWW_AUTHENTICATE,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::config::HttpAccess;
use crate::credentials::ALPN_H2;
use crate::fault::Point;
use crate::git::{Behaviour, Reply, Service, Splitter, Turn, Version};
use crate::journal::EventKind;
use crate::perform::{Outlet, perform};
use crate::trip::Trip;
use crate::wire::{Line, Wire};

/// What all HTTP connections of an endpoint share.
#[derive(Debug)]
pub(crate) struct HttpServer {
    access: HttpAccess,
    path: &'static str,
    behaviour: Behaviour,
}

impl HttpServer {
    pub(crate) fn new(access: HttpAccess, path: &'static str, behaviour: Behaviour) -> Self {
        Self { access, path, behaviour }
    }

    /// Serves one connection until it ends; under TLS if there is an acceptor.
    pub(crate) async fn serve(self: Arc<Self>, line: Arc<Line>, tls: Option<TlsAcceptor>) {
        let silent = [Point::Connected, Point::KeyExchange];
        if let Some(ending) = self.behaviour.fault.ending_at(&silent) {
            return line.strike(ending);
        }
        let wire = Wire(Arc::clone(&line));
        match tls {
            None => self.run(wire, false, line).await,
            Some(acceptor) => {
                // A client that fails the handshake is gone, and the journal says so.
                let handshake = tokio::time::timeout(HEAD_TIMEOUT, acceptor.accept(wire)).await;
                if let Ok(Ok(stream)) = handshake {
                    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(ALPN_H2);
                    self.run(stream, is_h2, line).await;
                }
            }
        }
    }

    async fn run<S>(self: Arc<Self>, stream: S, is_h2: bool, line: Arc<Line>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(|request| {
            let (server, line) = (Arc::clone(&self), Arc::clone(&line));
            async move { Ok::<_, Infallible>(server.respond(request, line).await) }
        });
        let io = TokioIo::new(stream);
        // How the connection ended is in the journal; hyper's words about it tell nothing more.
        let _ = if is_h2 {
            hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await
        } else {
            hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .half_close(true)
                .serve_connection(io, service)
                .await
        };
    }

    async fn respond(&self, request: Request<Incoming>, line: Arc<Line>) -> Response<ReplyBody> {
        let path = request.uri().path().strip_prefix(self.path);
        let query = request.uri().query().unwrap_or_default();
        let wants_refs = query.split('&').any(|pair| pair == "service=git-upload-pack");
        let is_get = match (request.method(), path) {
            (&Method::GET, Some("/info/refs")) if wants_refs => true,
            (&Method::POST, Some("/git-upload-pack")) => false,
            (&Method::GET, Some("/info/refs")) => {
                return refuse(StatusCode::FORBIDDEN, "only service=git-upload-pack is served here\n");
            }
            _ => return refuse(StatusCode::NOT_FOUND, "only /demo.git is served here\n"),
        };
        if is_get && !line.sleep(self.behaviour.pace.authentication).await {
            return ended();
        }
        if let Some(challenge) = self.challenge(&request) {
            let mut response = refuse(StatusCode::UNAUTHORIZED, "credentials are required here\n");
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            return response;
        }
        let git_protocol = request.headers().get("git-protocol");
        let version = git_protocol.and_then(|keys| keys.to_str().ok()).map_or(Version::V0, Version::parse);
        line.note(EventKind::Requested {
            what: if is_get { "GET" } else { "POST" },
            protocol_version: version.number(),
        });
        let service = Service::new(self.behaviour.clone(), version);
        if is_get {
            let silent = [Point::Authentication, Point::Exec, Point::AdvertisementHeaders];
            return self.answer(&silent, service.greeting(true), "advertisement", line);
        }
        match self.read_post(request, service).await {
            Err(refusal) => refusal,
            Ok((reply, false)) => self.answer(&[], reply, "result", line),
            Ok((reply, true)) => self.answer(&[Point::ResponseHeaders], reply, "result", line),
        }
    }

    /// The challenge, if the request does not carry what is required.
    fn challenge(&self, request: &Request<Incoming>) -> Option<&'static str> {
        let (expected, challenge) = match &self.access {
            HttpAccess::Anonymous => return None,
            HttpAccess::Basic { user, password } => {
                (format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))), "Basic realm=\"netprobe\"")
            }
            HttpAccess::Bearer { token } => (format!("Bearer {token}"), "Bearer realm=\"netprobe\""),
        };
        let given = request.headers().get(AUTHORIZATION);
        let matches = given.is_some_and(|given| given.as_bytes() == expected.as_bytes());
        (!matches).then_some(challenge)
    }

    /// Reads the whole request and returns everything it is answered with, and whether it was a fetch.
    async fn read_post(
        &self,
        request: Request<Incoming>,
        mut service: Service,
    ) -> Result<(Reply, bool), Response<ReplyBody>> {
        let is_gzip = request.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes) == Some(b"gzip");
        let body = Limited::new(request.into_body(), BODY_BYTES_MAX);
        let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, "the request could not be read or exceeds 16 MiB\n");
        let mut body = body.collect().await.map_err(|_| too_large())?.to_bytes();
        if is_gzip {
            body = inflate(&body).ok_or_else(too_large)?;
        }
        let mut splitter = Splitter::default();
        splitter.push(&body);
        let mut replies = Reply::default();
        loop {
            let turn = match splitter.next() {
                Ok(None) => break,
                Ok(Some(packet)) => service.take(packet),
                Err(error) => Err(error),
            };
            match turn {
                Ok(Turn::Listen) => {}
                Ok(Turn::Answer(reply)) => replies.append(reply),
                Ok(Turn::Last(reply)) => {
                    replies.append(reply);
                    break;
                }
                Err(error) => {
                    replies.append(error.reply());
                    break;
                }
            }
        }
        Ok((replies, service.is_fetch()))
    }

    /// Starts to send a reply, unless the fault strikes before its headers.
    fn answer(&self, silent: &[Point], reply: Reply, kind: &str, line: Arc<Line>) -> Response<ReplyBody> {
        if let Some(ending) = self.behaviour.fault.ending_at(silent) {
            line.strike(ending);
            return ended();
        }
        let (sender, receiver) = mpsc::channel(BODY_CHUNKS_AHEAD);
        let outlet = BodyOutlet { sender, line };
        let mut trip = Trip::new(&self.behaviour.fault);
        let rate = self.behaviour.pace.pack_bytes_per_second;
        tokio::spawn(async move { perform(reply, &mut trip, rate, &outlet).await });
        let mut response = Response::new(ReplyBody(receiver));
        let content_type = format!("application/x-git-upload-pack-{kind}");
        let headers = response.headers_mut();
        headers.insert(SERVER, HeaderValue::from_static("netprobe-endpoint"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(content_type) = HeaderValue::from_str(&content_type) {
            headers.insert(CONTENT_TYPE, content_type);
        }
        response
    }
}

/// A body that is made while it is sent.
struct ReplyBody(mpsc::Receiver<Bytes>);

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

struct BodyOutlet {
    sender: mpsc::Sender<Bytes>,
    line: Arc<Line>,
}

impl Outlet for BodyOutlet {
    const HAS_HEADERS: bool = true;

    async fn send(&self, bytes: Bytes) -> bool {
        self.sender.send(self.line.hand_over(bytes)).await.is_ok()
    }

    fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

fn refuse(status: StatusCode, text: &'static str) -> Response<ReplyBody> {
    let (sender, receiver) = mpsc::channel(1);
    // There is room for one, and the receiver is in our hand.
    let _ = sender.try_send(Bytes::from_static(text.as_bytes()));
    let mut response = Response::new(ReplyBody(receiver));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// What a handler returns on a line that has ended: nobody will see it.
fn ended() -> Response<ReplyBody> {
    refuse(StatusCode::SERVICE_UNAVAILABLE, "ended\n")
}

/// Inflates a gzip body; nothing if it is broken or grows beyond the bound.
fn inflate(body: &[u8]) -> Option<Bytes> {
    let mut inflated = Vec::new();
    let limit = BODY_BYTES_MAX as u64 + 1;
    flate2::read::GzDecoder::new(body).take(limit).read_to_end(&mut inflated).ok()?;
    (inflated.len() <= BODY_BYTES_MAX).then(|| inflated.into())
}

/// Longest request body, before and after inflation.
const BODY_BYTES_MAX: usize = 16 << 20;

/// Chunks of up to 64 KiB that may wait for the client.
const BODY_CHUNKS_AHEAD: usize = 4;

/// How long a client may take for its TLS handshake, and for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_gzip_bomb_is_refused_and_a_request_is_inflated() {
        let gzip = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(inflate(&gzip(b"0009done\n")).unwrap().as_ref(), b"0009done\n");
        assert_eq!(inflate(&gzip(&vec![0; BODY_BYTES_MAX + 1])), None);
        assert_eq!(inflate(b"no gzip"), None);
    }
}
