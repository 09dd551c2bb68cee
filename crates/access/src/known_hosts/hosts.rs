//! Which hosts a line is for, by the rules of OpenSSH and by those of Flux.
//!
//! The two differ. To OpenSSH a pattern is compared with the text `host` or `[host]:port`, without regard to case. To Flux
//! (fluxcd/pkg `ssh/knownhosts`, a copy of x/crypto's) a pattern is a host and a port, 22 where none is written, and case
//! counts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use crate::client::Client;
use crate::pattern;

/// The host that a key is looked up for.
#[derive(Debug, Clone, Copy)]
pub struct HostQuery<'a> {
    /// The host's name or address as it is connected to, without brackets.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// `HostKeyAlias`: looked up in place of host and port. Flux knows none.
    pub alias: Option<&'a str>,
    /// Whose rules apply.
    pub client: Client,
}

impl HostQuery<'_> {
    /// The text that stands for the host in a line: what OpenSSH compares and what both hash.
    pub(super) fn name(&self) -> String {
        let host = self.plain_name();
        match (self.alias, self.client, self.port) {
            (Some(_), Client::Git, _) | (_, _, 22) => host,
            (.., port) => format!("[{host}]:{port}"),
        }
    }

    /// The name without the port.
    pub(super) fn plain_name(&self) -> String {
        match self.client {
            Client::Git => self.alias.unwrap_or(self.host).to_ascii_lowercase(),
            Client::Flux => self.host.to_owned(),
        }
    }
}

/// The hosts of a line.
#[derive(Debug, Clone)]
pub(super) enum Hosts {
    Patterns(Vec<String>),
    /// `|1|salt|hash`: one name, hashed with HMAC-SHA1.
    Hashed {
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

impl Hosts {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some(hashed) = text.strip_prefix('|') else {
            let patterns: Vec<String> =
                text.split(',').filter(|pattern| !pattern.is_empty()).map(str::to_owned).collect();
            if patterns.iter().any(|pattern| pattern == "!") {
                return Err("a ! without a host".to_owned());
            }
            return Ok(Self::Patterns(patterns));
        };
        let mut parts = hashed.split('|');
        let (Some("1"), Some(salt), Some(hash), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err("expected a hashed host as |1|salt|hash".to_owned());
        };
        let decode = |part: &str| BASE64.decode(part).map_err(|_| "the hashed host is not base64".to_owned());
        Ok(Self::Hashed { salt: decode(salt)?, hash: decode(hash)? })
    }

    /// Whether the line is for the host. `name` is [`HostQuery::name`] of `query`.
    pub(super) fn fit(&self, query: &HostQuery<'_>, name: &str) -> bool {
        match (self, query.client) {
            (Self::Hashed { salt, hash }, _) => Hmac::<Sha1>::new_from_slice(salt)
                .is_ok_and(|mac| mac.chain_update(name.as_bytes()).verify_slice(hash).is_ok()),
            (Self::Patterns(patterns), Client::Git) => {
                let lowered: Vec<String> = patterns.iter().map(|pattern| pattern.to_ascii_lowercase()).collect();
                pattern::list_matches(lowered.iter().map(String::as_str), name)
            }
            (Self::Patterns(patterns), Client::Flux) => flux_list_matches(patterns, query),
        }
    }
}

fn flux_list_matches(patterns: &[String], query: &HostQuery<'_>) -> bool {
    let mut found = false;
    for pattern in patterns {
        let (negated, pattern) = pattern.strip_prefix('!').map_or((false, pattern.as_str()), |rest| (true, rest));
        let (host, port) = flux_address(pattern);
        if port != query.port.to_string() || !flux_wildcard(host, query.host) {
            continue;
        }
        if negated {
            return false;
        }
        found = true;
    }
    found
}

/// Host and port of a pattern, as Go's `net.SplitHostPort` finds them, and port 22 where it finds none.
fn flux_address(pattern: &str) -> (&str, &str) {
    if let Some((host, port)) = pattern.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        return (host, port);
    }
    match pattern.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, port),
        _ => (pattern, "22"),
    }
}

/// Go's matcher wants at least one character for a `*` at the end.
fn flux_wildcard(pattern: &str, host: &str) -> bool {
    match pattern.trim_end_matches('*') {
        whole if whole.len() == pattern.len() => pattern::matches(pattern, host),
        start => pattern::matches(&format!("{start}?*"), host),
    }
}
