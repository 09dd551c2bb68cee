//! Which proxy stands between here and a URL. git (with libcurl) and Flux (with Go's libraries) read the same variables by
//! different rules; both are here. Nothing is connected to.

mod bypass;
mod choose;

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use url::Url;

pub use bypass::by_go_http;
pub use choose::{ProxyChoice, for_http, for_ssh};

use crate::client::Client;
use crate::secret::Secret;
use crate::source::Source;

/// A proxy and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Its host, an IPv6 address without brackets.
    pub host: String,
    /// Its port, the client's default where none is written.
    pub port: u16,
    /// What it is logged in to with.
    pub credential: Option<ProxyCredential>,
    /// Who says so.
    pub source: Source,
}

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// SOCKS 5 with an address that was resolved here.
    Socks5,
    /// SOCKS 5 with the name: the proxy resolves it. Go always does this.
    Socks5h,
    /// HTTP `CONNECT` in the clear. For targets of `http://` both git and Go send the proxy the whole request instead of
    /// asking it for a tunnel.
    HttpConnect,
    /// HTTP `CONNECT` inside TLS to the proxy.
    HttpsConnect,
}

/// Name and password for a proxy. Either may be the token, so both are secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyCredential {
    /// The user.
    pub user: Secret,
    /// The password, empty if none is written.
    pub password: Secret,
}

impl ProxyCredential {
    /// The value of `Proxy-Authorization` (RFC 7617).
    pub fn authorization_header(&self) -> Secret {
        let login = format!("{}:{}", self.user.expose(), self.password.expose());
        Secret::new(format!("Basic {}", STANDARD.encode(login)))
    }
}

impl Proxy {
    /// Reads the address of a proxy: a URL, or `host[:port]` for an HTTP proxy.
    ///
    /// # Errors
    /// A sentence that quotes nothing of the address.
    pub fn parse(text: &str, client: Client, source: Source) -> Result<Self, String> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = scheme.to_ascii_lowercase();
        let kind = match (scheme.as_str(), client) {
            ("http", _) => ProxyKind::HttpConnect,
            ("https", _) => ProxyKind::HttpsConnect,
            ("socks5", Client::Git) => ProxyKind::Socks5,
            ("socks5" | "socks5h", _) => ProxyKind::Socks5h,
            ("socks" | "socks4" | "socks4a", _) => return Err("SOCKS 4 is not spoken; use socks5://".to_owned()),
            _ => return Err("its scheme is none of http, https, socks5 and socks5h".to_owned()),
        };
        // A scheme without a default port, so that a port which is written stays visible.
        let url = Url::parse(&format!("proxy://{rest}")).map_err(|error| format!("it is no address: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("it names no host")?;
        let decoded = |text: &str| Secret::new(percent_decode_str(text).decode_utf8_lossy().into_owned());
        let credential = (!url.username().is_empty()).then(|| ProxyCredential {
            user: decoded(url.username()),
            password: decoded(url.password().unwrap_or_default()),
        });
        Ok(Self {
            kind,
            host: host.trim_matches(['[', ']']).to_ascii_lowercase(),
            port: url.port().unwrap_or(default_port(kind, client)),
            credential,
            source,
        })
    }
}

/// libcurl takes 1080 for everything but HTTPS proxies (`CURLOPT_PROXY`); Go takes the port of the scheme.
fn default_port(kind: ProxyKind, client: Client) -> u16 {
    match (kind, client) {
        (ProxyKind::HttpsConnect, _) => 443,
        (ProxyKind::HttpConnect, Client::Flux) => 80,
        _ => 1080,
    }
}
