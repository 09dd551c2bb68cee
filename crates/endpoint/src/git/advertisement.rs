//! What the server says first: refs and capabilities of v0, capabilities of v2, and the answer to `ls-refs`.

use super::pktline::{DELIMITER, FLUSH, push_text};
use crate::repository::{Ref, Repository};

/// The v0 advertisement: every ref, capabilities after a NUL on the first.
pub(crate) fn v0(repository: &Repository) -> Vec<u8> {
    let mut out = Vec::new();
    let capabilities = [V0_CAPABILITIES, " agent=", AGENT].concat();
    push_text(&format!("{} HEAD\0{capabilities}\n", repository.head()), &mut out);
    for Ref { name, id, peeled } in repository.refs() {
        push_text(&format!("{id} {name}\n"), &mut out);
        if let Some(commit) = peeled {
            push_text(&format!("{commit} {name}^{{}}\n"), &mut out);
        }
    }
    out.extend_from_slice(FLUSH);
    out
}

/// The v2 capability advertisement.
pub(crate) fn v2() -> Vec<u8> {
    let mut out = Vec::new();
    push_text("version 2\n", &mut out);
    push_text(&format!("agent={AGENT}\n"), &mut out);
    push_text("ls-refs=unborn\n", &mut out);
    push_text("fetch=shallow wait-for-done filter\n", &mut out);
    push_text("object-format=sha1\n", &mut out);
    out.extend_from_slice(FLUSH);
    out
}

/// What goes before either of them over HTTP.
pub(crate) fn http_preamble() -> Vec<u8> {
    let mut out = Vec::new();
    push_text("# service=git-upload-pack\n", &mut out);
    out.extend_from_slice(FLUSH);
    out
}

/// Arguments of `ls-refs`. `unborn` needs no place: HEAD always exists here.
#[derive(Debug, Default)]
pub(crate) struct LsRefs {
    pub(crate) peel: bool,
    pub(crate) symrefs: bool,
    prefixes: Vec<String>,
    too_many_prefixes: bool,
}

impl LsRefs {
    /// Adds a prefix to show. With too many of them everything is shown, which the protocol allows.
    pub(crate) fn add_prefix(&mut self, prefix: String) {
        self.too_many_prefixes |= self.prefixes.len() >= PREFIXES_MAX;
        if !self.too_many_prefixes {
            self.prefixes.push(prefix);
        }
    }

    pub(crate) fn answer(&self, repository: &Repository) -> Vec<u8> {
        let mut out = Vec::new();
        if self.shows("HEAD") {
            let target = if self.symrefs { " symref-target:refs/heads/main" } else { "" };
            push_text(&format!("{} HEAD{target}\n", repository.head()), &mut out);
        }
        for Ref { name, id, peeled } in repository.refs() {
            if !self.shows(name) {
                continue;
            }
            let peeled = peeled.filter(|_| self.peel).map_or_else(String::new, |commit| format!(" peeled:{commit}"));
            push_text(&format!("{id} {name}{peeled}\n"), &mut out);
        }
        out.extend_from_slice(FLUSH);
        out
    }

    fn shows(&self, name: &str) -> bool {
        let mut prefixes = self.prefixes.iter();
        self.too_many_prefixes || self.prefixes.is_empty() || prefixes.any(|prefix| name.starts_with(prefix.as_str()))
    }
}

/// Shallow and unshallow lines, then what ends them.
pub(crate) fn shallow_list(shallow: &[impl ToString], unshallow: &[impl ToString], end: ListEnd) -> Vec<u8> {
    let mut out = Vec::new();
    let newline = match end {
        ListEnd::Flush => "",
        ListEnd::Delimiter => "\n",
    };
    for id in shallow {
        push_text(&format!("shallow {}{newline}", id.to_string()), &mut out);
    }
    for id in unshallow {
        push_text(&format!("unshallow {}{newline}", id.to_string()), &mut out);
    }
    out.extend_from_slice(match end {
        ListEnd::Flush => FLUSH,
        ListEnd::Delimiter => DELIMITER,
    });
    out
}

/// What ends a shallow list: a flush in v0, a delimiter in v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListEnd {
    Flush,
    Delimiter,
}

/// Every ref is compared with every prefix, so a request must not choose their number freely.
const PREFIXES_MAX: usize = 256;

const AGENT: &str = concat!("netprobe-endpoint/", env!("CARGO_PKG_VERSION"));

const V0_CAPABILITIES: &str = "multi_ack_detailed side-band side-band-64k ofs-delta shallow no-progress include-tag \
     allow-tip-sha1-in-want allow-reachable-sha1-in-want filter symref=HEAD:refs/heads/main object-format=sha1";
