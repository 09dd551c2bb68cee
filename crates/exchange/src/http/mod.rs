//! HTTP over a connection of ours: one request at a time, headers and body apart, so that each can be timed. No
//! redirect is followed here and no credential is chosen; both are the caller's business.

mod body;

use access::{ExtraHeader, Secret};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION, PROXY_AUTHORIZATION, RETRY_AFTER, SERVER,
    USER_AGENT, VIA, WWW_AUTHENTICATE,
};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use model::{Failure, FailureKind, HttpRefusal, RemoteText};
use tokio::io::{AsyncRead, AsyncWrite};

pub use body::Body;

/// An open HTTP connection.
#[derive(Debug)]
pub struct Connection {
    sender: Sender,
    authority: String,
}

#[derive(Debug)]
enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

/// What a request of git's carries.
#[derive(Default)]
pub struct Ask<'a> {
    /// Path and query; for a plain-HTTP proxy the whole URL.
    pub uri: &'a str,
    /// The body of a POST; none makes it a GET.
    pub body: Option<Vec<u8>>,
    /// Value of `Git-Protocol`.
    pub git_protocol: Option<&'static str>,
    /// Value of `Authorization`.
    pub authorization: Option<&'a Secret>,
    /// Value of `Proxy-Authorization`, where a proxy takes the request itself.
    pub proxy_authorization: Option<&'a Secret>,
    /// Headers that the user's git sends to this server. They may hold secrets.
    pub extra: &'a [ExtraHeader],
}

/// The head of an answer, and its body to be read.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Where a redirect points.
    pub location: Option<String>,
    /// Media type of the body.
    pub content_type: RemoteText,
    /// Schemes by which the server wants to be convinced.
    pub challenges: Vec<RemoteText>,
    /// What the head says of who answers and until when, should it be a refusal.
    pub refusal: HttpRefusal,
    /// The rest.
    pub body: Body,
}

impl Connection {
    /// Speaks HTTP/2 or HTTP/1.1 on `stream`. `authority` is the `Host`.
    pub async fn open<S>(stream: S, http2: bool, authority: String) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(stream);
        let sender = if http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            // Go's client takes 4 MiB per stream and 1 GiB per connection; git's libcurl 10 MiB and more.
            builder.initial_stream_window_size(GO_STREAM_WINDOW).initial_connection_window_size(GO_CONNECTION_WINDOW);
            let (sender, connection) = builder.handshake(io).await.map_err(|error| refusal(&error, "open HTTP/2"))?;
            tokio::spawn(connection);
            Sender::Two(sender)
        } else {
            let (sender, connection) = http1::handshake(io).await.map_err(|error| refusal(&error, "open HTTP"))?;
            tokio::spawn(connection);
            Sender::One(sender)
        };
        Ok(Self { sender, authority })
    }

    /// True where another request can be made on this connection. A server may close it behind an answer.
    pub async fn is_open(&mut self) -> bool {
        match &mut self.sender {
            Sender::One(sender) => sender.ready().await.is_ok(),
            Sender::Two(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request and waits for the answer's head.
    pub async fn ask(&mut self, ask: Ask<'_>) -> Result<Answer, Failure> {
        let method = if ask.body.is_some() { Method::POST } else { Method::GET };
        let operation = format!("{method} {}", ask.uri.split('?').next().unwrap_or_default());
        let request =
            self.request(method, ask).map_err(|text| Failure::new(FailureKind::Local, &*operation).saying(text))?;
        let answer = match &mut self.sender {
            Sender::One(sender) => sender.send_request(request).await,
            Sender::Two(sender) => sender.send_request(request).await,
        };
        answer.map(head).map_err(|error| refusal(&error, &operation))
    }

    /// Asks for the head of `/` alone, with nothing of the user's: whether the connection still carries anything.
    pub async fn knock(&mut self) -> Result<u16, Failure> {
        let request = self
            .request(Method::HEAD, Ask { uri: "/", ..Ask::default() })
            .map_err(|text| Failure::new(FailureKind::Local, KNOCK).saying(text))?;
        let answer = match &mut self.sender {
            Sender::One(sender) => sender.send_request(request).await,
            Sender::Two(sender) => sender.send_request(request).await,
        };
        answer.map(|answer| answer.status().as_u16()).map_err(|error| refusal(&error, KNOCK))
    }

    fn request(&self, method: Method, ask: Ask<'_>) -> Result<Request<Full<Bytes>>, String> {
        let uri = match self.sender {
            Sender::One(_) => ask.uri.to_owned(),
            Sender::Two(_) => format!("https://{}{}", self.authority, ask.uri),
        };
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(headers) = request.headers_mut() {
            headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_TEXT));
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
            if matches!(self.sender, Sender::One(_)) {
                headers.insert(HOST, HeaderValue::from_str(&self.authority).map_err(|error| error.to_string())?);
            }
            let (accept, content) = if ask.body.is_some() {
                ("application/x-git-upload-pack-result", Some("application/x-git-upload-pack-request"))
            } else {
                ("*/*", None)
            };
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            if let Some(content) = content {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
            }
            if let Some(protocol) = ask.git_protocol {
                headers.insert("git-protocol", HeaderValue::from_static(protocol));
            }
            for header in ask.extra {
                let name = HeaderName::try_from(header.name.as_str()).map_err(|error| error.to_string())?;
                headers.append(name, secret(&header.value)?);
            }
            for (name, value) in [(AUTHORIZATION, ask.authorization), (PROXY_AUTHORIZATION, ask.proxy_authorization)] {
                if let Some(value) = value {
                    headers.insert(name, secret(value)?);
                }
            }
        }
        request.body(Full::new(ask.body.unwrap_or_default().into())).map_err(|error| error.to_string())
    }
}

