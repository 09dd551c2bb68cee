//! Which of the configured proxies applies to a target.

use url::Url;

use super::Proxy;
use super::bypass::{by_curl, by_go_dialer, by_go_http};
use crate::client::Client;
use crate::git_config::GitConfig;
use crate::secret::Secret;
use crate::source::{NotHonoured, Source};
use crate::surroundings::Environment;

/// The proxy that applies, and what was passed over on the way to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyChoice {
    /// The proxy; none for a direct connection.
    pub proxy: Option<Proxy>,
    /// Proxies that the client would use and netprobe cannot.
    pub not_honoured: Vec<NotHonoured>,
    /// Why a configured proxy does not apply.
    pub notes: Vec<String>,
}

/// The proxy for a URL of HTTP or HTTPS.
pub fn for_http(environment: &Environment, git: &GitConfig, url: &Url, client: Client) -> ProxyChoice {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or_default();
    let https = url.scheme() == "https";
    match client {
        Client::Git => {
            let Some((address, source)) = git_proxy(environment, git, url, https) else {
                return ProxyChoice::default();
            };
            if address.is_empty() {
                return noted(format!("{source} is empty: git uses no proxy"));
            }
            let excepted = first_set(environment, &["no_proxy", "NO_PROXY"]);
            decide(address.expose(), source, client, excepted, |list| by_curl(list, host))
        }
        Client::Flux => {
            let names: [&'static str; 2] =
                if https { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
            let Some((address, name)) = first_filled(environment, &names) else { return ProxyChoice::default() };
            let excepted = first_filled(environment, &NO_PROXY).or(Some(("", "its own rule for localhost")));
            decide(address, Source::Environment(name), client, excepted, |list| by_go_http(list, host, port))
        }
    }
}

/// The proxy for SSH. OpenSSH knows none but `ProxyCommand` and `ProxyJump`; Flux takes `ALL_PROXY` if that is SOCKS 5, and
/// ignores every other.
pub fn for_ssh(environment: &Environment, host: &str, client: Client) -> ProxyChoice {
    let Some((address, name)) = first_filled(environment, &["ALL_PROXY", "all_proxy"]) else {
        let others = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
        return match first_filled(environment, &others) {
            Some((_, name)) => noted(format!("environment {name} does not apply to SSH")),
            None => ProxyChoice::default(),
        };
    };
    if client == Client::Git {
        return noted(format!("environment {name} does not apply to SSH: ssh knows ProxyJump and ProxyCommand only"));
    }
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("socks5" | "socks5h")) {
        return noted(format!("environment {name} is no socks5:// proxy: Flux passes it over without a word for SSH"));
    }
    let excepted = first_filled(environment, &NO_PROXY);
    decide(address, Source::Environment(name), client, excepted, |list| by_go_dialer(list, host))
}

fn decide(
    address: &str,
    source: Source,
    client: Client,
    excepted: Option<(&str, &str)>,
    bypassed: impl Fn(&str) -> bool,
) -> ProxyChoice {
    if let Some((list, name)) = excepted
        && bypassed(list)
    {
        return noted(format!("{source} does not apply here: excepted by {name}"));
    }
    match Proxy::parse(address, client, source.clone()) {
        Ok(proxy) => ProxyChoice { proxy: Some(proxy), ..ProxyChoice::default() },
        Err(why) => {
            let why = format!("{why}; netprobe connects directly");
            ProxyChoice { not_honoured: vec![NotHonoured::new("proxy", source, why)], ..ProxyChoice::default() }
        }
    }
}

/// git's http.c: `http.proxy` first; else the variable of the scheme, else that for all, where lower case wins over upper
/// case even if empty, and `HTTP_PROXY` in upper case is not read.
fn git_proxy(environment: &Environment, git: &GitConfig, url: &Url, https: bool) -> Option<(Secret, Source)> {
    if let Some(setting) = git.http(url, "proxy").last() {
        return Some((Secret::from(setting.text()), setting.source()));
    }
    let own: &[&'static str] = if https { &["https_proxy", "HTTPS_PROXY"] } else { &["http_proxy"] };
    let (address, name) =
        first_set(environment, own).or_else(|| first_set(environment, &["all_proxy", "ALL_PROXY"]))?;
    Some((Secret::from(address), Source::Environment(name)))
}

fn noted(note: String) -> ProxyChoice {
    ProxyChoice { notes: vec![note], ..ProxyChoice::default() }
}

fn first_set<'a>(environment: &'a Environment, names: &[&'static str]) -> Option<(&'a str, &'static str)> {
    names.iter().find_map(|name| Some((environment.get(name)?, *name)))
}

fn first_filled<'a>(environment: &'a Environment, names: &[&'static str]) -> Option<(&'a str, &'static str)> {
    names.iter().find_map(|name| Some((environment.filled(name)?, *name)))
}

const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
