//! One line of `known_hosts`: marker, hosts, key type, key (sshd(8), `SSH_KNOWN_HOSTS` FILE FORMAT).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::hosts::Hosts;
use crate::source::Source;

/// What the key of a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// No marker: it is the key of the host.
    HostKey,
    /// `@cert-authority`: it signs the certificates of the hosts.
    Authority,
    /// `@revoked`: it must not be accepted.
    Revoked,
}

/// A line that was understood.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) at: Source,
    pub(super) marker: Marker,
    pub(super) hosts: Hosts,
    /// The type as the key itself says.
    pub(super) key_type: String,
    /// The key in SSH's wire format. Compared as bytes, so that types which nothing here can use still count.
    pub(super) key: Vec<u8>,
}

impl Line {
    /// Reads one line; nothing for an empty one or a comment.
    pub(super) fn parse(text: &str, at: &Source) -> Result<Option<Self>, String> {
        let mut fields = text.split([' ', '\t', '\r']).filter(|field| !field.is_empty()).peekable();
        if fields.peek().is_none_or(|first| first.starts_with('#')) {
            return Ok(None);
        }
        let marker = match fields.next_if(|first| first.starts_with('@')) {
            None => Marker::HostKey,
            Some("@cert-authority") => Marker::Authority,
            Some("@revoked") => Marker::Revoked,
            Some(_) => return Err("expected @cert-authority or @revoked, or no marker".to_owned()),
        };
        let (Some(hosts), Some(written), Some(key)) = (fields.next(), fields.next(), fields.next()) else {
            return Err("expected hosts, key type and key, separated by blanks".to_owned());
        };
        let key = BASE64.decode(key).map_err(|_| "the key is not base64; it may be cut off".to_owned())?;
        let key_type = key_type(&key).ok_or("the key is not in SSH's format; it may be cut off")?.to_owned();
        if key_type != written {
            return Err(format!("the line says {} and its key is {key_type}", shown(written)));
        }
        Ok(Some(Self { at: at.clone(), marker, hosts: Hosts::parse(hosts)?, key_type, key }))
    }
}

/// The type of a key: the first of the strings, each a length of four bytes and that many bytes, that every key consists
/// of to its last byte (RFC 4253 §6.6). A key that was cut off is none.
pub(super) fn key_type(key: &[u8]) -> Option<&str> {
    let (name, mut rest) = string(key)?;
    while !rest.is_empty() {
        rest = string(rest)?.1;
    }
    std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The first of these strings, and what is behind it.
pub(super) fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// A word of a broken line, fit to be shown.
fn shown(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(40).collect()
}