/// A value that hyper neither prints nor keeps in its compression table.
fn secret(text: &Secret) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text.expose()).map_err(|_| "the credential is no header value".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

fn head(response: Response<Incoming>) -> Answer {
    let (parts, incoming) = response.into_parts();
    let text = |headers: &HeaderMap, name| {
        headers.get(name).map(|value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let remote = |name: HeaderName| parts.headers.get(name).map(|value| RemoteText::from_bytes(value.as_bytes()));
    let refusal = HttpRefusal {
        status: parts.status.as_u16(),
        retry_after: remote(RETRY_AFTER),
        requests_left: REQUESTS_LEFT.into_iter().find_map(|name| remote(HeaderName::from_static(name))),
        server: remote(SERVER),
        via: remote(VIA),
    };
    let challenges = parts.headers.get_all(WWW_AUTHENTICATE).iter().take(MAX_CHALLENGES);
    Answer {
        status: parts.status.as_u16(),
        location: text(&parts.headers, LOCATION),
        content_type: text(&parts.headers, CONTENT_TYPE).unwrap_or_default().into(),
        challenges: challenges.map(|value| RemoteText::from_bytes(value.as_bytes())).collect(),
        refusal,
        body: Body::new(incoming, text(&parts.headers, hyper::header::CONTENT_ENCODING).as_deref() == Some("gzip")),
    }
}

/// hyper's errors in the report's words: the I/O or HTTP/2 error inside, if there is one, says most.
pub(crate) fn refusal(error: &hyper::Error, operation: &str) -> Failure {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            // hyper words what it cannot parse in a body as an I/O error of its own.
            if io.raw_os_error().is_none() && io.kind() == std::io::ErrorKind::InvalidInput {
                return Failure::new(FailureKind::Malformed, operation).saying(io.to_string());
            }
            return measure::from_io(io, operation);
        }
        if let Some(h2) = inner.downcast_ref::<h2::Error>() {
            return refusal_h2(h2, operation);
        }
        source = inner.source();
    }
    let kind = if error.is_parse() { FailureKind::Malformed } else { FailureKind::Closed };
    Failure::new(kind, operation).saying(error.to_string())
}

fn refusal_h2(error: &h2::Error, operation: &str) -> Failure {
    if let Some(io) = error.get_io() {
        return measure::from_io(io, operation);
    }
    let kind = if error.is_remote() { FailureKind::Closed } else { FailureKind::Malformed };
    Failure::new(kind, operation).saying(error.to_string())
}

/// The smallest question that any web server answers.
pub const KNOCK: &str = "HEAD /";

/// Servers that look at it want git's own form; the name in it is ours.
const USER_AGENT_TEXT: &str = concat!("git/2.0 (netprobe/", env!("CARGO_PKG_VERSION"), ")");

/// `http2.Transport` in golang.org/x/net: `transportDefaultStreamFlow` and `transportDefaultConnFlow`.
const GO_STREAM_WINDOW: u32 = 4 << 20;
const GO_CONNECTION_WINDOW: u32 = 1 << 30;

/// How many requests are left: the draft standard's header (draft-ietf-httpapi-ratelimit-headers), and the one that GitHub,
/// GitLab and Bitbucket send.
const REQUESTS_LEFT: [&str; 2] = ["ratelimit-remaining", "x-ratelimit-remaining"];

/// A server offers two or three.
const MAX_CHALLENGES: usize = 8;
